/** Normal mode: one command, from its register and count to its end. */
import { exMode, runExLine } from "./command-line.ts";
import type { EditorState, Step } from "./editor-state.ts";
import { insertMode, openLine } from "./insert-mode.ts";
import { typed } from "./keys.ts";
import { readMotion } from "./motion-keys.ts";
import { firstNonBlank, wordEndBackward } from "./motions.ts";
import { operand, operate, OPERATORS } from "./operators.ts";
import { put, yank } from "./registers.ts";
import { addToNumber, changeCase, join, lineSpan, remove, undoStep } from "./text-changes.ts";
import { visualMode } from "./visual-mode.ts";

/** Motions that `''` comes back from. */
const JUMPS: ReadonlySet<string> = new Set("G { } % n N * # / ? H M L ' `".split(" "));

export function* normalCommand(editor: EditorState): Step {
  editor.register = '"';
  let { count, key } = yield* editor.count(yield* editor.key());
  while (key === '"') {
    editor.register = yield* editor.key();
    const next = yield* editor.count(yield* editor.key());
    count = next.count ?? count;
    key = next.key;
  }
  if (key === "<Esc>") return;
  if (key in OPERATORS || key === "g") return yield* operatorOrG(editor, key, count);
  const before = editor.cursor;
  const motion = yield* readMotion(editor, key, count);
  if (motion) {
    if (JUMPS.has(key)) editor.marks.set("'", before);
    editor.applyMotion(motion);
    return;
  }
  yield* runCommand(editor, key, count);
}

function* operatorOrG(editor: EditorState, key: string, count: number | null): Step {
  let operator = key;
  if (key === "g") {
    const second = yield* editor.key();
    if (!(`g${second}` in OPERATORS)) {
      return yield* gCommand(editor, second, count);
    }
    operator = `g${second}`;
  }
  const next = yield* editor.count(yield* editor.key());
  const times = count === null && next.count === null ? null : (count ?? 1) * (next.count ?? 1);
  const span = yield* operand(editor, operator, next.key, times);
  if (span) yield* operate(editor, operator, span.span, span.isLinewise);
}

function* gCommand(editor: EditorState, second: string, count: number | null): Step {
  switch (second) {
    case "g":
      editor.marks.set("'", editor.cursor);
      editor.moveTo({ line: Math.min(editor.buffer.lastLine, (count ?? 1) - 1), column: 0 });
      editor.cursor = { ...editor.cursor, column: firstNonBlank(editor.buffer.line(editor.cursor.line)) };
      return;
    case "J":
      join(editor, count ?? 2, false);
      return;
    case "v":
      if (editor.lastVisual) {
        editor.anchor = editor.lastVisual.anchor;
        editor.cursor = editor.lastVisual.cursor;
        yield* visualMode(editor, editor.lastVisual.mode as "visual");
      }
      return;
    case "_":
      editor.moveTo({
        line: editor.cursor.line,
        column: Math.max(0, editor.buffer.line(editor.cursor.line).trimEnd().length - 1),
      });
      return;
    case "e":
    case "E":
      for (let left = count ?? 1; left > 0; left--)
        editor.moveTo(wordEndBackward(editor.buffer, editor.cursor, second === "E"));
      return;
    case "j":
    case "k": {
      const motion = yield* readMotion(editor, second, count);
      if (motion) editor.applyMotion(motion);
      return;
    }
    case "i": {
      const mark = editor.marks.get("^");
      if (mark) editor.cursor = mark;
      yield* insertMode(editor, 1);
      return;
    }
    default:
      return;
  }
}

