/** The keys that move the cursor, alone or behind an operator. */
import type { Position } from "./buffer.ts";
import { promptLine } from "./command-line.ts";
import type { Asking, CharSearch, EditorState } from "./editor-state.ts";
import { typed } from "./keys.ts";
import {
  findChar,
  firstNonBlank,
  matchingBracket,
  type Motion,
  paragraph,
  search,
  wordBackward,
  wordEnd,
  wordForward,
} from "./motions.ts";

/** Undefined when the key is no motion; the motion stays in place when it fails. */
export function* readMotion(editor: EditorState, key: string, count: number | null): Asking<Motion | undefined> {
  const { buffer, cursor } = editor;
  const times = count ?? 1;
  const repeat = (step: (from: Position) => Position): Position => {
    let at = cursor;
    for (let left = Math.min(times, 10_000); left > 0; left--) at = step(at);
    return at;
  };
  const vertical = (line: number): Motion => {
    const target = Math.max(0, Math.min(buffer.lastLine, line));
    return {
      to: { line: target, column: Math.min(editor.wantedColumn, Math.max(0, buffer.line(target).length - 1)) },
      reach: "linewise",
      keepsColumn: true,
    };
  };
  const toLine = (line: number): Motion => {
    const target = Math.max(0, Math.min(buffer.lastLine, line));
    return { to: { line: target, column: firstNonBlank(buffer.line(target)) }, reach: "linewise" };
  };
  const exclusive = (to: Position): Motion => ({ to, reach: "exclusive" });
  const inclusive = (to: Position): Motion => ({ to, reach: "inclusive" });
  switch (key) {
    case "h":
    case "<Left>":
    case "<BS>":
      return exclusive({ line: cursor.line, column: Math.max(0, cursor.column - times) });
    case "l":
    case "<Right>":
    case " ":
      return exclusive({
        line: cursor.line,
        column: Math.min(buffer.line(cursor.line).length, cursor.column + times),
      });
    case "j":
    case "<Down>":
    case "<C-n>":
      return vertical(cursor.line + times);
    case "k":
    case "<Up>":
    case "<C-p>":
      return vertical(cursor.line - times);
    case "+":
    case "<CR>":
      return toLine(cursor.line + times);
    case "-":
      return toLine(cursor.line - times);
    case "_":
      return toLine(cursor.line + times - 1);
    case "0":
    case "<Home>":
      return exclusive({ line: cursor.line, column: 0 });
    case "^":
      return exclusive({ line: cursor.line, column: firstNonBlank(buffer.line(cursor.line)) });
    case "$":
    case "<End>": {
      const line = Math.min(buffer.lastLine, cursor.line + times - 1);
      editor.wantedColumn = Number.POSITIVE_INFINITY;
      return {
        to: { line, column: Math.max(0, buffer.line(line).length - 1) },
        reach: "inclusive",
        keepsColumn: true,
      };
    }
    case "|":
      return exclusive({ line: cursor.line, column: times - 1 });
    case "w":
    case "W":
    case "<C-Right>":
      return exclusive(repeat((from) => wordForward(buffer, from, key === "W")));
    case "b":
    case "B":
    case "<C-Left>":
      return exclusive(repeat((from) => wordBackward(buffer, from, key === "B")));
    case "e":
    case "E":
      return inclusive(repeat((from) => wordEnd(buffer, from, key === "E")));
    case "G":
      return toLine(count === null ? buffer.lastLine : count - 1);
    case "H":
      return toLine(editor.top + times - 1);
    case "M":
      return toLine(editor.top + Math.floor((Math.min(editor.height, buffer.lines.length - editor.top) - 1) / 2));
    case "L":
      return toLine(Math.min(editor.top + editor.height, buffer.lines.length) - times);
    case "{":
      return exclusive(repeat((from) => paragraph(buffer, from, -1)));
    case "}":
      return exclusive(repeat((from) => paragraph(buffer, from, 1)));
    case "%": {
      const to = matchingBracket(buffer, cursor);
      return inclusive(to ?? cursor);
    }
    case "f":
    case "F":
    case "t":
    case "T": {
      const char = typed(yield* editor.key());
      if (char === null) return exclusive(cursor);
      editor.lastCharSearch = { key, char };
      return charMotion(editor, editor.lastCharSearch, times);
    }
    case ";":
      return editor.lastCharSearch ? charMotion(editor, editor.lastCharSearch, times, true) : exclusive(cursor);
    case ",": {
      if (!editor.lastCharSearch) return exclusive(cursor);
      const swapped = { f: "F", F: "f", t: "T", T: "t" } as const;
      return charMotion(editor, { ...editor.lastCharSearch, key: swapped[editor.lastCharSearch.key] }, times, true);
    }
    case "n":
    case "N": {
      const direction = (key === "n" ? editor.lastSearchDirection : -editor.lastSearchDirection) as 1 | -1;
      return exclusive(searchFrom(editor, direction, times));
    }
    case "*":
    case "#": {
      const word = /[\p{L}\p{N}_]+/u;
      const text = buffer.line(cursor.line);
      let start = cursor.column;
      while (start > 0 && word.test(text[start - 1] ?? "") && word.test(text[start] ?? "")) start--;
      const found = word.exec(text.slice(start));
      if (!found) return exclusive(cursor);
      editor.setSearch(`\\<${found[0]}\\>`);
      editor.lastSearchDirection = key === "*" ? 1 : -1;
      return exclusive(searchFrom(editor, editor.lastSearchDirection, times));
    }
    case "/":
    case "?": {
      const typedText = yield* promptLine(editor, key);
      if (typedText === null) return exclusive(cursor);
      editor.lastSearchDirection = key === "/" ? 1 : -1;
      if (typedText !== "") editor.setSearch(typedText);
      return exclusive(searchFrom(editor, editor.lastSearchDirection, times));
    }
    case "'":
    case "`": {
      const name = yield* editor.key();
      const mark = editor.marks.get(name === "`" ? "'" : name);
      if (!mark) {
        editor.fail("E20: Mark not set");
        return exclusive(cursor);
      }
      return key === "'" ? toLine(mark.line) : exclusive(mark);
    }
    case "<C-f>":
    case "<PageDown>":
      editor.top = Math.min(buffer.lastLine, editor.top + (editor.height - 2) * times);
      return toLine(editor.top);
    case "<C-b>":
    case "<PageUp>":
      editor.top = Math.max(0, editor.top - (editor.height - 2) * times);
      return toLine(editor.top + editor.height - 1);
    case "<C-d>": {
      // The text moves up with the cursor until its end is on the screen.
      const lastTop = Math.max(editor.top, buffer.lines.length - editor.height);
      editor.top = Math.min(lastTop, editor.top + Math.floor(editor.height / 2));
      return toLine(cursor.line + Math.floor(editor.height / 2));
    }
    case "<C-u>":
      editor.top = Math.max(0, editor.top - Math.floor(editor.height / 2));
      return toLine(cursor.line - Math.floor(editor.height / 2));
    default:
      return undefined;
  }
}

