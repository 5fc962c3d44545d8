/** What is selected in visual mode. */
import { isBefore, type Span } from "./buffer.ts";
import type { EditorState } from "./editor-state.ts";
import { lineSpan } from "./text-changes.ts";

export function selection(editor: EditorState): { span: Span; isLinewise: boolean } {
  const [start, end] = isBefore(editor.anchor, editor.cursor)
    ? [editor.anchor, editor.cursor]
    : [editor.cursor, editor.anchor];
  if (editor.mode === "visual-line") return { span: lineSpan(editor, start.line, end.line), isLinewise: true };
  return {
    span: { start, end: { line: end.line, column: Math.min(editor.buffer.line(end.line).length, end.column + 1) } },
    isLinewise: false,
  };
}

export function block(editor: EditorState): { first: number; last: number; left: number; right: number } {
  const { anchor, cursor } = editor;
  return {
    first: Math.min(anchor.line, cursor.line),
    last: Math.max(anchor.line, cursor.line),
    left: Math.min(anchor.column, cursor.column),
    right:
      editor.wantedColumn === Number.POSITIVE_INFINITY
        ? Number.POSITIVE_INFINITY
        : Math.max(anchor.column, cursor.column),
  };
}

export function leaveVisual(editor: EditorState): void {
  if (editor.mode.startsWith("visual"))
    editor.lastVisual = { mode: editor.mode, anchor: editor.anchor, cursor: editor.cursor };
  editor.mode = "normal";
  const [start, end] = isBefore(editor.anchor, editor.cursor)
    ? [editor.anchor, editor.cursor]
    : [editor.cursor, editor.anchor];
  editor.marks.set("<", start);
  editor.marks.set(">", end);
  editor.clampCursor();
}
