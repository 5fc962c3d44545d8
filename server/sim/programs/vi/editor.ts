/**
 * The state of a vi session and what each key does to it. Pure: no terminal, no files.
 * Models vim 9 without configuration. Left out: windows, tabs, folds, syntax plugins, digraphs,
 * visual block insertion with ragged ends, Lua and Vimscript.
 */
import { Buffer, isBefore, type Position, type Span } from "./buffer.ts";
import { type ExHost, runEx } from "./ex.ts";
import { type Key, typed } from "./keys.ts";
import {
  findChar,
  firstNonBlank,
  matchingBracket,
  type Motion,
  paragraph,
  search,
  textObject,
  wordBackward,
  wordEnd,
  wordForward,
} from "./motions.ts";
import { createSettings, type Settings } from "./settings.ts";
import { vimPattern } from "./pattern.ts";

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

type Step = Generator<void, void, Key>;
type Asking<T> = Generator<void, T, Key>;

interface CharSearch {
  readonly key: "f" | "F" | "t" | "T";
  readonly char: string;
}

const MAX_MACRO_DEPTH = 20;
const MAX_COUNT = 100_000;

export class Editor implements ExHost {
  readonly buffer = new Buffer();
  readonly settings: Settings = createSettings();
  readonly registers = new Map<string, Register>();
  readonly marks = new Map<string, Position>();
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
  /** Set while something asynchronous runs: keys wait. */
  busy: Promise<void> | null = null;
  readonly isReadOnly: boolean;

  private wantedColumn = 0;
  private register = '"';
  private lastSearchDirection: 1 | -1 = 1;
  private lastCharSearch: CharSearch | null = null;
  private lastChange: readonly Key[] = [];
  private commandKeys: Key[] = [];
  private isRepeating = false;
  private macroName: string | null = null;
  private macroKeys: Key[] = [];
  private readonly macros = new Map<string, readonly Key[]>();
  private lastMacro = "";
  private macroDepth = 0;
  private readonly history: string[] = [];
  private readonly machine: Step;
  lastVisual: { readonly mode: Mode; readonly anchor: Position; readonly cursor: Position } | null = null;
  lastSubstitution: { readonly pattern: string; readonly replacement: string; readonly flags: string } | null = null;

  constructor(
    readonly host: EditorHost,
    options: { readonly path: string; readonly isReadOnly?: boolean },
  ) {
    this.path = options.path;
    this.isReadOnly = options.isReadOnly ?? false;
    this.machine = this.loop();
    this.machine.next();
  }

  /** Feeds one key. While `busy` is set the caller waits for it first. */
  feed(key: Key): void {
    if (this.exitStatus !== null) return;
    if (this.macroName !== null && this.macroDepth === 0) this.macroKeys.push(key);
    if (!this.isRepeating) this.commandKeys.push(key);
    this.machine.next(key);
  }

  say(message: string): void {
    this.message = message;
    this.isError = false;
  }

  fail(message: string): void {
    this.message = message;
    this.isError = true;
  }

  // ---------------------------------------------------------------- the loop

  private *loop(): Step {
    while (true) {
      this.buffer.commit();
      const before = this.buffer.lines;
      if (!this.isRepeating) this.commandKeys = [];
      this.pendingKeys = "";
      yield* this.normalCommand();
      this.clampCursor();
      if (this.buffer.lines !== before && !this.isRepeating && this.isRepeatable()) this.lastChange = this.commandKeys;
    }
  }

  /** Undo, redo, repeats and ex commands are not repeated by `.`. */
  private isRepeatable(): boolean {
    const names = this.commandKeys.map((key) => (key.kind === "key" ? key.name : ""));
    const first = names.find((name) => !/^[0-9]$/.test(name));
    return first !== undefined && !["u", "U", "<C-r>", ".", ":", "@"].includes(first);
  }

