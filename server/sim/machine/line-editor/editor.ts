/**
 * The heart of line editing: keys in, bytes for the screen out. Models readline 8.2 in emacs
 * mode with its default bindings. Left out: vi mode, macros, numeric arguments, marks, inputrc.
 */
import { characterWidth } from "../character-width.ts";
import { HistoryWalk } from "./history.ts";
import type { Key } from "./keys.ts";
import type { KillRing } from "./kill-ring.ts";
import { parsePrompt, type Prompt } from "./layout.ts";
import { LineScreen, type Picture } from "./screen.ts";
import { blanksAround, blankWordStart, isWordCharacter, transposeWords, wordEnd, wordStart } from "./words.ts";

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
  /** `stty -echo`: only the prompt is shown; default true. */
  readonly echoes?: boolean;
  /** Also when the first Tab added something; default false. */
  readonly listsAtSecondTab?: boolean;
}

export class LineEditor {
  readonly #prompt: Prompt;
  readonly #screen: LineScreen;
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
  /** What the key asked for whose candidates are being looked up. */
  #completion: "complete" | "list" | "insert" = "complete";
  readonly #listsAtSecondTab: boolean;
  readonly #echoes: boolean;
  #yanked = 0;

  constructor(options: EditorOptions) {
    this.#prompt = parsePrompt(options.prompt);
    this.#history = new HistoryWalk(options.history);
    this.#killRing = options.killRing;
    this.#echoes = options.echoes ?? true;
    this.#listsAtSecondTab = options.listsAtSecondTab ?? false;
    this.#screen = new LineScreen(this.#prompt, options.columns);
    if (options.initial) {
      this.#replace(options.initial);
      this.#draw();
    }
  }