function charMotion(editor: EditorState, { key, char }: CharSearch, times: number, isRepeat = false): Motion {
  const { cursor } = editor;
  const text = editor.buffer.line(cursor.line);
  // A repeated `t` must not find the character it already stands before.
  const from =
    isRepeat && key === "t" ? cursor.column + 1 : isRepeat && key === "T" ? cursor.column - 1 : cursor.column;
  const column = findChar(text, from, char, key, times);
  if (column === null) return { to: cursor, reach: "exclusive" };
  return { to: { line: cursor.line, column }, reach: key === "f" || key === "t" ? "inclusive" : "exclusive" };
}

function searchFrom(editor: EditorState, direction: 1 | -1, times: number): Position {
  let at = editor.cursor;
  if (!editor.searchPattern) {
    editor.fail("E35: No previous regular expression");
    return at;
  }
  editor.marks.set("'", editor.cursor);
  for (let left = times; left > 0; left--) {
    const found = search(editor.buffer, at, editor.searchPattern, direction);
    if (!found) {
      editor.fail(`E486: Pattern not found: ${editor.searchText}`);
      return editor.cursor;
    }
    if (found.wrapped)
      editor.fail(direction === 1 ? "search hit BOTTOM, continuing at TOP" : "search hit TOP, continuing at BOTTOM");
    else editor.say(`${direction === 1 ? "/" : "?"}${editor.searchText}`);
    at = found.at;
  }
  return at;
}
