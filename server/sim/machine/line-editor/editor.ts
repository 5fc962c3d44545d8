/**
 * The heart of line editing: keys in, bytes for the screen out. Models readline 8.2 in emacs
 * mode with its default bindings. Left out: vi mode, macros, numeric arguments, marks, inputrc.
 */
import { characterWidth } from "../character-width.ts";
import { HistoryWalk } from "./history.ts";
import type { Key } from "./keys.ts";
import type { KillRing } from "./kill-ring.ts";
import { layOut, listInColumns, moveCursor, parsePrompt, type Position, type Prompt, shown } from "./layout.ts";

export interface CompletionCandidate {
  /** Replaces the line from `start` to the cursor. */
  readonly text: string;
  /** As listed; default: `text`. */
  readonly display?: string;
  /** Added when it is the only candidate; default a space. */
  readonly suffix?: string;
}

export interface Completion {
  /** Where in the line the word to complete begins (UTF-16 offset). */
  readonly start: number;
  readonly candidates: readonly CompletionCandidate[];
}

export type EditResult =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "eof" }
  | { readonly kind: "interrupted" };

/** What a key asks of the driver. */
export type Effect =
  | { readonly kind: "none" }
  | { readonly kind: "complete"; readonly line: string; readonly cursor: number }
  | { readonly kind: "suspend" }
  | EditResult;

const NONE: Effect = { kind: "none" };
const UNDO_STEPS = 200;
/** readline's completion-query-items. */
const LIST_WITHOUT_ASKING = 100;
const BELL = "\x07";

interface Snapshot {
  readonly line: readonly string[];
  readonly cursor: number;
}

interface IncrementalSearch {
  direction: -1 | 1;
  text: string;
  isFailing: boolean;
  readonly origin: Snapshot & { readonly index: number };
}

export interface EditorOptions {
  readonly prompt: string;
  readonly columns: number;
  readonly history: readonly string[];
  readonly killRing: KillRing;
  readonly initial?: string;
}

export class LineEditor {
  /** Bytes for the screen, to be taken after each key. */
  #output = "";
  #prompt: Prompt;
  #columns: number;
  #line: string[] = [];
  #cursor = 0;
  readonly #history: HistoryWalk;
  readonly #killRing: KillRing;
  #undo: Snapshot[] = [];
  #lastCommand = "";
  #search: IncrementalSearch | null = null;
  #isQuoting = false;
  #pendingList: readonly CompletionCandidate[] | null = null;
  #lastWordsBack = 0;
  #yanked = 0;

  /** What stands on the screen now. */
  #drawnLine: readonly string[] = [];
  #drawnPositions: readonly Position[];
  #drawnCursor = 0;

  constructor(options: EditorOptions) {
    this.#prompt = parsePrompt(options.prompt);
    this.#columns = options.columns;
    this.#history = new HistoryWalk(options.history);
    this.#killRing = options.killRing;
    this.#drawnPositions = layOut(this.#prompt, [], this.#columns);
    this.#output = this.#printedPrompt();
    if (options.initial) {
      this.#replace(options.initial);
      this.#draw();
    }
  }

  takeOutput(): string {
    const output = this.#output;
    this.#output = "";
    return output;
  }

  get line(): string {
    return this.#line.join("");
  }

  // --------------------------------------------------------------------- keys

  key(key: Key): Effect {
    const effect = this.#dispatch(key);
    this.#lastCommand = key.name;
    if (effect.kind === "none" || effect.kind === "complete") this.#draw();
    return effect;
  }