  private *key(): Asking<string> {
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

  private moveTo(position: Position): void {
    this.cursor = position;
    this.wantedColumn = position.column;
  }

  private *count(first: string): Asking<{ readonly count: number | null; readonly key: string }> {
    let digits = "";
    let key = first;
    while (/^[1-9]$/.test(key) || (digits !== "" && key === "0")) {
      digits += key;
      key = yield* this.key();
    }
    return { count: digits === "" ? null : Math.min(MAX_COUNT, Number(digits)), key };
  }

  private *normalCommand(): Step {
    this.register = '"';
    let { count, key } = yield* this.count(yield* this.key());
    while (key === '"') {
      this.register = yield* this.key();
      const next = yield* this.count(yield* this.key());
      count = next.count ?? count;
      key = next.key;
    }
    if (key === "<Esc>") return;
    if (key in OPERATORS || key === "g") return yield* this.operatorOrG(key, count);
    const motion = yield* this.motion(key, count);
    if (motion) {
      this.applyMotion(motion);
      return;
    }
    yield* this.command(key, count);
  }

  private applyMotion(motion: Motion): void {
    this.cursor = motion.to;
    if (!motion.keepsColumn) this.wantedColumn = motion.to.column;
    this.clampCursor();
  }

  // ---------------------------------------------------------------- motions

  /** Undefined when the key is no motion; the motion stays in place when it fails. */
  private *motion(key: string, count: number | null): Asking<Motion | undefined> {
    const { buffer, cursor } = this;
    const times = count ?? 1;
    const repeat = (step: (from: Position) => Position): Position => {
      let at = cursor;
      for (let left = Math.min(times, 10_000); left > 0; left--) at = step(at);
      return at;
    };
    const vertical = (line: number): Motion => {
      const target = Math.max(0, Math.min(buffer.lastLine, line));
      return {
        to: { line: target, column: Math.min(this.wantedColumn, Math.max(0, buffer.line(target).length - 1)) },
        reach: "linewise",
        keepsColumn: true,
      };
    };
    const toLine = (line: number): Motion => {
      const target = Math.max(0, Math.min(buffer.lastLine, line));
      return { to: { line: target, column: firstNonBlank(buffer.line(target)) }, reach: "linewise" };
    };
    const exclusive = (to: Position): Motion => ({ to, reach: "exclusive" });
    const inclusive = (to: Position): Motion => ({ to, reach: "inclusive" });
    switch (key) {
      case "h":
      case "<Left>":
      case "<BS>":
        return exclusive({ line: cursor.line, column: Math.max(0, cursor.column - times) });
      case "l":
      case "<Right>":
      case " ":
        return exclusive({
          line: cursor.line,
          column: Math.min(buffer.line(cursor.line).length, cursor.column + times),
        });
      case "j":
      case "<Down>":
      case "<C-n>":
        return vertical(cursor.line + times);
      case "k":
      case "<Up>":
      case "<C-p>":
        return vertical(cursor.line - times);
      case "+":
      case "<CR>":
        return toLine(cursor.line + times);
      case "-":
        return toLine(cursor.line - times);
      case "_":
        return toLine(cursor.line + times - 1);
      case "0":
      case "<Home>":
        return exclusive({ line: cursor.line, column: 0 });
      case "^":
        return exclusive({ line: cursor.line, column: firstNonBlank(buffer.line(cursor.line)) });
      case "$":
      case "<End>": {
        const line = Math.min(buffer.lastLine, cursor.line + times - 1);
        this.wantedColumn = Number.POSITIVE_INFINITY;
        return {
          to: { line, column: Math.max(0, buffer.line(line).length - 1) },
          reach: "inclusive",
          keepsColumn: true,
        };
      }
      case "|":
        return exclusive({ line: cursor.line, column: times - 1 });
      case "w":
      case "W":
      case "<C-Right>":
        return exclusive(repeat((from) => wordForward(buffer, from, key === "W")));
      case "b":
      case "B":
      case "<C-Left>":
        return exclusive(repeat((from) => wordBackward(buffer, from, key === "B")));
      case "e":
      case "E":
        return inclusive(repeat((from) => wordEnd(buffer, from, key === "E")));
      case "G":
        return toLine(count === null ? buffer.lastLine : count - 1);
      case "H":
        return toLine(this.top + times - 1);
      case "M":
        return toLine(this.top + Math.floor(Math.min(this.height, buffer.lines.length - this.top) / 2));
      case "L":
        return toLine(Math.min(this.top + this.height, buffer.lines.length) - times);
      case "{":
        return exclusive(repeat((from) => paragraph(buffer, from, -1)));
      case "}":
        return exclusive(repeat((from) => paragraph(buffer, from, 1)));
      case "%": {
        const to = matchingBracket(buffer, cursor);
        return inclusive(to ?? cursor);
      }
      case "f":
      case "F":
      case "t":
      case "T": {
        const char = typed(yield* this.key());
        if (char === null) return exclusive(cursor);
        this.lastCharSearch = { key, char };
        return this.charMotion(this.lastCharSearch, times);
      }
      case ";":
        return this.lastCharSearch ? this.charMotion(this.lastCharSearch, times, true) : exclusive(cursor);
      case ",": {
        if (!this.lastCharSearch) return exclusive(cursor);
        const swapped = { f: "F", F: "f", t: "T", T: "t" } as const;
        return this.charMotion({ ...this.lastCharSearch, key: swapped[this.lastCharSearch.key] }, times, true);
      }
      case "n":
      case "N": {
        const direction = (key === "n" ? this.lastSearchDirection : -this.lastSearchDirection) as 1 | -1;
        return exclusive(this.searchFrom(direction, times));
      }
      case "*":
      case "#": {
        const word = /[\p{L}\p{N}_]+/u;
        const text = buffer.line(cursor.line);
        let start = cursor.column;
        while (start > 0 && word.test(text[start - 1] ?? "") && word.test(text[start] ?? "")) start--;
        const found = word.exec(text.slice(start));
        if (!found) return exclusive(cursor);
        this.setSearch(`\\<${found[0]}\\>`);
        this.lastSearchDirection = key === "*" ? 1 : -1;
        return exclusive(this.searchFrom(this.lastSearchDirection, times));
      }
      case "/":
      case "?": {
        const typedText = yield* this.promptLine(key);
        if (typedText === null) return exclusive(cursor);
        this.lastSearchDirection = key === "/" ? 1 : -1;
        if (typedText !== "") this.setSearch(typedText);
        return exclusive(this.searchFrom(this.lastSearchDirection, times));
      }
      case "'":
      case "`": {
        const name = yield* this.key();
        const mark = this.marks.get(name === "`" ? "'" : name);
        if (!mark) {
          this.fail("E20: Mark not set");
          return exclusive(cursor);
        }
        return key === "'" ? toLine(mark.line) : exclusive(mark);
      }
      case "<C-f>":
      case "<PageDown>":
        this.top = Math.min(buffer.lastLine, this.top + (this.height - 2) * times);
        return toLine(this.top);
      case "<C-b>":
      case "<PageUp>":
        this.top = Math.max(0, this.top - (this.height - 2) * times);
        return toLine(Math.min(cursor.line, this.top + this.height - 1));
      case "<C-d>":
        return toLine(cursor.line + Math.floor(this.height / 2));
      case "<C-u>":
        return toLine(cursor.line - Math.floor(this.height / 2));
      default:
        return undefined;
    }
  }

  private charMotion({ key, char }: CharSearch, times: number, isRepeat = false): Motion {
    const { cursor } = this;
    const text = this.buffer.line(cursor.line);
    // A repeated `t` must not find the character it already stands before.
    const from =
      isRepeat && key === "t" ? cursor.column + 1 : isRepeat && key === "T" ? cursor.column - 1 : cursor.column;
    const column = findChar(text, from, char, key, times);
    if (column === null) return { to: cursor, reach: "exclusive" };
    return { to: { line: cursor.line, column }, reach: key === "f" || key === "t" ? "inclusive" : "exclusive" };
  }

  setSearch(text: string): void {
    this.searchText = text;
    this.searchPattern = vimPattern(text, this.settings);
    this.isHighlighting = true;
  }

  private searchFrom(direction: 1 | -1, times: number): Position {
    let at = this.cursor;
    if (!this.searchPattern) {
      this.fail("E35: No previous regular expression");
      return at;
    }
    this.marks.set("'", this.cursor);
    for (let left = times; left > 0; left--) {
      const found = search(this.buffer, at, this.searchPattern, direction);
      if (!found) {
        this.fail(`E486: Pattern not found: ${this.searchText}`);
        return this.cursor;
      }
      if (found.wrapped)
        this.fail(direction === 1 ? "search hit BOTTOM, continuing at TOP" : "search hit TOP, continuing at BOTTOM");
      else this.say(`${direction === 1 ? "/" : "?"}${this.searchText}`);
      at = found.at;
    }
    return at;
  }

  // ---------------------------------------------------------------- operators

  private *operatorOrG(key: string, count: number | null): Step {
    let operator = key;
    if (key === "g") {
      const second = yield* this.key();
      if (!(`g${second}` in OPERATORS)) {
        return yield* this.gCommand(second, count);
      }
      operator = `g${second}`;
    }
    const next = yield* this.count(yield* this.key());
    const times = count === null && next.count === null ? null : (count ?? 1) * (next.count ?? 1);
    const span = yield* this.operand(operator, next.key, times);
    if (span) yield* this.operate(operator, span.span, span.isLinewise);
  }

  /** What follows an operator: itself (lines), a text object, or a motion. */
  private *operand(
    operator: string,
    key: string,
    count: number | null,
  ): Asking<{ span: Span; isLinewise: boolean } | null> {
    const last = operator.at(-1) ?? "";
    if (key === last || (operator.startsWith("g") && key === "g")) {
      const end = Math.min(this.buffer.lastLine, this.cursor.line + (count ?? 1) - 1);
      return { span: this.lineSpan(this.cursor.line, end), isLinewise: true };
    }
    if (key === "i" || key === "a") {
      const object = textObject(this.buffer, this.cursor, key, typed(yield* this.key()) ?? "");
      return object ? { span: object, isLinewise: object.isLinewise } : null;
    }
    if (key === "g") {
      const second = yield* this.key();
      if (second !== "g" && second !== "e") return null;
      const to =
        second === "g"
          ? { line: Math.min(this.buffer.lastLine, (count ?? 1) - 1), column: 0 }
          : wordBackward(this.buffer, this.cursor, false);
      return this.spanOf({ to, reach: second === "g" ? "linewise" : "inclusive" });
    }
    // `cw` on a word changes to its end, not to the next word.
    const onWord = /\S/.test(this.buffer.line(this.cursor.line)[this.cursor.column] ?? " ");
    const effective = operator === "c" && onWord ? ({ w: "e", W: "E" }[key] ?? key) : key;
    if (effective !== key) {
      const target = this.changeWordEnd(effective === "E", count ?? 1);
      return this.spanOf({ to: target, reach: "inclusive" });
    }
    const before = this.cursor;
    const motion = yield* this.motion(key, count);
    if (!motion) return null;
    const isStuck = motion.to.line === before.line && motion.to.column === before.column;
    if (isStuck && motion.reach === "exclusive") return null;
    if (motion.reach === "linewise" && isStuck && /^[jk+-]|<(Up|Down|CR)>$/.test(key)) return null;
    // `dw` on the last word of a line does not join lines.
    if ((key === "w" || key === "W") && motion.to.line > before.line) {
      const text = this.buffer.line(before.line);
      if ((count ?? 1) === 1)
        return this.spanOf({ to: { line: before.line, column: text.length }, reach: "exclusive" });
    }
    return this.spanOf(motion);
  }

  /** Like `e`, but a cursor on the last character of a word stays there. */
  private changeWordEnd(isBig: boolean, times: number): Position {
    const { line, column } = this.cursor;
    const text = this.buffer.line(line);
    const kind = (char: string | undefined): string =>
      char === undefined || /\s/.test(char) ? " " : isBig || /[\p{L}\p{N}_]/u.test(char) ? "w" : "s";
    let end = column;
    while (end + 1 < text.length && kind(text[end + 1]) === kind(text[column])) end++;
    let at: Position = { line, column: end };
    for (let left = times; left > 1; left--) at = wordEnd(this.buffer, at, isBig);
    return at;
  }

  private lineSpan(first: number, last: number): Span {
    return { start: { line: first, column: 0 }, end: { line: last, column: this.buffer.line(last).length } };
  }

  private spanOf(motion: Motion): { span: Span; isLinewise: boolean } {
    const [start, end] = isBefore(motion.to, this.cursor) ? [motion.to, this.cursor] : [this.cursor, motion.to];
    if (motion.reach === "linewise") return { span: this.lineSpan(start.line, end.line), isLinewise: true };
    const extra = motion.reach === "inclusive" ? 1 : 0;
    return {
      span: { start, end: { line: end.line, column: Math.min(this.buffer.line(end.line).length, end.column + extra) } },
      isLinewise: false,
    };
  }

  private *operate(operator: string, span: Span, isLinewise: boolean): Step {
    this.buffer.begin(this.cursor);
    const { start } = span;
    switch (operator) {
      case "y":
        this.yank(span, isLinewise, false);
        this.moveTo(isLinewise ? { line: start.line, column: this.cursor.column } : start);
        return;
      case "d":
        this.yank(span, isLinewise, true);
        this.remove(span, isLinewise);
        return;
      case "c":
        this.yank(span, isLinewise, true);
        if (isLinewise) {
          const indent = this.settings.autoindent ? (/^\s*/.exec(this.buffer.line(start.line))?.[0] ?? "") : "";
          this.buffer.replaceLines(start.line, span.end.line - start.line + 1, [indent]);
          this.moveTo({ line: start.line, column: indent.length });
        } else {
          this.buffer.replace(span, "");
          this.moveTo(start);
        }
        yield* this.insertMode(1);
        return;
      case ">":
      case "<":
        this.shift(start.line, span.end.line, operator === ">" ? 1 : -1);
        return;
      case "=":
        this.reindent(start.line, span.end.line);
        return;
      case "gu":
      case "gU":
      case "g~":
        this.changeCase(span, operator);
        return;
      case "gq":
      case "gw":
        this.moveTo({ line: start.line, column: 0 });
        return;
      case "!":
        yield* this.exMode(`${start.line + 1},${span.end.line + 1}!`);
        return;
    }
  }

  yank(span: Span, isLinewise: boolean, isDelete: boolean): void {
    const text = isLinewise
      ? this.buffer.lines.slice(span.start.line, span.end.line + 1).join("\n")
      : this.buffer.slice(span);
    this.store({ text, isLinewise }, isDelete);
    const count = span.end.line - span.start.line + 1;
    if (isLinewise && count > 2) this.say(isDelete ? `${count} fewer lines` : `${count} lines yanked`);
  }

  private store(value: Register, isDelete: boolean): void {
    const name = this.register;
    if (name === "_") return;
    if (/^[A-Z]$/.test(name)) {
      const old = this.registers.get(name.toLowerCase());
      const joined = {
        text: (old ? old.text + (value.isLinewise ? "\n" : "") : "") + value.text,
        isLinewise: value.isLinewise || (old?.isLinewise ?? false),
      };
      this.registers.set(name.toLowerCase(), joined);
      return;
    }
    this.registers.set('"', value);
    if (name !== '"') this.registers.set(name, value);
    else if (!isDelete) this.registers.set("0", value);
  }

  remove(span: Span, isLinewise: boolean): void {
    if (isLinewise) {
      this.buffer.replaceLines(span.start.line, span.end.line - span.start.line + 1, []);
      const line = Math.min(span.start.line, this.buffer.lastLine);
      this.moveTo({ line, column: firstNonBlank(this.buffer.line(line)) });
    } else {
      this.buffer.replace(span, "");
      this.moveTo(span.start);
    }
    this.clampCursor();
  }

  shift(first: number, last: number, direction: 1 | -1): void {
    const width = this.settings.shiftwidth || this.settings.tabstop;
    const lines = this.buffer.lines.slice(first, last + 1).map((line) => {
      if (line === "") return line;
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      const columns = [...indent].reduce(
        (sum, char) => (char === "\t" ? sum + this.settings.tabstop - (sum % this.settings.tabstop) : sum + 1),
        0,
      );
      return this.indentText(Math.max(0, columns + direction * width)) + line.slice(indent.length);
    });
    this.buffer.replaceLines(first, lines.length, lines);
    this.moveTo({ line: first, column: firstNonBlank(this.buffer.line(first)) });
    if (lines.length > 2) this.say(`${lines.length} lines ${direction === 1 ? ">" : "<"}ed 1 time`);
  }

  private indentText(columns: number): string {
    if (this.settings.expandtab) return " ".repeat(columns);
    return "\t".repeat(Math.floor(columns / this.settings.tabstop)) + " ".repeat(columns % this.settings.tabstop);
  }

  private reindent(first: number, last: number): void {
    const above = first > 0 ? (/^[ \t]*/.exec(this.buffer.line(first - 1))?.[0] ?? "") : "";
    const lines = this.buffer.lines
      .slice(first, last + 1)
      .map((line) => (line.trim() === "" ? "" : above + line.trimStart()));
    this.buffer.replaceLines(first, lines.length, lines);
    this.moveTo({ line: first, column: firstNonBlank(this.buffer.line(first)) });
  }

  private changeCase(span: Span, operator: string): void {
    const swap = (char: string): string => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase());
    const text = this.buffer.slice(span);
    const changed =
      operator === "gu" ? text.toLowerCase() : operator === "gU" ? text.toUpperCase() : [...text].map(swap).join("");
    this.buffer.replace(span, changed);
    this.moveTo(span.start);
  }

