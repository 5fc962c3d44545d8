/** What a vi session knows, and how its commands ask for the next key. */
import { Buffer, type Position } from "./buffer.ts";
import { KeyRecorder } from "./key-recorder.ts";
import type { Key } from "./keys.ts";
import type { Motion } from "./motions.ts";
import { vimPattern } from "./pattern.ts";
import { createSettings, type Settings } from "./settings.ts";

export type Mode = "normal" | "insert" | "replace" | "visual" | "visual-line" | "visual-block" | "command";

export interface Register {
  readonly text: string;
  readonly isLinewise: boolean;
}

/** What only the program around the editor can do. */
export interface EditorHost {
  /** Throws an Error with the words to show. */
  readFile(path: string): string;
  writeFile(path: string, text: string, append: boolean): void;
  exists(path: string): boolean;
  /** Runs a shell command on some text (null: interactively) and gives its output. */
  shell(command: string, input: string | null): Promise<string>;
}

/** A command: a generator that yields where it waits for a key. */
export type Step = Generator<void, void, Key>;
export type Asking<T> = Generator<void, T, Key>;

export interface CharSearch {
  readonly key: "f" | "F" | "t" | "T";
  readonly char: string;
}

const MAX_COUNT = 100_000;

/** Commands change it in place; between two keys it is whole. */
export class EditorState {
  readonly buffer = new Buffer();
  readonly settings: Settings = createSettings();
  readonly registers = new Map<string, Register>();
  readonly marks = new Map<string, Position>();
  readonly recorder = new KeyRecorder();
  readonly history: string[] = [];
  readonly isReadOnly: boolean;
  cursor: Position = { line: 0, column: 0 };
  mode: Mode = "normal";
  /** The bottom line in command mode: `:`, `/` or `?` and what was typed. */
  commandLine = "";
  commandCursor = 0;
  message = "";
  isError = false;
  /** Keys of an unfinished command, for the corner of the screen. */
  pendingKeys = "";
  path: string;
  exitStatus: number | null = null;
  searchPattern: RegExp | null = null;
  searchText = "";
  isHighlighting = false;
  /** The other end of a visual selection. */
  anchor: Position = { line: 0, column: 0 };
  /** First line on screen and lines that fit; kept by the screen. */
  top = 0;
  height = 22;
  /** Files of the command line that come after this one. */
  filesLeft = 0;
  wasToldOfFilesLeft = false;
  /** The end of this file's editing is the beginning of the next one's. */
  goesOn = false;
  /** What an ex command leaves to be asked; it takes the next keys. */
  asking: Step | null = null;
  /** Set while something asynchronous runs: keys wait. */
  busy: Promise<void> | null = null;
  /** The column that `j` and `k` try to keep; infinite after `$`. */
  wantedColumn = 0;
  /** The register the current command names. */
  register = '"';
  lastSearchDirection: 1 | -1 = 1;
  lastCharSearch: CharSearch | null = null;
  lastVisual: { readonly mode: Mode; readonly anchor: Position; readonly cursor: Position } | null = null;
  lastSubstitution: { readonly pattern: string; readonly replacement: string; readonly flags: string } | null = null;

  constructor(
    readonly host: EditorHost,
    options: { readonly path: string; readonly isReadOnly?: boolean },
  ) {
    this.path = options.path;
    this.isReadOnly = options.isReadOnly ?? false;
  }

  say(message: string): void {
    this.message = message;
    this.isError = false;
  }

  fail(message: string): void {
    this.message = message;
    this.isError = true;
  }

  /** The next key; what is pasted in normal mode goes into the text. */
  *key(): Asking<string> {
    while (true) {
      const key = yield;
      if (key.kind === "key") {
        const name = key.name === "<lt>" ? "<" : key.name;
        if (this.mode === "normal" || this.mode.startsWith("visual")) this.pendingKeys += name;
        return name;
      }
      if (this.mode === "normal") this.pasteAtCursor(key.text);
    }
  }

  /** A count that starts with `first`, if it is one, and the key behind it. */
  *count(first: string): Asking<{ readonly count: number | null; readonly key: string }> {
    let digits = "";
    let key = first;
    while (/^[1-9]$/.test(key) || (digits !== "" && key === "0")) {
      digits += key;
      key = yield* this.key();
    }
    return { count: digits === "" ? null : Math.min(MAX_COUNT, Number(digits)), key };
  }

  private pasteAtCursor(text: string): void {
    this.buffer.begin(this.cursor);
    this.cursor = this.buffer.insert(this.cursor, text);
    this.buffer.commit();
    this.clampCursor();
  }

  clampCursor(): void {
    const line = Math.max(0, Math.min(this.cursor.line, this.buffer.lastLine));
    const length = this.buffer.line(line).length;
    const mayPass = this.mode === "insert" || this.mode === "replace" || this.mode.startsWith("visual");
    const last = mayPass ? length : Math.max(0, length - 1);
    this.cursor = { line, column: Math.max(0, Math.min(this.cursor.column, last)) };
  }

  moveTo(position: Position): void {
    this.cursor = position;
    this.wantedColumn = position.column;
  }

  applyMotion(motion: Motion): void {
    this.cursor = motion.to;
    if (!motion.keepsColumn) this.wantedColumn = motion.to.column;
    this.clampCursor();
  }

  setSearch(text: string): void {
    this.searchText = text;
    this.searchPattern = vimPattern(text, this.settings);
    this.isHighlighting = true;
  }
}
