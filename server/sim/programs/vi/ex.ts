/** The commands behind `:`. */
import type { Position, Span } from "./buffer.ts";
import type { EditorState } from "./editor-state.ts";
import { confirmSubstitution } from "./confirm-substitution.ts";
import { type Key, KeyReader } from "./keys.ts";
import { firstNonBlank } from "./motions.ts";
import { vimPattern } from "./pattern.ts";
import { put, yank } from "./registers.ts";
import { applySetting } from "./settings.ts";
import { join, remove, shift } from "./text-changes.ts";

class ExError extends Error {}

interface ExCall {
  readonly first: number;
  readonly last: number;
  readonly hasRange: boolean;
  readonly bang: boolean;
  readonly argument: string;
}

/** Never throws: complaints are shown as vim shows them. */
export function runEx(editor: EditorState, line: string): void {
  try {
    execute(editor, line.trimStart());
  } catch (error) {
    editor.fail(error instanceof Error ? error.message : String(error));
  }
}

function execute(editor: EditorState, text: string): void {
  const range = parseRange(editor, text.replace(/^:+/, ""));
  const rest = range.rest.trimStart();
  if (rest === "") {
    if (range.hasRange) goToLine(editor, clampLine(editor, range.last));
    return;
  }
  const match = /^([a-zA-Z]+|[!<>&=@#~])(!?)\s*([\s\S]*)$/.exec(rest);
  if (!match) throw new ExError(`E492: Not an editor command: ${text}`);
  const [, word = "", bang = "", argument = ""] = match;
  // `s/x/y/`, `g/x/d`, `>` take what follows at once.
  const name = /^s[^a-zA-Z\s]/.test(rest) ? "s" : /^[gv][^a-zA-Z\s]/.test(rest) ? (rest[0] ?? "") : word;
  const found = COMMANDS.find(([full, shortest]) => name.length >= shortest && full.startsWith(name));
  if (!found) throw new ExError(`E492: Not an editor command: ${text}`);
  const takesBlanks = found[2] === queueKeys;
  const raw =
    name === "s" || name === "g" || name === "v"
      ? rest.slice(name.length)
      : takesBlanks
        ? argument
        : argument.trimEnd();
  found[2](editor, {
    first: clampLine(editor, range.first),
    last: clampLine(editor, range.last),
    hasRange: range.hasRange,
    bang: bang === "!" && name !== "s",
    argument: name === "g" && bang === "!" ? argument : raw,
  });
}

function goToLine(editor: EditorState, line: number): void {
  editor.marks.set("'", editor.cursor);
  editor.moveTo({ line, column: firstNonBlank(editor.buffer.line(line)) });
}

const clampLine = (editor: EditorState, line: number): number => Math.max(0, Math.min(editor.buffer.lastLine, line));

function parseRange(
  editor: EditorState,
  text: string,
): { first: number; last: number; hasRange: boolean; rest: string } {
  const here = editor.cursor.line;
  if (text.startsWith("%")) return { first: 0, last: editor.buffer.lastLine, hasRange: true, rest: text.slice(1) };
  let rest = text;
  const address = (): number | null => {
    const match = /^\s*(\d+|\.|\$|'.|\/(?:\\.|[^/])*\/?)?((?:[+-]\d*)*)/.exec(rest);
    const [whole = "", base, offsets = ""] = match ?? [];
    if (base === undefined && offsets === "") return null;
    rest = rest.slice(whole.length);
    let line = here;
    if (base !== undefined && /^\d+$/.test(base)) line = Number(base) - 1;
    else if (base === "$") line = editor.buffer.lastLine;
    else if (base?.startsWith("'")) {
      const mark = editor.marks.get(base.slice(1));
      if (!mark) throw new ExError("E20: Mark not set");
      line = mark.line;
    } else if (base?.startsWith("/")) {
      const pattern = vimPattern(base.slice(1).replace(/\/$/, ""), editor.settings);
      const index = editor.buffer.lines.findIndex(
        (candidate, at) => at > here && pattern !== null && matches(pattern, candidate),
      );
      if (index === -1) throw new ExError(`E486: Pattern not found: ${base.slice(1)}`);
      line = index;
    }
    for (const [, sign, amount] of offsets.matchAll(/([+-])(\d*)/g))
      line += (sign === "+" ? 1 : -1) * Number(amount === "" ? 1 : amount);
    return line;
  };
  const first = address();
  if (first === null) return { first: here, last: here, hasRange: false, rest };
  if (!/^\s*[,;]/.test(rest)) return { first, last: first, hasRange: true, rest };
  rest = rest.replace(/^\s*[,;]/, "");
  const last = address() ?? here;
  return { first: Math.min(first, last), last: Math.max(first, last), hasRange: true, rest };
}

function matches(pattern: RegExp, text: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(text);
}

type Command = readonly [name: string, shortest: number, run: (editor: EditorState, call: ExCall) => void];

const COMMANDS: readonly Command[] = [
  ["write", 1, write],
  ["wq", 2, writeAndQuit],
  ["xit", 1, saveAndQuit],
  ["wqall", 3, writeAndQuit],
  ["wall", 2, write],
  ["xall", 2, saveAndQuit],
  ["exit", 3, saveAndQuit],
  ["quit", 1, (editor, { bang }) => quit(editor, bang)],
  ["qall", 2, (editor, { bang }) => quit(editor, bang)],
  [
    "cquit",
    2,
    (editor) => {
      editor.exitStatus = 1;
    },
  ],
  ["edit", 1, edit],
  ["next", 1, (editor, { bang }) => nextFile(editor, bang)],
  ["wnext", 2, writeAndGoOn],
  ["normal", 4, queueKeys],
  ["read", 1, read],
  ["substitute", 1, substitute],
  ["&", 1, substitute],
  ["global", 1, (editor, call) => global(editor, call, call.bang)],
  ["vglobal", 1, (editor, call) => global(editor, call, true)],
  ["delete", 1, deleteLines],
  ["yank", 1, (editor, { first, last }) => yank(editor, span(editor, first, last), true, false)],
  [
    "put",
    2,
    (editor, { last, hasRange }) => {
      if (hasRange) editor.cursor = { line: last, column: 0 };
      put(editor, true, 1);
    },
  ],
  ["move", 1, (editor, call) => relocate(editor, call, true)],
  ["copy", 2, (editor, call) => relocate(editor, call, false)],
  ["t", 1, (editor, call) => relocate(editor, call, false)],
  ["join", 1, (editor, { first, last, bang }) => join(editor, Math.max(2, last - first + 1), !bang, first)],
  [">", 1, (editor, { first, last }) => shift(editor, first, last, 1)],
  ["<", 1, (editor, { first, last }) => shift(editor, first, last, -1)],
  ["set", 2, set],
  ["setlocal", 4, set],
  [
    "nohlsearch",
    3,
    (editor) => {
      editor.isHighlighting = false;
    },
  ],
  ["sort", 3, sortLines],
  ["retab", 3, retab],
  ["!", 1, bangCommand],
  ["=", 1, (editor, { last, hasRange }) => editor.say(String(hasRange ? last + 1 : editor.buffer.lines.length))],
  ["syntax", 2, () => {}],
  ["filetype", 5, () => {}],
  ["colorscheme", 3, () => {}],
  ["highlight", 2, () => {}],
  ["autocmd", 2, () => {}],
  ["help", 1, (editor) => editor.fail("E433: No tags file")],
  ["file", 1, (editor, { argument }) => rename(editor, argument)],
  ["saveas", 3, saveAs],
  ["undo", 1, (editor) => move(editor, editor.buffer.undo(editor.cursor))],
  ["redo", 3, (editor) => move(editor, editor.buffer.redo(editor.cursor))],
];

function move(editor: EditorState, to: Position | null): void {
  if (to) editor.cursor = to;
}

function span(editor: EditorState, first: number, last: number): Span {
  return { start: { line: first, column: 0 }, end: { line: last, column: editor.buffer.line(last).length } };
}

function write(editor: EditorState, { first, last, hasRange, bang, argument }: ExCall): void {
  const append = argument.startsWith(">>");
  const path = argument.replace(/^>>\s*/, "").trim() || editor.path;
  if (path === "") throw new ExError("E32: No file name");
  const isOwn = path === editor.path;
  if (editor.isReadOnly && isOwn && !bang) throw new ExError("E45: 'readonly' option is set (add ! to override)");
  if (!isOwn && editor.host.exists(path) && !bang && !append) throw new ExError("E13: File exists (add ! to override)");
  const isNew = !editor.host.exists(path);
  const text = hasRange ? `${editor.buffer.lines.slice(first, last + 1).join("\n")}\n` : editor.buffer.text();
  editor.host.writeFile(path, text, append);
  if (editor.path === "") editor.path = path;
  if (!hasRange && path === editor.path) editor.buffer.isModified = false;
  const lines = hasRange ? last - first + 1 : editor.buffer.isEmpty ? 0 : editor.buffer.lines.length;
  const bytes = new TextEncoder().encode(text).length;
  editor.say(`"${path}" ${isNew ? "[New] " : ""}${lines}L, ${bytes}B ${append ? "appended" : "written"}`);
}

function writeAndQuit(editor: EditorState, call: ExCall): void {
  write(editor, call);
  quit(editor, true);
}

function saveAs(editor: EditorState, call: ExCall): void {
  rename(editor, call.argument);
  write(editor, { ...call, argument: "" });
}

function deleteLines(editor: EditorState, { first, last }: ExCall): void {
  yank(editor, span(editor, first, last), true, true);
  remove(editor, span(editor, first, last), true);
}

function saveAndQuit(editor: EditorState, call: ExCall): void {
  if (editor.buffer.isModified || call.argument !== "") write(editor, call);
  quit(editor, true);
}

function quit(editor: EditorState, isForced: boolean): void {
  if (editor.buffer.isModified && !isForced) throw new ExError("E37: No write since last change (add ! to override)");
  const { filesLeft } = editor;
  if (filesLeft > 0 && !isForced && !editor.wasToldOfFilesLeft) {
    // Said once; the same command again leaves.
    editor.wasToldOfFilesLeft = true;
    throw new ExError(`E173: ${filesLeft} more file${filesLeft === 1 ? "" : "s"} to edit`);
  }
  editor.exitStatus = 0;
}

/** The next file of the command line. */
function nextFile(editor: EditorState, isForced: boolean): void {
  if (editor.filesLeft === 0) throw new ExError("E165: Cannot go beyond last file");
  if (editor.buffer.isModified && !isForced) throw new ExError("E37: No write since last change (add ! to override)");
  editor.goesOn = true;
  editor.exitStatus = 0;
}

function writeAndGoOn(editor: EditorState, call: ExCall): void {
  write(editor, call);
  nextFile(editor, true);
}

/** `:normal`: keys of normal mode, once or on each line of a range. */
function queueKeys(editor: EditorState, { first, last, hasRange, argument }: ExCall): void {
  const keys = keysOf(`${argument}\u001b`);
  if (!hasRange) return editor.recorder.playKeys(keys);
  for (let line = first; line <= last; line++) editor.recorder.playKeys([...keysOf(`${line + 1}G0`), ...keys]);
}

const keysOf = (text: string): readonly Key[] => new KeyReader().push(new TextEncoder().encode(text));

function edit(editor: EditorState, { bang, argument }: ExCall): void {
  if (editor.buffer.isModified && !bang) throw new ExError("E37: No write since last change (add ! to override)");
  const path = argument || editor.path;
  if (path === "") throw new ExError("E32: No file name");
  editor.path = path;
  const exists = editor.host.exists(path);
  editor.buffer.load(exists ? editor.host.readFile(path) : "");
  editor.cursor = { line: 0, column: 0 };
  editor.say(exists ? `"${path}" ${editor.buffer.lines.length}L` : `"${path}" [New]`);
}

function rename(editor: EditorState, argument: string): void {
  if (argument !== "") editor.path = argument;
  editor.say(`"${editor.path || "[No Name]"}" ${editor.buffer.lines.length} lines`);
}

function read(editor: EditorState, { last, argument }: ExCall): void {
  if (argument === "") throw new ExError("E32: No file name");
  const insert = (text: string): void => {
    const lines = text.replace(/\n$/, "").split("\n");
    editor.buffer.replaceLines(last + 1, 0, lines);
    editor.cursor = { line: last + 1, column: 0 };
  };
  if (argument.startsWith("!")) {
    editor.busy = editor.host.shell(argument.slice(1), "").then(insert);
    return;
  }
  if (!editor.host.exists(argument)) throw new ExError(`E484: Can't open file ${argument}`);
  insert(editor.host.readFile(argument));
}

function splitDelimited(text: string): readonly string[] {
  const delimiter = text[0] ?? "/";
  const parts = [""];
  for (let at = 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "\\" && text[at + 1] === delimiter) {
      parts[parts.length - 1] += delimiter;
      at++;
    } else if (char === "\\") {
      parts[parts.length - 1] += char + (text[++at] ?? "");
    } else if (char === delimiter && parts.length < 3) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}

function substitute(editor: EditorState, { first, last, argument }: ExCall): void {
  let [pattern = "", replacement = "", flags = ""] = argument.trim() === "" ? [] : splitDelimited(argument);
  if (argument.trim() === "") {
    if (!editor.lastSubstitution) throw new ExError("E35: No previous regular expression");
    ({ pattern, replacement, flags } = editor.lastSubstitution);
  }
  if (pattern === "") pattern = editor.searchText;
  editor.lastSubstitution = { pattern, replacement, flags };
  const regex = vimPattern(flags.includes("i") ? `\\c${pattern}` : pattern, editor.settings);
  if (!regex) throw new ExError(`E486: Pattern not found: ${pattern}`);
  editor.setSearch(pattern);
  if (flags.includes("c")) {
    const expand = (groups: readonly unknown[]): string => expandReplacement(replacement, groups);
    const isGlobal = flags.includes("g");
    editor.asking = confirmSubstitution(editor, { first, last, pattern: regex, replacement, isGlobal, expand });
    return;
  }
  let count = 0;
  let changedLines = 0;
  let lastChanged = editor.cursor.line;
  const result: string[] = [];
  for (let line = first; line <= last; line++) {
    const text = editor.buffer.line(line);
    let isFirst = true;
    const changed = text.replace(resetRegex(regex), (...groups: readonly unknown[]) => {
      if (!isFirst && !flags.includes("g")) return String(groups[0]);
      isFirst = false;
      count++;
      return expandReplacement(replacement, groups);
    });
    if (!isFirst) {
      changedLines++;
      lastChanged = first + result.length;
    }
    result.push(...changed.split("\n"));
  }
  if (count === 0) {
    if (!flags.includes("e")) throw new ExError(`E486: Pattern not found: ${pattern}`);
    return;
  }
  if (flags.includes("n")) {
    editor.say(`${count} match${count === 1 ? "" : "es"} on ${changedLines} line${changedLines === 1 ? "" : "s"}`);
    return;
  }
  editor.buffer.replaceLines(first, last - first + 1, result);
  editor.cursor = { line: lastChanged, column: 0 };
  if (changedLines > 2) editor.say(`${count} substitutions on ${changedLines} lines`);
}

function resetRegex(regex: RegExp): RegExp {
  regex.lastIndex = 0;
  return regex;
}

function expandReplacement(replacement: string, groups: readonly unknown[]): string {
  const group = (index: number): string => (typeof groups[index] === "string" ? groups[index] : "");
  return replacement.replace(/\\([0-9rnt&\\])|&/g, (mark, code: string | undefined) => {
    if (code === undefined) return group(0);
    if (/\d/.test(code)) return group(Number(code));
    return { r: "\n", n: "\0", t: "\t" }[code] ?? (mark === "\\&" ? "&" : code);
  });
}

function global(editor: EditorState, { first, last, hasRange, argument }: ExCall, isInverted: boolean): void {
  const [patternText = "", ...rest] = splitDelimited(argument);
  const command = rest.join(argument[0] ?? "/") || "p";
  const pattern = vimPattern(patternText === "" ? editor.searchText : patternText, editor.settings);
  if (!pattern) throw new ExError(`E486: Pattern not found: ${patternText}`);
  const from = hasRange ? first : 0;
  const to = hasRange ? last : editor.buffer.lastLine;
  const chosen = editor.buffer.lines
    .map((line, index) => (index >= from && index <= to && matches(pattern, line) !== isInverted ? index : -1))
    .filter((index) => index !== -1);
  if (chosen.length === 0) throw new ExError(`E486: Pattern not found: ${patternText}`);
  let moved = 0;
  for (const index of chosen) {
    const before = editor.buffer.lines.length;
    editor.cursor = { line: index + moved, column: 0 };
    execute(editor, command);
    moved += editor.buffer.lines.length - before;
  }
}

function relocate(editor: EditorState, { first, last, argument }: ExCall, isMove: boolean): void {
  const target = parseRange(editor, argument);
  const to = argument.trim() === "0" ? -1 : target.last;
  const lines = editor.buffer.lines.slice(first, last + 1);
  if (isMove && to >= first && to <= last) throw new ExError("E134: Cannot move a range of lines into itself");
  editor.buffer.replaceLines(to + 1, 0, lines);
  if (isMove) editor.buffer.replaceLines(to < first ? first + lines.length : first, lines.length, []);
  editor.cursor = { line: Math.max(0, isMove && to > last ? to : to + lines.length), column: 0 };
}

function set(editor: EditorState, { argument }: ExCall): void {
  for (const word of argument.split(/\s+/).filter(Boolean)) {
    const shown = applySetting(editor.settings, word);
    if (shown !== null) editor.say(shown);
  }
}

function sortLines(editor: EditorState, { first, last, hasRange, bang, argument }: ExCall): void {
  const from = hasRange ? first : 0;
  const to = hasRange ? last : editor.buffer.lastLine;
  let lines = editor.buffer.lines.slice(from, to + 1).sort((left, right) => (left < right ? -1 : left > right ? 1 : 0));
  if (argument.includes("n"))
    lines = [...lines].sort(
      (left, right) => Number(/-?\d+/.exec(left)?.[0] ?? 0) - Number(/-?\d+/.exec(right)?.[0] ?? 0),
    );
  if (argument.includes("u")) lines = lines.filter((line, index) => index === 0 || lines[index - 1] !== line);
  editor.buffer.replaceLines(from, to - from + 1, bang ? lines.reverse() : lines);
}

function retab(editor: EditorState, { first, last, hasRange }: ExCall): void {
  const from = hasRange ? first : 0;
  const to = hasRange ? last : editor.buffer.lastLine;
  const { tabstop, expandtab } = editor.settings;
  if (!expandtab) return;
  const lines = editor.buffer.lines.slice(from, to + 1).map((line) => {
    let out = "";
    for (const char of line) out += char === "\t" ? " ".repeat(tabstop - (out.length % tabstop)) : char;
    return out;
  });
  editor.buffer.replaceLines(from, lines.length, lines);
}

function bangCommand(editor: EditorState, { first, last, hasRange, argument }: ExCall): void {
  if (!hasRange) {
    editor.busy = editor.host.shell(argument, null).then(() => undefined);
    return;
  }
  const input = `${editor.buffer.lines.slice(first, last + 1).join("\n")}\n`;
  editor.busy = editor.host.shell(argument, input).then((output) => {
    editor.buffer.replaceLines(first, last - first + 1, output.replace(/\n$/, "").split("\n"));
    editor.cursor = { line: first, column: 0 };
  });
}