  #dispatch(key: Key): Effect {
    if (this.#pendingList) return this.#answerListQuestion(key);
    if (this.#isQuoting) {
      this.#isQuoting = false;
      this.#insert(key.text);
      return NONE;
    }
    if (this.#search && this.#searchKey(key)) return NONE;
    if (key.name === "text" || key.name === "paste") {
      this.#insert(key.text);
      return NONE;
    }
    return this.#command(key);
  }

  #command(key: Key): Effect {
    switch (key.name) {
      case "enter":
        return this.#accept();
      case "ctrl-c":
        this.#finish("^C");
        return { kind: "interrupted" };
      case "ctrl-d":
        if (this.#line.length === 0) return { kind: "eof" };
        this.#delete(this.#cursor, this.#cursor + 1);
        return NONE;
      case "ctrl-z":
        return { kind: "suspend" };
      case "tab":
        return { kind: "complete", line: this.line, cursor: this.#line.slice(0, this.#cursor).join("").length };
      case "ctrl-o":
        return this.#accept();
      default:
        if (!this.#move(key.name) && !this.#edit(key.name) && !this.#recall(key.name)) this.#output += BELL;
        return NONE;
    }
  }

  #accept(): Effect {
    const line = this.line;
    this.#finish("");
    return { kind: "line", line };
  }

  /** Leaves the line: the cursor goes behind it, `mark` is shown, and a new row begins. */
  #finish(mark: string): void {
    this.#search = null;
    this.#cursor = this.#line.length;
    this.#draw();
    this.#output += `${mark}\n`;
  }

  // ---------------------------------------------------------------- movements

  #move(name: string): boolean {
    switch (name) {
      case "ctrl-a":
      case "home":
        this.#cursor = 0;
        return true;
      case "ctrl-e":
      case "end":
        this.#cursor = this.#line.length;
        return true;
      case "ctrl-b":
      case "left":
        if (this.#cursor === 0) return false;
        this.#cursor--;
        return true;
      case "ctrl-f":
      case "right":
        if (this.#cursor === this.#line.length) return false;
        this.#cursor++;
        return true;
      case "alt-b":
        this.#cursor = this.#wordStart(this.#cursor);
        return true;
      case "alt-f":
        this.#cursor = this.#wordEnd(this.#cursor);
        return true;
      case "ctrl-l":
        this.#output += "\x1b[H\x1b[2J";
        this.#redrawAll();
        return true;
      default:
        return false;
    }
  }

  #wordStart(from: number): number {
    let at = from;
    while (at > 0 && !isWordCharacter(this.#line[at - 1])) at--;
    while (at > 0 && isWordCharacter(this.#line[at - 1])) at--;
    return at;
  }

  #wordEnd(from: number): number {
    let at = from;
    while (at < this.#line.length && !isWordCharacter(this.#line[at])) at++;
    while (at < this.#line.length && isWordCharacter(this.#line[at])) at++;
    return at;
  }

  #blankWordStart(from: number): number {
    let at = from;
    while (at > 0 && /\s/.test(this.#line[at - 1] ?? "")) at--;
    while (at > 0 && !/\s/.test(this.#line[at - 1] ?? "")) at--;
    return at;
  }

  // ------------------------------------------------------------------ editing

  #edit(name: string): boolean {
    const { length } = this.#line;
    switch (name) {
      case "backspace":
        if (this.#cursor === 0) return false;
        this.#delete(this.#cursor - 1, this.#cursor);
        return true;
      case "delete":
        if (this.#cursor === length) return false;
        this.#delete(this.#cursor, this.#cursor + 1);
        return true;
      case "ctrl-k":
        return this.#kill(this.#cursor, length, "forward");
      case "ctrl-u":
        return this.#kill(0, this.#cursor, "backward");
      case "ctrl-w":
        return this.#kill(this.#blankWordStart(this.#cursor), this.#cursor, "backward");
      case "alt-backspace":
        return this.#kill(this.#wordStart(this.#cursor), this.#cursor, "backward");
      case "alt-d":
        return this.#kill(this.#cursor, this.#wordEnd(this.#cursor), "forward");
      case "ctrl-y":
        return this.#yank(this.#killRing.yank());
      case "alt-y":
        if (this.#lastCommand !== "ctrl-y" && this.#lastCommand !== "alt-y") return false;
        this.#delete(this.#cursor - this.#yanked, this.#cursor);
        return this.#yank(this.#killRing.rotate());
      case "ctrl-t":
        return this.#transpose();
      case "alt-u":
      case "alt-l":
      case "alt-c":
        return this.#changeCase(name);
      case "ctrl-_":
        return this.#undoLast();
      case "ctrl-v":
      case "ctrl-q":
        this.#isQuoting = true;
        return true;
      default:
        return false;
    }
  }

  #remember(): void {
    this.#undo.push({ line: [...this.#line], cursor: this.#cursor });
    if (this.#undo.length > UNDO_STEPS) this.#undo.shift();
  }

  #undoLast(): boolean {
    const before = this.#undo.pop();
    if (!before) return false;
    this.#line = [...before.line];
    this.#cursor = before.cursor;
    return true;
  }

  #insert(text: string): void {
    // Characters typed in a row are undone together.
    if (this.#lastCommand !== "text" || text.length > 2) this.#remember();
    for (const character of text) {
      if (characterWidth(character) === 0 && this.#cursor > 0) this.#line[this.#cursor - 1] += character;
      else this.#line.splice(this.#cursor++, 0, character);
    }
  }

  #delete(start: number, end: number): string {
    this.#remember();
    const removed = this.#line.splice(start, end - start);
    this.#cursor = start;
    return removed.join("");
  }

  #kill(start: number, end: number, direction: "forward" | "backward"): boolean {
    if (start === end) return direction === "forward";
    const isContinued = KILL_COMMANDS.has(this.#lastCommand);
    this.#killRing.kill(this.#delete(start, end), direction, isContinued);
    return true;
  }

  #yank(text: string): boolean {
    if (text === "") return false;
    const before = this.#cursor;
    this.#insert(text);
    this.#yanked = this.#cursor - before;
    return true;
  }

  #transpose(): boolean {
    if (this.#cursor === 0 || this.#line.length < 2) return false;
    this.#remember();
    if (this.#cursor === this.#line.length) this.#cursor--;
    const [before = "", at = ""] = this.#line.slice(this.#cursor - 1, this.#cursor + 1);
    this.#line.splice(this.#cursor - 1, 2, at, before);
    this.#cursor++;
    return true;
  }

  #changeCase(name: "alt-u" | "alt-l" | "alt-c"): boolean {
    const end = this.#wordEnd(this.#cursor);
    if (end === this.#cursor) return false;
    this.#remember();
    let isFirst = true;
    for (let i = this.#cursor; i < end; i++) {
      const character = this.#line[i] ?? "";
      const isUpper = name === "alt-u" || (name === "alt-c" && isFirst && isWordCharacter(character));
      this.#line[i] = isUpper ? character.toUpperCase() : character.toLowerCase();
      if (isWordCharacter(character)) isFirst = false;
    }
    this.#cursor = end;
    return true;
  }

  #replace(text: string): void {
    this.#line = [];
    this.#cursor = 0;
    for (const character of text) {
      if (characterWidth(character) === 0 && this.#line.length > 0) this.#line[this.#line.length - 1] += character;
      else this.#line.push(character);
    }
    this.#cursor = this.#line.length;
  }

  // ------------------------------------------------------------------ history

  #recall(name: string): boolean {
    switch (name) {
      case "up":
      case "ctrl-p":
        return this.#goTo(this.#history.index - 1);
      case "down":
      case "ctrl-n":
        return this.#goTo(this.#history.index + 1);
      case "alt-<":
        return this.#goTo(0);
      case "alt->":
        return this.#goTo(this.#history.count);
      case "ctrl-r":
      case "ctrl-s":
        return this.#beginSearch(name === "ctrl-r" ? -1 : 1);
      case "alt-.":
      case "alt-_":
        return this.#insertLastWord();
      case "escape":
      case "insert":
      case "unknown":
      case "shift-tab":
      case "ctrl-g":
        return name !== "ctrl-g";
      default:
        return false;
    }
  }

  #goTo(index: number): boolean {
    const text = this.#history.goTo(index, this.line);
    if (text === undefined) return false;
    this.#undo = [];
    this.#replace(text);
    return true;
  }

  #insertLastWord(): boolean {
    const isRepeated = this.#lastCommand === "alt-." || this.#lastCommand === "alt-_";
    const back = isRepeated ? this.#lastWordsBack + 1 : 1;
    const word = this.#history.lastWord(back);
    if (word === undefined) return false;
    if (isRepeated) this.#delete(this.#cursor - this.#yanked, this.#cursor);
    this.#lastWordsBack = back;
    const before = this.#cursor;
    this.#insert(word);
    this.#yanked = this.#cursor - before;
    return true;
  }

  #beginSearch(direction: -1 | 1): boolean {
    this.#search = {
      direction,
      text: "",
      isFailing: false,
      origin: { line: [...this.#line], cursor: this.#cursor, index: this.#history.index },
    };
    return true;
  }

  /** False for a key that ends the search and is then obeyed. */
  #searchKey(key: Key): boolean {
    const search = this.#search as IncrementalSearch;
    switch (key.name) {
      case "text":
        search.text += key.text;
        this.#searchOn(search, this.#history.index);
        return true;
      case "backspace":
        search.text = [...search.text].slice(0, -1).join("");
        this.#searchOn(search, this.#history.count - 1);
        return true;
      case "ctrl-r":
      case "ctrl-s":
        search.direction = key.name === "ctrl-r" ? -1 : 1;
        if (search.text === "") search.text = this.#lastSearch;
        this.#searchOn(search, this.#history.index + search.direction);
        return true;
      case "ctrl-g":
        this.#history.goTo(search.origin.index, this.line);
        this.#line = [...search.origin.line];
        this.#cursor = search.origin.cursor;
        this.#endSearch();
        return true;
      case "escape":
        this.#endSearch();
        return true;
      default:
        this.#endSearch();
        return false;
    }
  }

  #lastSearch = "";

  #searchOn(search: IncrementalSearch, from: number): void {
    const start = Math.min(from, this.#history.count - 1);
    const found = search.text === "" ? undefined : this.#history.search(search.text, start, search.direction);
    search.isFailing = search.text !== "" && !found;
    if (!found) return;
    const text = found.index === this.#history.index ? this.line : this.#history.goTo(found.index, this.line);
    this.#replace(text ?? this.#history.at(found.index));
    this.#cursor = [...this.line.slice(0, found.offset)].length;
  }

  #endSearch(): void {
    if (this.#search?.text) this.#lastSearch = this.#search.text;
    this.#search = null;
  }

  /** What stands in place of the prompt while searching. */
  #currentPrompt(): Prompt {
    if (!this.#search) return this.#prompt;
    const { direction, text, isFailing } = this.#search;
    const name = direction < 0 ? "reverse-i-search" : "i-search";
    return parsePrompt(`(${isFailing ? "failed " : ""}${name})\`${text}': `);
  }

  // --------------------------------------------------------------- completion

  /** The answer to a `complete` effect. */
  completed(completion: Completion): void {
    const { candidates } = completion;
    const [only] = candidates;
    if (!only) {
      this.#output += BELL;
      return;
    }
    const start = [...this.line.slice(0, completion.start)].length;
    const typed = this.#line.slice(start, this.#cursor).join("");
    if (candidates.length === 1) {
      this.#complete(start, only.text + (only.suffix ?? " "));
      this.#lastCommand = "";
    } else {
      const prefix = commonPrefix(candidates.map((candidate) => candidate.text));
      const isRepeated = this.#isTabRepeated;
      if (prefix.length > typed.length) {
        this.#complete(start, prefix);
        this.#output += BELL;
      } else if (isRepeated) this.#offerList(candidates);
      else this.#output += BELL;
      this.#isTabRepeated = true;
      this.#draw();
      return;
    }
    this.#isTabRepeated = false;
    this.#draw();
  }

  #isTabRepeatedFor = "";

  /** Whether the Tab before was pressed on this very line. */
  get #isTabRepeated(): boolean {
    return this.#isTabRepeatedFor === `${this.#cursor} ${this.line}`;
  }

  set #isTabRepeated(isRepeated: boolean) {
    this.#isTabRepeatedFor = isRepeated ? `${this.#cursor} ${this.line}` : "";
  }

  #complete(start: number, text: string): void {
    this.#remember();
    const units = [...text];
    this.#line.splice(start, this.#cursor - start, ...units);
    this.#cursor = start + units.length;
  }

  #offerList(candidates: readonly CompletionCandidate[]): void {
    if (candidates.length <= LIST_WITHOUT_ASKING) return this.#list(candidates);
    this.#pendingList = candidates;
    this.#leaveLine();
    this.#output += `Display all ${candidates.length} possibilities? (y or n)`;
  }

  #answerListQuestion(key: Key): Effect {
    const candidates = this.#pendingList ?? [];
    const answer = key.text.toLowerCase();
    if (answer === "y" || answer === " ") {
      this.#pendingList = null;
      this.#output += "\n";
      this.#printList(candidates);
    } else if (answer === "n" || key.name === "backspace" || key.name === "ctrl-g" || key.name === "ctrl-c") {
      this.#pendingList = null;
      this.#output += "\n";
      this.#redrawAll();
    } else this.#output += BELL;
    return NONE;
  }

  #list(candidates: readonly CompletionCandidate[]): void {
    this.#leaveLine();
    this.#printList(candidates);
  }

