/** Changes of the text that several commands share: shifting, joining, case, numbers, undo. */
import type { Span } from "./buffer.ts";
import type { EditorState } from "./editor-state.ts";
import { firstNonBlank } from "./motions.ts";

export function lineSpan(editor: EditorState, first: number, last: number): Span {
  return { start: { line: first, column: 0 }, end: { line: last, column: editor.buffer.line(last).length } };
}

export function remove(editor: EditorState, span: Span, isLinewise: boolean): void {
  if (isLinewise) {
    editor.buffer.replaceLines(span.start.line, span.end.line - span.start.line + 1, []);
    const line = Math.min(span.start.line, editor.buffer.lastLine);
    editor.moveTo({ line, column: firstNonBlank(editor.buffer.line(line)) });
    if (editor.buffer.isEmpty) editor.say("--No lines in buffer--");
  } else {
    editor.buffer.replace(span, "");
    editor.moveTo(span.start);
  }
  editor.clampCursor();
}

export function shift(editor: EditorState, first: number, last: number, direction: 1 | -1): void {
  const width = editor.settings.shiftwidth || editor.settings.tabstop;
  const lines = editor.buffer.lines.slice(first, last + 1).map((line) => {
    if (line === "") return line;
    const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
    const columns = [...indent].reduce(
      (sum, char) => (char === "\t" ? sum + editor.settings.tabstop - (sum % editor.settings.tabstop) : sum + 1),
      0,
    );
    return indentText(editor, Math.max(0, columns + direction * width)) + line.slice(indent.length);
  });
  editor.buffer.replaceLines(first, lines.length, lines);
  editor.moveTo({ line: first, column: firstNonBlank(editor.buffer.line(first)) });
  if (lines.length > 2) editor.say(`${lines.length} lines ${direction === 1 ? ">" : "<"}ed 1 time`);
}

function indentText(editor: EditorState, columns: number): string {
  if (editor.settings.expandtab) return " ".repeat(columns);
  return "\t".repeat(Math.floor(columns / editor.settings.tabstop)) + " ".repeat(columns % editor.settings.tabstop);
}

export function reindent(editor: EditorState, first: number, last: number): void {
  const above = first > 0 ? (/^[ \t]*/.exec(editor.buffer.line(first - 1))?.[0] ?? "") : "";
  const lines = editor.buffer.lines
    .slice(first, last + 1)
    .map((line) => (line.trim() === "" ? "" : above + line.trimStart()));
  editor.buffer.replaceLines(first, lines.length, lines);
  editor.moveTo({ line: first, column: firstNonBlank(editor.buffer.line(first)) });
}

export function changeCase(editor: EditorState, span: Span, operator: string): void {
  const swap = (char: string): string => (char === char.toLowerCase() ? char.toUpperCase() : char.toLowerCase());
  const text = editor.buffer.slice(span);
  const changed =
    operator === "gu" ? text.toLowerCase() : operator === "gU" ? text.toUpperCase() : [...text].map(swap).join("");
  editor.buffer.replace(span, changed);
  editor.moveTo(span.start);
}

export function join(editor: EditorState, count: number, withSpace: boolean, first = editor.cursor.line): void {
  const last = Math.min(editor.buffer.lastLine, first + count - 1);
  let joined = editor.buffer.line(first);
  let column = joined.length;
  for (let line = first + 1; line <= last; line++) {
    const next = withSpace ? editor.buffer.line(line).trimStart() : editor.buffer.line(line);
    const gap = withSpace && next !== "" && !next.startsWith(")") && !/\s$/.test(joined) && joined !== "" ? " " : "";
    column = joined.length;
    joined += gap + next;
  }
  if (last === first) return;
  editor.buffer.replaceLines(first, last - first + 1, [joined]);
  editor.moveTo({ line: first, column });
}

export function addToNumber(editor: EditorState, amount: number): void {
  const text = editor.buffer.line(editor.cursor.line);
  for (const match of text.matchAll(/-?\d+/g)) {
    if (match.index + match[0].length <= editor.cursor.column) continue;
    const changed = String(Number(match[0]) + amount);
    editor.buffer.replace(
      {
        start: { line: editor.cursor.line, column: match.index },
        end: { line: editor.cursor.line, column: match.index + match[0].length },
      },
      changed,
    );
    editor.moveTo({ line: editor.cursor.line, column: match.index + changed.length - 1 });
    return;
  }
}

export function undoStep(editor: EditorState, which: "undo" | "redo"): void {
  const to = which === "undo" ? editor.buffer.undo(editor.cursor) : editor.buffer.redo(editor.cursor);
  if (!to) {
    editor.say(which === "undo" ? "Already at oldest change" : "Already at newest change");
    return;
  }
  editor.moveTo(to);
  editor.clampCursor();
}