  takeOutput(): string {
    return this.#screen.takeOutput();
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

  /** Whether a lone Escape means something now. */
  get isSearching(): boolean {
    return this.#search !== null;
  }

  #command(key: Key): Effect {
    switch (key.name) {
      case "enter":
        return this.#accept();
      case "ctrl-c":
        return this.#interrupt();
      case "ctrl-d":
        if (this.#line.length === 0) return { kind: "eof" };
        this.#delete(this.#cursor, this.#cursor + 1);
        return NONE;
      case "ctrl-z":
        return { kind: "suspend" };
      case "tab":
      case "alt-?":
      case "alt-*":
        this.#completion = key.name === "tab" ? "complete" : key.name === "alt-?" ? "list" : "insert";
        return { kind: "complete", line: this.line, cursor: this.#line.slice(0, this.#cursor).join("").length };
      case "alt-#":
        // As a comment the line is kept in the history and does nothing.
        this.#line = ["#", ...this.#line];
        return this.#accept();
      case "ctrl-o":
        return this.#accept();
      default:
        if (!this.#move(key.name) && !this.#edit(key.name) && !this.#recall(key.name)) this.#screen.bell();
        return NONE;
    }
  }

  #accept(): Effect {
    const line = this.line;
    this.#search = null;
    this.#cursor = this.#line.length;
    this.#draw();
    this.#screen.finish("");
    return { kind: "line", line };
  }

  #interrupt(): Effect {
    this.#screen.finish("^C");
    return { kind: "interrupted" };
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
        this.#cursor = wordStart(this.#line, this.#cursor);
        return true;
      case "alt-f":
        this.#cursor = wordEnd(this.#line, this.#cursor);
        return true;
      case "ctrl-l":
        this.#screen.clear();
        this.#screen.redrawAll(this.#picture);
        return true;
      default:
        return false;
    }
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
        return this.#kill(blankWordStart(this.#line, this.#cursor), this.#cursor, "backward");
      case "alt-backspace":
        return this.#kill(wordStart(this.#line, this.#cursor), this.#cursor, "backward");
      case "alt-d":
        return this.#kill(this.#cursor, wordEnd(this.#line, this.#cursor), "forward");
      case "ctrl-y":
        return this.#yank(this.#killRing.yank());
      case "alt-y":
        if (this.#lastCommand !== "ctrl-y" && this.#lastCommand !== "alt-y") return false;
        this.#delete(this.#cursor - this.#yanked, this.#cursor);
        return this.#yank(this.#killRing.rotate());
      case "ctrl-t":
        return this.#transpose();
      case "alt-t":
        return this.#transposeWords();
      case "alt-\\": {
        const { start, end } = blanksAround(this.#line, this.#cursor);
        if (start < end) this.#delete(start, end);
        return true;
      }
      case "alt-u":
      case "alt-l":
      case "alt-c":
        return this.#changeCase(name);
      case "ctrl-_":
      case "ctrl-x ctrl-u":
        return this.#undoLast();
      case "alt-r":
        return this.#revert();
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

  /** Back to what the line was before it was touched. */
  #revert(): boolean {
    const [first] = this.#undo;
    if (!first) return false;
    this.#line = [...first.line];
    this.#cursor = this.#line.length;
    this.#undo = [];
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

  #transposeWords(): boolean {
    const swapped = transposeWords(this.#line, this.#cursor);
    if (!swapped) return false;
    this.#remember();
    this.#line = [...swapped.line];
    this.#cursor = swapped.cursor;
    return true;
  }

  #changeCase(name: "alt-u" | "alt-l" | "alt-c"): boolean {
    const end = wordEnd(this.#line, this.#cursor);
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
    if (isRepeated && this.#yanked > 0) this.#delete(this.#cursor - this.#yanked, this.#cursor);
    this.#yanked = 0;
    if (word === undefined) return false;
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
      case "paste":
        search.text += key.text;
        this.#searchOn(search, this.#history.index);
        return true;
      case "backspace":
        search.text = [...search.text].slice(0, -1).join("");
        this.#searchOn(search, this.#history.index);
        return true;
      case "ctrl-w":
      case "ctrl-y": {
        const from = this.#cursor + [...search.text].length;
        const end = key.name === "ctrl-y" ? this.#line.length : wordEnd(this.#line, from);
        search.text += this.#line.slice(from, end).join("");
        this.#searchOn(search, this.#history.index);
        return true;
      }
      case "ctrl-c":
        // The match stays to be seen.
        return false;
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
      this.#screen.bell();
      return;
    }
    const start = [...this.line.slice(0, completion.start)].length;
    if (this.#completion === "list") this.#offerList(candidates);
    else if (this.#completion === "insert") this.#complete(start, `${candidates.map(({ text }) => text).join(" ")} `);
    else if (candidates.length === 1) {
      this.#complete(start, only.text + (only.suffix ?? " "));
      this.#lastCommand = "";
      this.#isTabRepeated = false;
    } else this.#completePart(start, candidates);
    this.#draw();
  }

  /** What is common to all candidates; nothing new: the next Tab lists them. */
  #completePart(start: number, candidates: readonly CompletionCandidate[]): void {
    const typed = this.#line.slice(start, this.#cursor).join("");
    const prefix = commonPrefix(candidates.map((candidate) => candidate.text));
    const addsText = prefix.length > typed.length;
    if (addsText) this.#complete(start, prefix);
    else if (this.#isTabRepeated) return this.#offerList(candidates);
    this.#screen.bell();
    // readline lists at the second Tab that changes nothing, busybox at the second in any case.
    this.#isTabRepeated = !addsText || this.#listsAtSecondTab;
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
    this.#screen.leaveLine();
    this.#screen.print(`Display all ${candidates.length} possibilities? (y or n)`);
  }

  #answerListQuestion(key: Key): Effect {
    const candidates = this.#pendingList ?? [];
    const answer = key.text.toLowerCase();
    if (answer === "y" || answer === " ") {
      this.#pendingList = null;
      this.#screen.print("\n");
      this.#printList(candidates);
    } else if (answer === "n" || key.name === "backspace" || key.name === "ctrl-g" || key.name === "ctrl-c") {
      this.#pendingList = null;
      this.#screen.print("\n");
      this.#screen.redrawAll(this.#picture);
    } else this.#screen.bell();
    return NONE;
  }

  #list(candidates: readonly CompletionCandidate[]): void {
    this.#screen.leaveLine();
    this.#printList(candidates);
  }

  #printList(candidates: readonly CompletionCandidate[]): void {
    const items = candidates.map((candidate) => candidate.display ?? candidate.text);
    this.#screen.printList(items);
    this.#screen.redrawAll(this.#picture);
  }

  // ------------------------------------------------------------------- screen

  get #picture(): Picture {
    if (!this.#echoes) return { prompt: this.#prompt, line: [], cursor: 0 };
    return { prompt: this.#currentPrompt(), line: this.#line, cursor: this.#cursor };
  }

  /** The screen has another width now. */
  resized(columns: number): void {
    this.#screen.resized(this.#picture, columns);
  }

  #draw(): void {
    if (!this.#pendingList) this.#screen.draw(this.#picture);
  }
}

const KILL_COMMANDS: ReadonlySet<string> = new Set(["ctrl-k", "ctrl-u", "ctrl-w", "alt-d", "alt-backspace"]);

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