  // ---------------------------------------------------------------- other normal commands

  private *gCommand(second: string, count: number | null): Step {
    switch (second) {
      case "g":
        this.moveTo({ line: Math.min(this.buffer.lastLine, (count ?? 1) - 1), column: 0 });
        this.cursor = { ...this.cursor, column: firstNonBlank(this.buffer.line(this.cursor.line)) };
        return;
      case "J":
        this.join(count ?? 2, false);
        return;
      case "v":
        if (this.lastVisual) {
          this.anchor = this.lastVisual.anchor;
          this.cursor = this.lastVisual.cursor;
          yield* this.visualMode(this.lastVisual.mode as "visual");
        }
        return;
      case "_":
        this.moveTo({
          line: this.cursor.line,
          column: Math.max(0, this.buffer.line(this.cursor.line).trimEnd().length - 1),
        });
        return;
      case "e":
        this.moveTo(wordBackward(this.buffer, this.cursor, false));
        return;
      case "j":
      case "k": {
        const motion = yield* this.motion(second, count);
        if (motion) this.applyMotion(motion);
        return;
      }
      case "i": {
        const mark = this.marks.get("^");
        if (mark) this.cursor = mark;
        yield* this.insertMode(1);
        return;
      }
      default:
        return;
    }
  }

  private *command(key: string, count: number | null): Step {
    const times = count ?? 1;
    const { buffer } = this;
    const here = this.cursor;
    const text = buffer.line(here.line);
    buffer.begin(here);
    switch (key) {
      case "i":
      case "<Insert>":
        return yield* this.insertMode(times);
      case "a":
        this.cursor = { ...here, column: Math.min(text.length, here.column + 1) };
        return yield* this.insertMode(times);
      case "I":
        this.cursor = { ...here, column: text.search(/\S|$/) };
        return yield* this.insertMode(times);
      case "A":
        this.cursor = { ...here, column: text.length };
        return yield* this.insertMode(times);
      case "o":
      case "O":
        return yield* this.openLine(key === "o" ? here.line + 1 : here.line, times);
      case "s":
      case "x":
      case "<Del>": {
        const span = { start: here, end: { line: here.line, column: Math.min(text.length, here.column + times) } };
        if (text !== "") {
          this.yank(span, false, true);
          buffer.replace(span, "");
        }
        if (key === "s") return yield* this.insertMode(1);
        this.clampCursor();
        return;
      }
      case "X": {
        const span = { start: { line: here.line, column: Math.max(0, here.column - times) }, end: here };
        this.yank(span, false, true);
        this.remove(span, false);
        return;
      }
      case "S":
        return yield* this.operate(
          "c",
          this.lineSpan(here.line, Math.min(buffer.lastLine, here.line + times - 1)),
          true,
        );
      case "C":
      case "D":
        return yield* this.operate(
          key.toLowerCase(),
          {
            start: here,
            end: {
              line: Math.min(buffer.lastLine, here.line + times - 1),
              column: buffer.line(here.line + times - 1).length,
            },
          },
          false,
        );
      case "Y":
        return yield* this.operate(
          "y",
          this.lineSpan(here.line, Math.min(buffer.lastLine, here.line + times - 1)),
          true,
        );
      case "p":
      case "P":
        this.put(key === "p", times);
        return;
      case "r":
        return yield* this.replaceChars(times);
      case "R":
        return yield* this.insertMode(1, true);
      case "~": {
        const end = Math.min(text.length, here.column + times);
        this.changeCase({ start: here, end: { line: here.line, column: end } }, "g~");
        this.moveTo({ line: here.line, column: end });
        return;
      }
      case "J":
        this.join(Math.max(2, times), true);
        return;
      case "u":
        for (let left = times; left > 0; left--) this.undoStep("undo");
        return;
      case "<C-r>":
        for (let left = times; left > 0; left--) this.undoStep("redo");
        return;
      case ".":
        this.repeatChange(count);
        return;
      case "v":
      case "V":
      case "<C-v>":
        this.anchor = here;
        return yield* this.visualMode(key === "v" ? "visual" : key === "V" ? "visual-line" : "visual-block");
      case "m":
        this.marks.set(yield* this.key(), here);
        return;
      case "q":
        return yield* this.recordMacro();
      case "@":
        this.playMacro(yield* this.key(), times);
        return;
      case "Z": {
        const second = yield* this.key();
        if (second === "Z") yield* this.runExLine("x");
        if (second === "Q") yield* this.runExLine("q!");
        return;
      }
      case "z": {
        const second = yield* this.key();
        if (second === "z" || second === ".") this.top = Math.max(0, here.line - Math.floor(this.height / 2));
        if (second === "t" || second === "<CR>") this.top = here.line;
        if (second === "b" || second === "-") this.top = Math.max(0, here.line - this.height + 1);
        return;
      }
      case "<C-e>":
        this.top = Math.min(buffer.lastLine, this.top + times);
        if (here.line < this.top) this.moveTo({ ...here, line: this.top });
        return;
      case "<C-y>":
        this.top = Math.max(0, this.top - times);
        if (here.line >= this.top + this.height) this.moveTo({ ...here, line: this.top + this.height - 1 });
        return;
      case "<C-a>":
      case "<C-x>":
        this.addToNumber(key === "<C-a>" ? times : -times);
        return;
      case "<C-g>":
        this.say(
          `"${this.path || "[No Name]"}"${buffer.isModified ? " [Modified]" : ""} ${buffer.lines.length} lines --${Math.round(((here.line + 1) / buffer.lines.length) * 100)}%--`,
        );
        return;
      case ":":
        return yield* this.exMode(count === null ? "" : `.,.+${count - 1}`);
      case "&":
        return yield* this.runExLine("s");
      case "<C-c>":
        this.say("Type  :qa!  and press <Enter> to abandon all changes and exit Vim");
        return;
      default:
        return;
    }
  }

