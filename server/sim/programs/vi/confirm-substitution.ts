/** `:s/…/…/c`: asks about each match. */
import type { Position } from "./buffer.ts";
import type { Asking, EditorState, Step } from "./editor-state.ts";

export interface Substitution {
  readonly first: number;
  readonly last: number;
  readonly pattern: RegExp;
  readonly replacement: string;
  /** Every match of a line, not only the first. */
  readonly isGlobal: boolean;
  /** The text for a match and its groups. */
  readonly expand: (groups: readonly unknown[]) => string;
}

interface Match {
  readonly at: Position;
  readonly groups: RegExpExecArray;
}

/** Keys as in vim: y, n, a for all, l for this and no more, q. */
export function* confirmSubstitution(editor: EditorState, substitution: Substitution): Step {
  let from: Position = { line: substitution.first, column: 0 };
  // Lines that replacements add or that were there: counted from the end, which they do not move.
  const linesAfter = editor.buffer.lastLine - substitution.last;
  let answersAll = false;
  for (;;) {
    const match = nextMatch(editor, substitution, from, editor.buffer.lastLine - linesAfter);
    if (!match) break;
    editor.moveTo(match.at);
    const answer: string = answersAll ? "y" : yield* ask(editor, substitution.replacement);
    if (answer === "q" || answer === "<Esc>" || answer === "<C-c>") break;
    answersAll ||= answer === "a";
    from = answer === "n" ? skipped(match) : replaced(editor, substitution, match);
    if (!substitution.isGlobal) from = { line: from.line + 1, column: 0 };
    if (answer === "l") break;
  }
  editor.say("");
}

function* ask(editor: EditorState, replacement: string): Asking<string> {
  for (;;) {
    editor.pendingKeys = "";
    editor.say(`replace with ${replacement} (y/n/a/q/l/^E/^Y)?`);
    const key = yield;
    if (key.kind === "key" && ["y", "n", "a", "q", "l", "<Esc>", "<C-c>"].includes(key.name)) return key.name;
  }
}

function nextMatch(editor: EditorState, { pattern }: Substitution, from: Position, last: number): Match | undefined {
  for (let line = from.line; line <= last; line++) {
    const text = editor.buffer.line(line);
    const search = new RegExp(pattern.source, pattern.flags.includes("g") ? pattern.flags : `${pattern.flags}g`);
    search.lastIndex = line === from.line ? from.column : 0;
    if (search.lastIndex > text.length) continue;
    const groups = search.exec(text);
    if (groups) return { at: { line, column: groups.index }, groups };
  }
  return undefined;
}

function skipped({ at, groups }: Match): Position {
  return { line: at.line, column: at.column + Math.max(1, groups[0].length) };
}

function replaced(editor: EditorState, { expand }: Substitution, { at, groups }: Match): Position {
  const end = { line: at.line, column: at.column + groups[0].length };
  const behind = editor.buffer.replace({ start: at, end }, expand(groups));
  editor.moveTo(at);
  // An empty match is not found again where it was.
  return groups[0] === "" ? { line: behind.line, column: behind.column + 1 } : behind;
}