  #printList(candidates: readonly CompletionCandidate[]): void {
    const items = candidates.map((candidate) => candidate.display ?? candidate.text);
    this.#output += listInColumns(items, this.#columns);
    this.#redrawAll();
  }

  // ------------------------------------------------------------------- screen

  /** The screen has another width now; the terminal has wrapped what stood there anew. */
  resized(columns: number): void {
    if (columns === this.#columns) return;
    this.#columns = columns;
    const positions = layOut(this.#currentPrompt(), this.#drawnLine, columns);
    const cursor = positions[this.#drawnCursor] ?? { row: 0, column: 0 };
    this.#output += `${moveCursor(cursor, { row: 0, column: 0 })}\r\x1b[J`;
    this.#redrawAll(true);
  }

  /** The cursor goes to a new row below the line. */
  #leaveLine(): void {
    const last = this.#drawnPositions[this.#drawnPositions.length - 1] ?? { row: 0, column: 0 };
    this.#output += `${moveCursor(this.#cursorPosition(), last)}\n`;
  }

  #cursorPosition(): Position {
    return this.#drawnPositions[this.#drawnCursor] ?? { row: 0, column: 0 };
  }

  #printedPrompt(onlyLastLine = false): string {
    const { printed } = this.#currentPrompt();
    const text = onlyLastLine ? printed.slice(printed.lastIndexOf("\n") + 1) : printed;
    const [first] = this.#drawnPositions;
    return text + (first && first.column === 0 && first.row > 0 ? " \r" : "");
  }

  /** Prompt and line from where the cursor stands, in the first column of an empty row. */
  #redrawAll(onlyLastLine = false): void {
    this.#drawnLine = [];
    this.#drawnPositions = layOut(this.#currentPrompt(), [], this.#columns);
    this.#drawnCursor = 0;
    this.#drawnPrompt = this.#currentPrompt().printed;
    this.#output += this.#printedPrompt(onlyLastLine);
    this.#draw();
  }

  #drawnPrompt: string | null = null;

  /** Brings the screen from what stands there to what should: only what differs is printed. */
  #draw(): void {
    if (this.#pendingList) return;
    const prompt = this.#currentPrompt();
    if (this.#drawnPrompt !== null && prompt.printed !== this.#drawnPrompt) {
      this.#output += `${moveCursor(this.#cursorPosition(), { row: 0, column: 0 })}\r\x1b[J`;
      this.#drawnPrompt = prompt.printed;
      this.#redrawAll(true);
      return;
    }
    this.#drawnPrompt = prompt.printed;
    const positions = layOut(prompt, this.#line, this.#columns);
    let same = 0;
    while (same < this.#line.length && this.#line[same] === this.#drawnLine[same]) same++;
    let at = this.#cursorPosition();
    if (same < this.#line.length || same < this.#drawnLine.length) at = this.#print(positions, same, at);
    this.#output += moveCursor(at, positions[this.#cursor] ?? at);
    this.#drawnLine = [...this.#line];
    this.#drawnPositions = positions;
    this.#drawnCursor = this.#cursor;
  }

  /** Prints the line from unit `from` on and clears what the old one leaves behind. Returns where the cursor is then. */
  #print(positions: readonly Position[], from: number, cursor: Position): Position {
    const start = positions[from] ?? cursor;
    this.#output += moveCursor(cursor, start);
    for (let i = from; i < this.#line.length; i++) {
      const unit = this.#line[i] ?? "";
      // Rows of a line with newlines are cleared as they are begun: the old line may have been longer there.
      this.#output += unit === "\n" ? "\x1b[K\n" : shown(unit);
    }
    const end = positions[this.#line.length] ?? start;
    const isAtEdge = end.column === 0 && end.row > 0 && this.#line.length > from && this.#line.at(-1) !== "\n";
    // A terminal waits at the right edge; a blank makes it begin the next row.
    if (isAtEdge) this.#output += " \r";
    const oldEnd = this.#drawnPositions[this.#drawnPositions.length - 1] ?? end;
    if (oldEnd.row > end.row) this.#output += "\x1b[J";
    else if (oldEnd.row === end.row && oldEnd.column > end.column) this.#output += "\x1b[K";
    return end;
  }
}

const KILL_COMMANDS: ReadonlySet<string> = new Set(["ctrl-k", "ctrl-u", "ctrl-w", "alt-d", "alt-backspace"]);

function isWordCharacter(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}\p{N}]/u.test(unit);
}

function commonPrefix(texts: readonly string[]): string {
  const [first = "", ...rest] = texts;
  let length = first.length;
  for (const text of rest) {
    let same = 0;
    while (same < length && text[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}