  private undoStep(which: "undo" | "redo"): void {
    const to = which === "undo" ? this.buffer.undo(this.cursor) : this.buffer.redo(this.cursor);
    if (!to) {
      this.say(which === "undo" ? "Already at oldest change" : "Already at newest change");
      return;
    }
    this.moveTo(to);
    this.clampCursor();
  }

  private repeatChange(count: number | null): void {
    if (this.lastChange.length === 0) return;
    const digits = count === null ? [] : [...String(count)].map((name): Key => ({ kind: "key", name }));
    const keys =
      count === null
        ? this.lastChange
        : this.lastChange.slice(this.lastChange.findIndex((key) => key.kind !== "key" || !/^\d$/.test(key.name)));
    this.replayLater([...digits, ...keys], true);
  }

  /** Keys cannot be fed while the machine runs a command: they are queued for when it waits again. */
  private replayLater(keys: readonly Key[], isRepeat: boolean): void {
    this.queue.push({ keys, isRepeat });
  }

  private readonly queue: { keys: readonly Key[]; isRepeat: boolean }[] = [];

  /** Called by the owner after each `feed`: plays what commands have queued. */
  drain(): void {
    // What a replayed key queues itself is played before the rest of this batch.
    for (const { keys, isRepeat } of this.queue.splice(0)) {
      if (this.macroDepth >= MAX_MACRO_DEPTH || this.exitStatus !== null) return;
      this.macroDepth++;
      const wasRepeating = this.isRepeating;
      this.isRepeating = isRepeat;
      for (const key of keys) {
        this.feed(key);
        this.drain();
        if (this.isError && !isRepeat) break;
      }
      this.isRepeating = wasRepeating;
      this.macroDepth--;
    }
  }