function* runCommand(editor: EditorState, key: string, count: number | null): Step {
  const times = count ?? 1;
  const { buffer } = editor;
  const here = editor.cursor;
  const text = buffer.line(here.line);
  buffer.begin(here);
  switch (key) {
    case "i":
    case "<Insert>":
      return yield* insertMode(editor, times);
    case "a":
      editor.cursor = { ...here, column: Math.min(text.length, here.column + 1) };
      return yield* insertMode(editor, times);
    case "I":
      editor.cursor = { ...here, column: text.search(/\S|$/) };
      return yield* insertMode(editor, times);
    case "A":
      editor.cursor = { ...here, column: text.length };
      return yield* insertMode(editor, times);
    case "o":
    case "O":
      return yield* openLine(editor, key === "o" ? here.line + 1 : here.line, times);
    case "s":
    case "x":
    case "<Del>": {
      const span = { start: here, end: { line: here.line, column: Math.min(text.length, here.column + times) } };
      if (text !== "") {
        yank(editor, span, false, true);
        buffer.replace(span, "");
      }
      if (key === "s") return yield* insertMode(editor, 1);
      editor.clampCursor();
      return;
    }
    case "X": {
      const span = { start: { line: here.line, column: Math.max(0, here.column - times) }, end: here };
      yank(editor, span, false, true);
      remove(editor, span, false);
      return;
    }
    case "S":
      return yield* operate(
        editor,
        "c",
        lineSpan(editor, here.line, Math.min(buffer.lastLine, here.line + times - 1)),
        true,
      );
    case "C":
    case "D":
      return yield* operate(
        editor,
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
      return yield* operate(
        editor,
        "y",
        lineSpan(editor, here.line, Math.min(buffer.lastLine, here.line + times - 1)),
        true,
      );
    case "p":
    case "P":
      put(editor, key === "p", times);
      return;
    case "r":
      return yield* replaceChars(editor, times);
    case "R":
      return yield* insertMode(editor, 1, true);
    case "~": {
      const end = Math.min(text.length, here.column + times);
      changeCase(editor, { start: here, end: { line: here.line, column: end } }, "g~");
      editor.moveTo({ line: here.line, column: end });
      return;
    }
    case "J":
      join(editor, Math.max(2, times), true);
      return;
    case "u":
      for (let left = times; left > 0; left--) undoStep(editor, "undo");
      return;
    case "<C-r>":
      for (let left = times; left > 0; left--) undoStep(editor, "redo");
      return;
    case ".":
      editor.recorder.repeat(count);
      return;
    case "v":
    case "V":
    case "<C-v>":
      editor.anchor = here;
      return yield* visualMode(editor, key === "v" ? "visual" : key === "V" ? "visual-line" : "visual-block");
    case "m":
      editor.marks.set(yield* editor.key(), here);
      return;
    case "q":
      return yield* recordMacro(editor);
    case "@":
      editor.recorder.play(yield* editor.key(), times);
      return;
    case "Z": {
      const second = yield* editor.key();
      if (second === "Z") yield* runExLine(editor, "x");
      if (second === "Q") yield* runExLine(editor, "q!");
      return;
    }
    case "z": {
      const second = yield* editor.key();
      if (second === "z" || second === ".") editor.top = Math.max(0, here.line - Math.floor(editor.height / 2));
      if (second === "t" || second === "<CR>") editor.top = here.line;
      if (second === "b" || second === "-") editor.top = Math.max(0, here.line - editor.height + 1);
      return;
    }
    case "<C-e>":
      editor.top = Math.min(buffer.lastLine, editor.top + times);
      if (here.line < editor.top) editor.moveTo({ ...here, line: editor.top });
      return;
    case "<C-y>":
      editor.top = Math.max(0, editor.top - times);
      if (here.line >= editor.top + editor.height) editor.moveTo({ ...here, line: editor.top + editor.height - 1 });
      return;
    case "<C-a>":
    case "<C-x>":
      addToNumber(editor, key === "<C-a>" ? times : -times);
      return;
    case "<C-g>":
      editor.say(
        `"${editor.path || "[No Name]"}"${buffer.isModified ? " [Modified]" : ""} ${buffer.lines.length} lines --${Math.round(((here.line + 1) / buffer.lines.length) * 100)}%--`,
      );
      return;
    case ":":
      return yield* exMode(editor, count === null ? "" : `.,.+${count - 1}`);
    case "&":
      return yield* runExLine(editor, "s");
    case "<C-c>":
      editor.say("Type  :qa!  and press <Enter> to abandon all changes and exit Vim");
      return;
    default:
      return;
  }
}

function* replaceChars(editor: EditorState, times: number): Step {
  const key = yield* editor.key();
  const char = typed(key);
  const text = editor.buffer.line(editor.cursor.line);
  if (char === null || editor.cursor.column + times > text.length) return;
  const end = { line: editor.cursor.line, column: editor.cursor.column + times };
  if (char === "\n") {
    const at = editor.buffer.replace({ start: editor.cursor, end }, "\n");
    editor.moveTo(at);
    return;
  }
  editor.buffer.replace({ start: editor.cursor, end }, char.repeat(times));
  editor.moveTo({ line: editor.cursor.line, column: end.column - 1 });
}

function* recordMacro(editor: EditorState): Step {
  if (editor.recorder.isRecording) {
    editor.recorder.stopRecording();
    editor.say("");
    return;
  }
  const name = yield* editor.key();
  editor.recorder.startRecording(name);
  editor.say(`recording @${name}`);
}
