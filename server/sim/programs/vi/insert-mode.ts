/** Insert and replace mode: typed text, until Escape. */
import type { Position } from "./buffer.ts";
import type { EditorState, Step } from "./editor-state.ts";
import { typed } from "./keys.ts";
import { shift } from "./text-changes.ts";

/** `between`: what stands before each repetition that a count asks for. */
export function* insertMode(editor: EditorState, times: number, isReplace = false, between = ""): Step {
  editor.buffer.begin(editor.cursor);
  editor.mode = isReplace ? "replace" : "insert";
  editor.message = "";
  editor.pendingKeys = "";
  const start = editor.cursor;
  let typedText = "";
  while (true) {
    const key = yield;
    if (key.kind === "paste") {
      editor.cursor = editor.buffer.insert(editor.cursor, key.text);
      typedText += key.text;
      continue;
    }
    if (key.name === "<C-r>") {
      const name = yield;
      const text = name.kind === "key" ? (registerText(editor, name.name) ?? "") : "";
      editor.cursor = editor.buffer.insert(editor.cursor, text);
      typedText += text;
      continue;
    }
    if (key.name === "<Esc>" || key.name === "<C-c>" || key.name === "<C-[>") break;
    typedText += insertKey(editor, key.name, isReplace, start);
  }
  for (let left = times; left > 1; left--) editor.cursor = editor.buffer.insert(editor.cursor, between + typedText);
  trimIndent(editor);
  editor.marks.set("^", editor.cursor);
  editor.mode = "normal";
  editor.moveTo({ line: editor.cursor.line, column: Math.max(0, editor.cursor.column - 1) });
}

export function* openLine(editor: EditorState, at: number, times: number): Step {
  const neighbour = editor.buffer.line(editor.cursor.line);
  const indent = editor.settings.autoindent ? (/^[ \t]*/.exec(neighbour)?.[0] ?? "") : "";
  editor.buffer.replaceLines(at, 0, [indent]);
  editor.moveTo({ line: at, column: indent.length });
  yield* insertMode(editor, times, false, `\n${indent}`);
}

/** A register as text to insert: lines end with a newline. */
function registerText(editor: EditorState, name: string): string | undefined {
  const register = editor.registers.get(name.toLowerCase());
  return register && (register.isLinewise ? `${register.text}\n` : register.text);
}

/** An indent that autoindent made and nothing followed is taken back. */
function trimIndent(editor: EditorState): void {
  const text = editor.buffer.line(editor.cursor.line);
  if (!editor.settings.autoindent || text === "" || text.trim() !== "") return;
  editor.buffer.replaceLines(editor.cursor.line, 1, [""]);
  editor.cursor = { line: editor.cursor.line, column: 0 };
}

/** Returns what a count repeats. */
function insertKey(editor: EditorState, name: string, isReplace: boolean, start: Position): string {
  const { line, column } = editor.cursor;
  const text = editor.buffer.line(line);
  const move = (to: Position): string => {
    editor.cursor = to;
    editor.clampCursor();
    return "";
  };
  switch (name) {
    case "<BS>":
    case "<C-h>":
      return backspace(editor, isReplace);
    case "<Del>": {
      const end = column < text.length ? { line, column: column + 1 } : { line: line + 1, column: 0 };
      if (column < text.length || line < editor.buffer.lastLine)
        editor.buffer.replace({ start: editor.cursor, end }, "");
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
          ? editor.cursor
          : {
              line,
              column: Math.max(0, text.slice(0, column).search(/[\p{L}\p{N}_]+\s*$|[^\s\p{L}\p{N}_]+\s*$|\s+$/u)),
            };
      editor.buffer.replace({ start: from, end: editor.cursor }, "");
      editor.cursor = from;
      return "";
    }
    case "<C-u>": {
      const from = { line, column: start.line === line && start.column < column ? start.column : 0 };
      editor.buffer.replace({ start: from, end: editor.cursor }, "");
      editor.cursor = from;
      return "";
    }
    case "<C-t>":
    case "<C-d>": {
      const before = text.length;
      shift(editor, line, line, name === "<C-t>" ? 1 : -1);
      editor.cursor = { line, column: Math.max(0, column + editor.buffer.line(line).length - before) };
      return "";
    }
    case "<CR>": {
      const indent = editor.settings.autoindent ? (/^[ \t]*/.exec(text)?.[0] ?? "").slice(0, column) : "";
      editor.cursor = editor.buffer.insert(editor.cursor, `\n${indent}`);
      return `\n${indent}`;
    }
    default: {
      const char = name === "<Tab>" ? tabText(editor) : typed(name);
      if (char === null) return "";
      const overwritten = isReplace ? Math.min(text.length, column + char.length) : column;
      editor.cursor = editor.buffer.replace({ start: editor.cursor, end: { line, column: overwritten } }, char);
      return char;
    }
  }
}

function tabText(editor: EditorState): string {
  const width = editor.settings.softtabstop || editor.settings.tabstop;
  return editor.settings.expandtab ? " ".repeat(width - (editor.cursor.column % width)) : "\t";
}

function backspace(editor: EditorState, isReplace: boolean): string {
  const { line, column } = editor.cursor;
  if (isReplace) {
    editor.cursor = { line, column: Math.max(0, column - 1) };
    return "";
  }
  if (column > 0) {
    const text = editor.buffer.line(line).slice(0, column);
    const soft = editor.settings.softtabstop;
    const blanks = soft > 0 && /^ +$/.test(text) ? ((column - 1) % soft) + 1 : 1;
    editor.buffer.replace({ start: { line, column: column - blanks }, end: editor.cursor }, "");
    editor.cursor = { line, column: column - blanks };
  } else if (line > 0) {
    const end = editor.buffer.line(line - 1).length;
    editor.buffer.replace({ start: { line: line - 1, column: end }, end: editor.cursor }, "");
    editor.cursor = { line: line - 1, column: end };
  }
  return "";
}