  private *recordMacro(): Step {
    if (this.macroName !== null) {
      this.macros.set(this.macroName, this.macroKeys.slice(0, -1));
      this.macroName = null;
      this.say("");
      return;
    }
    const name = yield* this.key();
    this.macroName = name;
    this.macroKeys = [];
    this.say(`recording @${name}`);
  }

  private playMacro(key: string, times: number): void {
    const name = key === "@" ? this.lastMacro : key;
    const keys = this.macros.get(name);
    if (!keys) return;
    this.lastMacro = name;
    for (let left = Math.min(times, 1000); left > 0; left--) this.replayLater(keys, false);
  }

  private *openLine(at: number, times: number): Step {
    const neighbour = this.buffer.line(this.cursor.line);
    const indent = this.settings.autoindent ? (/^[ \t]*/.exec(neighbour)?.[0] ?? "") : "";
    this.buffer.replaceLines(at, 0, [indent]);
    this.moveTo({ line: at, column: indent.length });
    yield* this.insertMode(times);
  }

  put(isAfter: boolean, times: number): void {
    const register = this.registers.get(this.register.toLowerCase());
    if (!register) {
      this.fail(`E353: Nothing in register ${this.register}`);
      return;
    }
    if (register.isLinewise) {
      const lines = Array.from({ length: times }, () => register.text.split("\n")).flat();
      const at = isAfter ? this.cursor.line + 1 : this.cursor.line;
      this.buffer.replaceLines(at, 0, lines);
      this.moveTo({ line: at, column: firstNonBlank(this.buffer.line(at)) });
      if (lines.length > 2) this.say(`${lines.length} more lines`);
      return;
    }
    const text = this.buffer.line(this.cursor.line);
    const column = isAfter && text !== "" ? this.cursor.column + 1 : this.cursor.column;
    const inserted = register.text.repeat(times);
    const end = this.buffer.insert({ line: this.cursor.line, column }, inserted);
    this.moveTo(
      inserted.includes("\n")
        ? { line: this.cursor.line, column }
        : { line: end.line, column: Math.max(0, end.column - 1) },
    );
  }

