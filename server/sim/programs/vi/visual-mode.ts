/** The visual modes: keys move one end of a selection until one of them does something to it. */
import { exMode } from "./command-line.ts";
import type { Asking, EditorState, Mode, Step } from "./editor-state.ts";
import { typed } from "./keys.ts";
import { readMotion } from "./motion-keys.ts";
import { textObject } from "./motions.ts";
import { operate, OPERATORS } from "./operators.ts";
import { put, yank } from "./registers.ts";
import { join, remove, shift } from "./text-changes.ts";
import { insertBlock, operateBlock } from "./visual-block.ts";
import { leaveVisual, selection } from "./visual-selection.ts";

export function* visualMode(editor: EditorState, mode: "visual" | "visual-line" | "visual-block"): Step {
  editor.mode = mode;
  while (editor.mode.startsWith("visual")) {
    editor.pendingKeys = "";
    let { count, key } = yield* editor.count(yield* editor.key());
    if (key === '"') {
      editor.register = yield* editor.key();
      key = yield* editor.key();
    }
    if (key === "<Esc>" || key === "<C-c>") break;
    const switched = { v: "visual", V: "visual-line", "<C-v>": "visual-block" }[key] as Mode | undefined;
    if (switched !== undefined) {
      if (editor.mode === switched) break;
      editor.mode = switched;
      continue;
    }
    if (key === "o" || key === "O") {
      [editor.anchor, editor.cursor] = [editor.cursor, editor.anchor];
      continue;
    }
    if (key === "i" || key === "a") {
      const object = textObject(editor.buffer, editor.cursor, key, typed(yield* editor.key()) ?? "");
      if (object) {
        editor.anchor = object.start;
        editor.cursor = { line: object.end.line, column: Math.max(0, object.end.column - 1) };
        if (object.isLinewise) editor.mode = "visual-line";
      }
      continue;
    }
    if (key === "g") {
      const second = yield* editor.key();
      if (second === "g") editor.moveTo({ line: (count ?? 1) - 1, column: 0 });
      else if (`g${second}` in OPERATORS) {
        yield* operateVisual(editor, `g${second}`);
        return;
      }
      continue;
    }
    const motion = yield* readMotion(editor, key, count);
    if (motion) {
      editor.cursor = motion.to;
      if (!motion.keepsColumn) editor.wantedColumn = motion.to.column;
      editor.clampCursor();
      continue;
    }
    if (yield* visualCommand(editor, key, count)) return;
  }
  leaveVisual(editor);
}

/** True when visual mode has ended. */
function* visualCommand(editor: EditorState, key: string, count: number | null): Asking<boolean> {
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
  if (["X", "S", "R", "D", "C", "Y"].includes(key) && editor.mode === "visual") editor.mode = "visual-line";
  if (operator in OPERATORS) {
    if (editor.mode === "visual-block") yield* operateBlock(editor, operator);
    else yield* operateVisual(editor, operator, count);
    return true;
  }
  switch (key) {
    case "I":
    case "A":
      if (editor.mode !== "visual-block") return false;
      yield* insertBlock(editor, key);
      return true;
    case "p":
    case "P": {
      const register = editor.registers.get(editor.register.toLowerCase());
      const { span, isLinewise } = selection(editor);
      leaveVisual(editor);
      editor.buffer.begin(editor.cursor);
      const name = editor.register;
      yank(editor, span, isLinewise, true);
      const isWholeEnd = isLinewise && span.end.line >= editor.buffer.lastLine && span.start.line > 0;
      remove(editor, span, isLinewise);
      if (register) {
        const kept = editor.registers.get(name);
        editor.registers.set(name, register);
        put(editor, isWholeEnd, 1);
        if (kept) editor.registers.set('"', kept);
      }
      return true;
    }
    case "r": {
      const char = typed(yield* editor.key());
      const { span } = selection(editor);
      leaveVisual(editor);
      editor.buffer.begin(editor.cursor);
      if (char !== null) editor.buffer.replace(span, editor.buffer.slice(span).replace(/[^\n]/gu, char));
      editor.moveTo(span.start);
      return true;
    }
    case "J": {
      const { span } = selection(editor);
      leaveVisual(editor);
      editor.buffer.begin(editor.cursor);
      join(editor, Math.max(2, span.end.line - span.start.line + 1), true, span.start.line);
      return true;
    }
    case ":":
      leaveVisual(editor);
      yield* exMode(editor, "'<,'>");
      return true;
    default:
      return false;
  }
}

function* operateVisual(editor: EditorState, operator: string, count: number | null = null): Step {
  const { span, isLinewise } = selection(editor);
  leaveVisual(editor);
  editor.cursor = span.start;
  if (operator === ">" || operator === "<") {
    editor.buffer.begin(editor.cursor);
    for (let left = count ?? 1; left > 0; left--)
      shift(editor, span.start.line, span.end.line, operator === ">" ? 1 : -1);
    return;
  }
  yield* operate(editor, operator, span, isLinewise);
}
