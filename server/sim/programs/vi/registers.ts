/** Registers: what is yanked or deleted goes in, what is put comes out. */
import type { Span } from "./buffer.ts";
import type { EditorState, Register } from "./editor-state.ts";
import { firstNonBlank } from "./motions.ts";

export function yank(editor: EditorState, span: Span, isLinewise: boolean, isDelete: boolean): void {
  const text = isLinewise
    ? editor.buffer.lines.slice(span.start.line, span.end.line + 1).join("\n")
    : editor.buffer.slice(span);
  store(editor, { text, isLinewise }, isDelete);
  const count = span.end.line - span.start.line + 1;
  if (isLinewise && count > 2) editor.say(isDelete ? `${count} fewer lines` : `${count} lines yanked`);
}

export function store(editor: EditorState, value: Register, isDelete: boolean): void {
  const name = editor.register;
  if (name === "_") return;
  if (/^[A-Z]$/.test(name)) {
    const old = editor.registers.get(name.toLowerCase());
    const joined = {
      text: (old ? old.text + (value.isLinewise ? "\n" : "") : "") + value.text,
      isLinewise: value.isLinewise || (old?.isLinewise ?? false),
    };
    editor.registers.set(name.toLowerCase(), joined);
    return;
  }
  editor.registers.set('"', value);
  if (name !== '"') editor.registers.set(name, value);
  else if (!isDelete) editor.registers.set("0", value);
}

export function put(editor: EditorState, isAfter: boolean, times: number): void {
  const register = editor.registers.get(editor.register.toLowerCase());
  if (!register) {
    editor.fail(`E353: Nothing in register ${editor.register}`);
    return;
  }
  if (register.isLinewise) {
    const lines = Array.from({ length: times }, () => register.text.split("\n")).flat();
    const at = isAfter ? editor.cursor.line + 1 : editor.cursor.line;
    editor.buffer.replaceLines(at, 0, lines);
    editor.moveTo({ line: at, column: firstNonBlank(editor.buffer.line(at)) });
    if (lines.length > 2) editor.say(`${lines.length} more lines`);
    return;
  }
  const text = editor.buffer.line(editor.cursor.line);
  const column = isAfter && text !== "" ? editor.cursor.column + 1 : editor.cursor.column;
  const inserted = register.text.repeat(times);
  const end = editor.buffer.insert({ line: editor.cursor.line, column }, inserted);
  editor.moveTo(
    inserted.includes("\n")
      ? { line: editor.cursor.line, column }
      : { line: end.line, column: Math.max(0, end.column - 1) },
  );
}