  private *replaceChars(times: number): Step {
    const key = yield* this.key();
    const char = typed(key);
    const text = this.buffer.line(this.cursor.line);
    if (char === null || this.cursor.column + times > text.length) return;
    const end = { line: this.cursor.line, column: this.cursor.column + times };
    if (char === "\n") {
      const at = this.buffer.replace({ start: this.cursor, end }, "\n");
      this.moveTo(at);
      return;
    }
    this.buffer.replace({ start: this.cursor, end }, char.repeat(times));
    this.moveTo({ line: this.cursor.line, column: end.column - 1 });
  }

  join(count: number, withSpace: boolean, first = this.cursor.line): void {
    const last = Math.min(this.buffer.lastLine, first + count - 1);
    let joined = this.buffer.line(first);
    let column = joined.length;
    for (let line = first + 1; line <= last; line++) {
      const next = withSpace ? this.buffer.line(line).trimStart() : this.buffer.line(line);
      const gap = withSpace && next !== "" && !next.startsWith(")") && !/\s$/.test(joined) && joined !== "" ? " " : "";
      column = joined.length;
      joined += gap + next;
    }
    if (last === first) return;
    this.buffer.replaceLines(first, last - first + 1, [joined]);
    this.moveTo({ line: first, column });
  }

  private addToNumber(amount: number): void {
    const text = this.buffer.line(this.cursor.line);
    for (const match of text.matchAll(/-?\d+/g)) {
      if (match.index + match[0].length <= this.cursor.column) continue;
      const changed = String(Number(match[0]) + amount);
      this.buffer.replace(
        {
          start: { line: this.cursor.line, column: match.index },
          end: { line: this.cursor.line, column: match.index + match[0].length },
        },
        changed,
      );
      this.moveTo({ line: this.cursor.line, column: match.index + changed.length - 1 });
      return;
    }
  }

  // ---------------------------------------------------------------- insert mode

  private *insertMode(times: number, isReplace = false): Step {
    this.buffer.begin(this.cursor);
    this.mode = isReplace ? "replace" : "insert";
    this.message = "";
    const start = this.cursor;
    let typedText = "";
    while (true) {
      const key = yield;
      if (key.kind === "paste") {
        this.cursor = this.buffer.insert(this.cursor, key.text);
        typedText += key.text;
        continue;
      }
      if (key.name === "<Esc>" || key.name === "<C-c>" || key.name === "<C-[>") break;
      typedText += this.insertKey(key.name, isReplace, start);
    }
    for (let left = times; left > 1; left--) this.cursor = this.buffer.insert(this.cursor, typedText);
    this.trimIndent();
    this.marks.set("^", this.cursor);
    this.mode = "normal";
    this.moveTo({ line: this.cursor.line, column: Math.max(0, this.cursor.column - 1) });
  }

  /** An indent that autoindent made and nothing followed is taken back. */
  private trimIndent(): void {
    const text = this.buffer.line(this.cursor.line);
    if (!this.settings.autoindent || text === "" || text.trim() !== "") return;
    this.buffer.replaceLines(this.cursor.line, 1, [""]);
    this.cursor = { line: this.cursor.line, column: 0 };
  }

  /** Returns what a count repeats. */
  private insertKey(name: string, isReplace: boolean, start: Position): string {
    const { line, column } = this.cursor;
    const text = this.buffer.line(line);
    const move = (to: Position): string => {
      this.cursor = to;
      this.clampCursor();
      return "";
    };
    switch (name) {
      case "<BS>":
      case "<C-h>":
        return this.backspace(isReplace);
      case "<Del>": {
        const end = column < text.length ? { line, column: column + 1 } : { line: line + 1, column: 0 };
        if (column < text.length || line < this.buffer.lastLine) this.buffer.replace({ start: this.cursor, end }, "");
        return "";
      }
      case "<Left>":
        return move({ line, column: column - 1 });
      case "<Right>":
        return move({ line, column: column + 1 });
      case "<Up>":
        return move({ line: line - 1, column });
      case "<Down>":
        return move({ line: line + 1, column });
      case "<Home>":
        return move({ line, column: 0 });
      case "<End>":
        return move({ line, column: text.length });
      case "<C-w>": {
        const from =
          column === 0
            ? this.cursor
            : {
                line,
                column: Math.max(0, text.slice(0, column).search(/[\p{L}\p{N}_]+\s*$|[^\s\p{L}\p{N}_]+\s*$|\s+$/u)),
              };
        this.buffer.replace({ start: from, end: this.cursor }, "");
        this.cursor = from;
        return "";
      }
      case "<C-u>": {
        const from = { line, column: start.line === line && start.column < column ? start.column : 0 };
        this.buffer.replace({ start: from, end: this.cursor }, "");
        this.cursor = from;
        return "";
      }
      case "<C-t>":
      case "<C-d>": {
        const before = text.length;
        this.shift(line, line, name === "<C-t>" ? 1 : -1);
        this.cursor = { line, column: Math.max(0, column + this.buffer.line(line).length - before) };
        return "";
      }
      case "<CR>": {
        const indent = this.settings.autoindent ? (/^[ \t]*/.exec(text)?.[0] ?? "").slice(0, column) : "";
        this.cursor = this.buffer.insert(this.cursor, `\n${indent}`);
        return `\n${indent}`;
      }
      default: {
        const char = name === "<Tab>" ? this.tabText() : typed(name);
        if (char === null) return "";
        const overwritten = isReplace ? Math.min(text.length, column + char.length) : column;
        this.cursor = this.buffer.replace({ start: this.cursor, end: { line, column: overwritten } }, char);
        return char;
      }
    }
  }

