/** Visual block mode: operators on a rectangle, and text typed in front of or behind it. */
import type { EditorState, Step } from "./editor-state.ts";
import { insertMode } from "./insert-mode.ts";
import { store } from "./registers.ts";
import { shift } from "./text-changes.ts";
import { block, leaveVisual } from "./visual-selection.ts";

export function* operateBlock(editor: EditorState, operator: string): Step {
  const { first, last, left, right } = block(editor);
  leaveVisual(editor);
  editor.buffer.begin(editor.cursor);
  if (operator === ">" || operator === "<") {
    shift(editor, first, last, operator === ">" ? 1 : -1);
    return;
  }
  const lines = editor.buffer.lines.slice(first, last + 1);
  store(
    editor,
    { text: lines.map((line) => line.slice(left, right + 1)).join("\n"), isLinewise: false },
    operator !== "y",
  );
  if (operator === "d" || operator === "c") {
    editor.buffer.replaceLines(
      first,
      lines.length,
      lines.map((line) => line.slice(0, left) + line.slice(right + 1)),
    );
  }
  editor.moveTo({ line: first, column: left });
  if (operator === "c") yield* insertBlockAt(editor, first, last, left, false);
}

export function* insertBlock(editor: EditorState, key: "I" | "A"): Step {
  const { first, last, left, right } = block(editor);
  leaveVisual(editor);
  editor.buffer.begin(editor.cursor);
  const toEnd = key === "A" && right === Number.POSITIVE_INFINITY;
  yield* insertBlockAt(
    editor,
    first,
    last,
    key === "I" ? left : toEnd ? Number.POSITIVE_INFINITY : right + 1,
    key === "A",
  );
}

/** Typed once in the first line, then repeated in the others. */
function* insertBlockAt(editor: EditorState, first: number, last: number, column: number, pads: boolean): Step {
  const at = (line: string): number => Math.min(line.length, column);
  const head = editor.buffer.line(first);
  editor.cursor = { line: first, column: at(head) };
  yield* insertMode(editor, 1);
  const added = editor.buffer.line(first).slice(at(head), at(head) + editor.buffer.line(first).length - head.length);
  if (added === "" || added.includes("\n")) return;
  const rest = editor.buffer.lines.slice(first + 1, last + 1).map((line) => {
    if (column === Number.POSITIVE_INFINITY) return line + added;
    if (line.length < column && !pads) return line;
    const padded = line.padEnd(column);
    return padded.slice(0, column) + added + padded.slice(column);
  });
  editor.buffer.replaceLines(first + 1, rest.length, rest);
  editor.moveTo({ line: first, column: Math.min(column, head.length) });
}
