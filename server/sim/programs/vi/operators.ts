/** Operators (`d`, `c`, `y`, `>`, `gu`, …): what they take, and what they do to it. */
import { isBefore, type Position, type Span } from "./buffer.ts";
import { exMode } from "./command-line.ts";
import type { Asking, EditorState, Step } from "./editor-state.ts";
import { insertMode } from "./insert-mode.ts";
import { typed } from "./keys.ts";
import { readMotion } from "./motion-keys.ts";
import { type Motion, textObject, wordBackward, wordEnd } from "./motions.ts";
import { yank } from "./registers.ts";
import { changeCase, lineSpan, reindent, remove, shift } from "./text-changes.ts";

export const OPERATORS: Readonly<Record<string, true>> = {
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

/** What follows an operator: itself (lines), a text object, or a motion. */
export function* operand(
  editor: EditorState,
  operator: string,
  key: string,
  count: number | null,
): Asking<{ span: Span; isLinewise: boolean } | null> {
  const last = operator.at(-1) ?? "";
  if (key === last || (operator.startsWith("g") && key === "g")) {
    const end = Math.min(editor.buffer.lastLine, editor.cursor.line + (count ?? 1) - 1);
    return { span: lineSpan(editor, editor.cursor.line, end), isLinewise: true };
  }
  if (key === "i" || key === "a") {
    const object = textObject(editor.buffer, editor.cursor, key, typed(yield* editor.key()) ?? "");
    return object ? { span: object, isLinewise: object.isLinewise } : null;
  }
  if (key === "g") {
    const second = yield* editor.key();
    if (second !== "g" && second !== "e") return null;
    const to =
      second === "g"
        ? { line: Math.min(editor.buffer.lastLine, (count ?? 1) - 1), column: 0 }
        : wordBackward(editor.buffer, editor.cursor, false);
    return spanOf(editor, { to, reach: second === "g" ? "linewise" : "inclusive" });
  }
  // `cw` on a word changes to its end, not to the next word.
  const onWord = /\S/.test(editor.buffer.line(editor.cursor.line)[editor.cursor.column] ?? " ");
  const effective = operator === "c" && onWord ? ({ w: "e", W: "E" }[key] ?? key) : key;
  if (effective !== key) {
    const target = changeWordEnd(editor, effective === "E", count ?? 1);
    return spanOf(editor, { to: target, reach: "inclusive" });
  }
  const before = editor.cursor;
  const motion = yield* readMotion(editor, key, count);
  if (!motion) return null;
  const isStuck = motion.to.line === before.line && motion.to.column === before.column;
  if (isStuck && motion.reach === "exclusive") return null;
  if (motion.reach === "linewise" && isStuck && /^[jk+-]|<(Up|Down|CR)>$/.test(key)) return null;
  // `dw` on the last word of a line does not join lines.
  if ((key === "w" || key === "W") && motion.to.line > before.line) {
    const text = editor.buffer.line(before.line);
    if ((count ?? 1) === 1)
      return spanOf(editor, { to: { line: before.line, column: text.length }, reach: "exclusive" });
  }
  return spanOf(editor, motion);
}

/** Like `e`, but a cursor on the last character of a word stays there. */
function changeWordEnd(editor: EditorState, isBig: boolean, times: number): Position {
  const { line, column } = editor.cursor;
  const text = editor.buffer.line(line);
  const kind = (char: string | undefined): string =>
    char === undefined || /\s/.test(char) ? " " : isBig || /[\p{L}\p{N}_]/u.test(char) ? "w" : "s";
  let end = column;
  while (end + 1 < text.length && kind(text[end + 1]) === kind(text[column])) end++;
  let at: Position = { line, column: end };
  for (let left = times; left > 1; left--) at = wordEnd(editor.buffer, at, isBig);
  return at;
}

function spanOf(editor: EditorState, motion: Motion): { span: Span; isLinewise: boolean } {
  const [start, end] = isBefore(motion.to, editor.cursor) ? [motion.to, editor.cursor] : [editor.cursor, motion.to];
  if (motion.reach === "linewise") return { span: lineSpan(editor, start.line, end.line), isLinewise: true };
  const extra = motion.reach === "inclusive" ? 1 : 0;
  return {
    span: { start, end: { line: end.line, column: Math.min(editor.buffer.line(end.line).length, end.column + extra) } },
    isLinewise: false,
  };
}

export function* operate(editor: EditorState, operator: string, span: Span, isLinewise: boolean): Step {
  editor.buffer.begin(editor.cursor);
  const { start } = span;
  switch (operator) {
    case "y":
      yank(editor, span, isLinewise, false);
      editor.moveTo(isLinewise ? { line: start.line, column: editor.cursor.column } : start);
      return;
    case "d":
      yank(editor, span, isLinewise, true);
      remove(editor, span, isLinewise);
      return;
    case "c":
      yank(editor, span, isLinewise, true);
      if (isLinewise) {
        const indent = editor.settings.autoindent ? (/^\s*/.exec(editor.buffer.line(start.line))?.[0] ?? "") : "";
        editor.buffer.replaceLines(start.line, span.end.line - start.line + 1, [indent]);
        editor.moveTo({ line: start.line, column: indent.length });
      } else {
        editor.buffer.replace(span, "");
        editor.moveTo(start);
      }
      yield* insertMode(editor, 1);
      return;
    case ">":
    case "<":
      shift(editor, start.line, span.end.line, operator === ">" ? 1 : -1);
      return;
    case "=":
      reindent(editor, start.line, span.end.line);
      return;
    case "gu":
    case "gU":
    case "g~":
      changeCase(editor, span, operator);
      return;
    case "gq":
    case "gw":
      editor.moveTo({ line: start.line, column: 0 });
      return;
    case "!":
      yield* exMode(editor, `${start.line + 1},${span.end.line + 1}!`);
      return;
  }
}