  private tabText(): string {
    const width = this.settings.softtabstop || this.settings.tabstop;
    return this.settings.expandtab ? " ".repeat(width - (this.cursor.column % width)) : "\t";
  }

  private backspace(isReplace: boolean): string {
    const { line, column } = this.cursor;
    if (isReplace) {
      this.cursor = { line, column: Math.max(0, column - 1) };
      return "";
    }
    if (column > 0) {
      const text = this.buffer.line(line).slice(0, column);
      const soft = this.settings.softtabstop;
      const blanks = soft > 0 && /^ +$/.test(text) ? ((column - 1) % soft) + 1 : 1;
      this.buffer.replace({ start: { line, column: column - blanks }, end: this.cursor }, "");
      this.cursor = { line, column: column - blanks };
    } else if (line > 0) {
      const end = this.buffer.line(line - 1).length;
      this.buffer.replace({ start: { line: line - 1, column: end }, end: this.cursor }, "");
      this.cursor = { line: line - 1, column: end };
    }
    return "";
  }

  // ---------------------------------------------------------------- visual mode

  private *visualMode(mode: "visual" | "visual-line" | "visual-block"): Step {
    this.mode = mode;
    while (this.mode.startsWith("visual")) {
      this.pendingKeys = "";
      let { count, key } = yield* this.count(yield* this.key());
      if (key === '"') {
        this.register = yield* this.key();
        key = yield* this.key();
      }
      if (key === "<Esc>" || key === "<C-c>") break;
      const switched = { v: "visual", V: "visual-line", "<C-v>": "visual-block" }[key] as Mode | undefined;
      if (switched !== undefined) {
        if (this.mode === switched) break;
        this.mode = switched;
        continue;
      }
      if (key === "o" || key === "O") {
        [this.anchor, this.cursor] = [this.cursor, this.anchor];
        continue;
      }
      if (key === "i" || key === "a") {
        const object = textObject(this.buffer, this.cursor, key, typed(yield* this.key()) ?? "");
        if (object) {
          this.anchor = object.start;
          this.cursor = { line: object.end.line, column: Math.max(0, object.end.column - 1) };
          if (object.isLinewise) this.mode = "visual-line";
        }
        continue;
      }
      if (key === "g") {
        const second = yield* this.key();
        if (second === "g") this.moveTo({ line: (count ?? 1) - 1, column: 0 });
        else if (`g${second}` in OPERATORS) {
          yield* this.operateVisual(`g${second}`);
          return;
        }
        continue;
      }
      const motion = yield* this.motion(key, count);
      if (motion) {
        this.cursor = motion.to;
        if (!motion.keepsColumn) this.wantedColumn = motion.to.column;
        this.clampCursor();
        continue;
      }
      if (yield* this.visualCommand(key, count)) return;
    }
    this.leaveVisual();
  }

  private leaveVisual(): void {
    if (this.mode.startsWith("visual")) this.lastVisual = { mode: this.mode, anchor: this.anchor, cursor: this.cursor };
    this.mode = "normal";
    const [start, end] = isBefore(this.anchor, this.cursor) ? [this.anchor, this.cursor] : [this.cursor, this.anchor];
    this.marks.set("<", start);
    this.marks.set(">", end);
    this.clampCursor();
  }

  selection(): { span: Span; isLinewise: boolean } {
    const [start, end] = isBefore(this.anchor, this.cursor) ? [this.anchor, this.cursor] : [this.cursor, this.anchor];
    if (this.mode === "visual-line") return { span: this.lineSpan(start.line, end.line), isLinewise: true };
    return {
      span: { start, end: { line: end.line, column: Math.min(this.buffer.line(end.line).length, end.column + 1) } },
      isLinewise: false,
    };
  }

  /** True when visual mode has ended. */
  private *visualCommand(key: string, count: number | null): Asking<boolean> {
    const synonym = {
      x: "d",
      "<Del>": "d",
      X: "d",
      s: "c",
      S: "c",
      R: "c",
      D: "d",
      C: "c",
      Y: "y",
      u: "gu",
      U: "gU",
      "~": "g~",
    }[key];
    const operator = synonym ?? key;
    if (["X", "S", "R", "D", "C", "Y"].includes(key) && this.mode === "visual") this.mode = "visual-line";
    if (operator in OPERATORS) {
      if (this.mode === "visual-block") yield* this.operateBlock(operator);
      else yield* this.operateVisual(operator, count);
      return true;
    }
    switch (key) {
      case "I":
      case "A":
        if (this.mode !== "visual-block") return false;
        yield* this.insertBlock(key);
        return true;
      case "p":
      case "P": {
        const register = this.registers.get(this.register.toLowerCase());
        const { span, isLinewise } = this.selection();
        this.leaveVisual();
        this.buffer.begin(this.cursor);
        const name = this.register;
        this.yank(span, isLinewise, true);
        const isWholeEnd = isLinewise && span.end.line >= this.buffer.lastLine && span.start.line > 0;
        this.remove(span, isLinewise);
        if (register) {
          const kept = this.registers.get(name);
          this.registers.set(name, register);
          this.put(isWholeEnd, 1);
          if (kept) this.registers.set('"', kept);
        }
        return true;
      }
      case "r": {
        const char = typed(yield* this.key());
        const { span } = this.selection();
        this.leaveVisual();
        this.buffer.begin(this.cursor);
        if (char !== null) this.buffer.replace(span, this.buffer.slice(span).replace(/[^\n]/gu, char));
        this.moveTo(span.start);
        return true;
      }
      case "J": {
        const { span } = this.selection();
        this.leaveVisual();
        this.buffer.begin(this.cursor);
        this.join(Math.max(2, span.end.line - span.start.line + 1), true, span.start.line);
        return true;
      }
      case ":":
        this.leaveVisual();
        yield* this.exMode("'<,'>");
        return true;
      default:
        return false;
    }
  }

