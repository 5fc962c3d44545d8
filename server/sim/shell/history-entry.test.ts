import { describe, expect, it } from "vitest";
import { joinLines } from "./history-entry.ts";

/** Lines as typed → the entry that bash 5.2.15 recalls with the up arrow. */
const recorded: readonly (readonly [lines: readonly string[], entry: string])[] = [
  [["for i in a b; do", "echo $i", "done"], "for i in a b; do echo $i; done"],
  [["for i in a b", "do", "echo $i", "done"], "for i in a b; do echo $i; done"],
  [["if true", "then echo y", "else echo n", "fi"], "if true; then echo y; else echo n; fi"],
  [["case x in", "x) echo m;;", "esac"], "case x in x) echo m;; esac"],
  [["{ echo a", "echo b; }"], "{ echo a; echo b; }"],
  [["( echo a", "echo b )"], "( echo a; echo b )"],
  [["f() {", "echo in f", "}"], "f() { echo in f; }"],
  [["function g", "{", "echo g; }"], "function g { echo g; }"],
  [["echo a |", "cat"], "echo a | cat"],
  [["true &&", "echo yes"], "true && echo yes"],
  [["[[ a == a &&", "b == b ]]"], "[[ a == a && b == b ]]"],
  [["a=(1", "2 3)"], "a=(1 2 3)"],
  [["echo a \\", "b"], "echo a b"],
  [["echo 'a", "b'"], "echo 'a\nb'"],
  [['echo "a', "", 'b"'], 'echo "a\n\nb"'],
  [["echo $(", "echo abc", ")"], "echo $(\necho abc\n)"],
  [["cat <<EOF", "hello", "EOF"], "cat <<EOF\nhello\nEOF\n"],
  [["for i in 1; do # c", "echo $i # x", "done"], "for i in 1; do # c\necho $i # x\ndone"],
  [["for i in 1 2", "do"], "for i in 1 2; do"],
];

describe("a command of several lines in the history", () => {
  it.each(recorded)("%j", (lines, entry) => {
    expect(joinLines(lines)).toBe(entry);
  });
});
