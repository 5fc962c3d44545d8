/** The bottom line where `:` commands and searches are typed, with its history. */
import { runEx } from "./ex.ts";
import type { Asking, EditorState, Step } from "./editor-state.ts";
import { typed } from "./keys.ts";

const MAX_HISTORY = 100;

/** Null when it was cancelled. */
export function* promptLine(editor: EditorState, prefix: string, initial = ""): Asking<string | null> {
  const previous = editor.mode;
  editor.mode = "command";
  let text = initial;
  let at = text.length;
  let historyIndex = editor.history.length;
  const show = (): void => {
    editor.commandLine = prefix + text;
    editor.commandCursor = at + prefix.length;
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
      historyIndex = Math.max(0, Math.min(editor.history.length, historyIndex + (name === "<Up>" ? -1 : 1)));
      text = editor.history[historyIndex] ?? "";
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
  editor.mode = previous;
  editor.commandLine = "";
  return result;
}

export function* exMode(editor: EditorState, initial: string): Step {
  const line = yield* promptLine(editor, ":", initial);
  if (line === null) return;
  if (line !== "" && editor.history.at(-1) !== line) editor.history.push(line);
  if (editor.history.length > MAX_HISTORY) editor.history.shift();
  yield* runExLine(editor, line);
}

// What must wait sets `busy`, what must ask sets `asking`.
export function* runExLine(editor: EditorState, line: string): Step {
  editor.message = "";
  editor.isError = false;
  editor.buffer.begin(editor.cursor);
  runEx(editor, line);
  const { asking } = editor;
  editor.asking = null;
  if (asking) yield* asking;
  editor.clampCursor();
}