  private *operateVisual(operator: string, count: number | null = null): Step {
    const { span, isLinewise } = this.selection();
    this.leaveVisual();
    this.cursor = span.start;
    if (operator === ">" || operator === "<") {
      this.buffer.begin(this.cursor);
      for (let left = count ?? 1; left > 0; left--)
        this.shift(span.start.line, span.end.line, operator === ">" ? 1 : -1);
      return;
    }
    yield* this.operate(operator, span, isLinewise);
  }

  private block(): { first: number; last: number; left: number; right: number } {
    const { anchor, cursor } = this;
    return {
      first: Math.min(anchor.line, cursor.line),
      last: Math.max(anchor.line, cursor.line),
      left: Math.min(anchor.column, cursor.column),
      right:
        this.wantedColumn === Number.POSITIVE_INFINITY
          ? Number.POSITIVE_INFINITY
          : Math.max(anchor.column, cursor.column),
    };
  }

  private *operateBlock(operator: string): Step {
    const { first, last, left, right } = this.block();
    this.leaveVisual();
    this.buffer.begin(this.cursor);
    if (operator === ">" || operator === "<") {
      this.shift(first, last, operator === ">" ? 1 : -1);
      return;
    }
    const lines = this.buffer.lines.slice(first, last + 1);
    this.store(
      { text: lines.map((line) => line.slice(left, right + 1)).join("\n"), isLinewise: false },
      operator !== "y",
    );
    if (operator === "d" || operator === "c") {
      this.buffer.replaceLines(
        first,
        lines.length,
        lines.map((line) => line.slice(0, left) + line.slice(right + 1)),
      );
    }
    this.moveTo({ line: first, column: left });
    if (operator === "c") yield* this.insertBlockAt(first, last, left, false);
  }

  private *insertBlock(key: "I" | "A"): Step {
    const { first, last, left, right } = this.block();
    this.leaveVisual();
    this.buffer.begin(this.cursor);
    const toEnd = key === "A" && right === Number.POSITIVE_INFINITY;
    yield* this.insertBlockAt(
      first,
      last,
      key === "I" ? left : toEnd ? Number.POSITIVE_INFINITY : right + 1,
      key === "A",
    );
  }

  /** Typed once in the first line, then repeated in the others. */
  private *insertBlockAt(first: number, last: number, column: number, pads: boolean): Step {
    const at = (line: string): number => Math.min(line.length, column);
    const head = this.buffer.line(first);
    this.cursor = { line: first, column: at(head) };
    yield* this.insertMode(1);
    const added = this.buffer.line(first).slice(at(head), at(head) + this.buffer.line(first).length - head.length);
    if (added === "" || added.includes("\n")) return;
    const rest = this.buffer.lines.slice(first + 1, last + 1).map((line) => {
      if (column === Number.POSITIVE_INFINITY) return line + added;
      if (line.length < column && !pads) return line;
      const padded = line.padEnd(column);
      return padded.slice(0, column) + added + padded.slice(column);
    });
    this.buffer.replaceLines(first + 1, rest.length, rest);
    this.moveTo({ line: first, column: Math.min(column, head.length) });
  }

  // ---------------------------------------------------------------- the command line

  /** Null when it was cancelled. */
  private *promptLine(prefix: string, initial = ""): Asking<string | null> {
    const previous = this.mode;
    this.mode = "command";
    let text = initial;
    let at = text.length;
    let historyIndex = this.history.length;
    const show = (): void => {
      this.commandLine = prefix + text;
      this.commandCursor = at + prefix.length;
    };
    show();
    let result: string | null = null;
    while (true) {
      const key = yield;
      if (key.kind === "paste") {
        const line = key.text.split("\n")[0] ?? "";
        text = text.slice(0, at) + line + text.slice(at);
        at += line.length;
        show();
        continue;
      }
      const { name } = key;
      if (name === "<CR>") {
        result = text;
        break;
      }
      if (name === "<Esc>" || name === "<C-c>") break;
      if (name === "<BS>" || name === "<C-h>") {
        if (text === "") break;
        text = text.slice(0, Math.max(0, at - 1)) + text.slice(at);
        at = Math.max(0, at - 1);
      } else if (name === "<Del>") text = text.slice(0, at) + text.slice(at + 1);
      else if (name === "<Left>") at = Math.max(0, at - 1);
      else if (name === "<Right>") at = Math.min(text.length, at + 1);
      else if (name === "<Home>" || name === "<C-b>") at = 0;
      else if (name === "<End>" || name === "<C-e>") at = text.length;
      else if (name === "<C-u>") {
        text = text.slice(at);
        at = 0;
      } else if (name === "<C-w>") {
        const kept = text.slice(0, at).replace(/\S+\s*$/, "");
        text = kept + text.slice(at);
        at = kept.length;
      } else if (name === "<Up>" || name === "<Down>") {
        historyIndex = Math.max(0, Math.min(this.history.length, historyIndex + (name === "<Up>" ? -1 : 1)));
        text = this.history[historyIndex] ?? "";
        at = text.length;
      } else {
        const char = typed(name);
        if (char !== null) {
          text = text.slice(0, at) + char + text.slice(at);
          at += char.length;
        }
      }
      show();
    }
    this.mode = previous;
    this.commandLine = "";
    return result;
  }

  private *exMode(initial: string): Step {
    const line = yield* this.promptLine(":", initial);
    if (line === null) return;
    if (line !== "" && this.history.at(-1) !== line) this.history.push(line);
    if (this.history.length > 100) this.history.shift();
    yield* this.runExLine(line);
  }

  // Generators of this class end synchronously; what must wait sets `busy`.
  // biome-ignore lint/correctness/useYield: the signature is that of its callers
  private *runExLine(line: string): Step {
    this.message = "";
    this.isError = false;
    this.buffer.begin(this.cursor);
    runEx(this, line);
    this.clampCursor();
  }
}

const OPERATORS: Readonly<Record<string, true>> = {
  d: true,
  c: true,
  y: true,
  ">": true,
  "<": true,
  "=": true,
  "!": true,
  gu: true,
  gU: true,
  "g~": true,
  gq: true,
  gw: true,
};
