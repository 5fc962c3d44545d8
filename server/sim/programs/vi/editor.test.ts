import { describe, expect, it } from "vitest";
import { Editor } from "./editor.ts";
import type { EditorHost } from "./editor-state.ts";
import { KeyReader } from "./keys.ts";

const host: EditorHost = {
  exists: () => false,
  readFile: () => "",
  writeFile: () => {},
  shell: async () => "",
};

const ESC = "\u001b";
const CR = "\r";

function edit(text: string, keys: string): Editor {
  const editor = new Editor(host, { path: "file" });
  editor.buffer.load(text);
  for (const key of new KeyReader().push(
    new TextEncoder().encode(keys.replaceAll("<Esc>", "\u001b\u0000").replaceAll("\u0000", "")),
  )) {
    editor.feed(key);
    editor.drain();
  }
  return editor;
}

// Each result is what `vim -u NONE -N -n -s KEYS FILE` of vim 9.0 leaves; undo alone differs, which -s lumps together.
const cases: readonly (readonly [name: string, text: string, keys: string, result: string])[] = [
  ["inserts before the cursor", "one two\n", `wiX ${ESC}`, "one X two\n"],
  ["appends and repeats", "a\nb\nc\n", `A!${ESC}j.j.`, "a!\nb!\nc!\n"],
  ["opens lines below and above", "a\n", `ob${ESC}Oc${ESC}`, "a\nc\nb\n"],
  ["deletes a word", "one two three\n", "wdw", "one three\n"],
  ["deletes the last word of a line and stays on it", "one two\nthree\n", "wdw", "one \nthree\n"],
  ["changes a word to its end", "one two three\n", `wcwX${ESC}`, "one X three\n"],
  ["changes inside quotes", 'a: "hello" b\n', `fhci"bye${ESC}`, 'a: "bye" b\n'],
  ["deletes around brackets", "f(a, b) c\n", "fada(", "f c\n"],
  ["deletes three lines and puts them back", "1\n2\n3\n4\n5\n", "3ddp", "4\n1\n2\n3\n5\n"],
  ["yanks and puts a line twice", "a\nb\n", "yy2p", "a\na\na\nb\n"],
  ["asks about each match", "a a\nb a\n", `:%s/a/XY/gc${CR}yny`, "XY a\nb XY\n"],
  ["replaces all the rest at a", "a a\nb a\n", `:%s/a/X/gc${CR}na`, "a X\nb X\n"],
  ["replaces one more at l, and stops at q", "a\na\na\n", `:%s/a/X/c${CR}l:%s/a/Y/c${CR}yq`, "X\nY\na\n"],
  ["opens as many lines as the count says", "a\n", `3oxy${ESC}`, "a\nxy\nxy\nxy\n"],
  ["inserts a register while inserting", "a\nb\n", `yyGA\x12"${ESC}`, "a\nba\n\n"],
  ["goes to the first non-blank of a line by its number", "a\n  b\n", `:2${CR}x`, "a\n  \n"],
  ["goes back to where a jump began", "  a\nb\nc\n", "wG''x", "  \nb\nc\n"],
  ["goes to the end of the word before", "one two: x\n", "$gex", "one two x\n"],
  ["plays normal-mode keys on each line", "a\nb\nc\n", `:1,2norm A;${CR}`, "a;\nb;\nc\n"],
  ["keeps the blanks of normal-mode keys", "a\nb\n", `:%normal I# ${CR}`, "# a\n# b\n"],
  ["leaves nothing at all when all lines are deleted", "a\nb\n", "ggdG", ""],
  ["goes to the middle line with M", "1\n2\n3\n4\n", "Mdd", "1\n3\n4\n"],
  ["joins lines with one blank", "a\n  b\nc\n", "3J", "a b c\n"],
  ["undoes and redoes", "abc\n", "xxu", "bc\n"],
  ["replaces characters", "abc\n", "lrX", "aXc\n"],
  ["overwrites in replace mode", "abcdef\n", `lRXY${ESC}`, "aXYdef\n"],
  ["toggles case", "abc\n", "2~", "ABc\n"],
  ["moves by t and repeats with ;", "a,b,c,d\n", "t,;D", "a,\n"],
  ["substitutes everywhere", "a a\na\n", `:%s/a/b/g${CR}`, "b b\nb\n"],
  ["substitutes with groups", "key: value\n", `:s/\\(\\w\\+\\): \\(.*\\)/\\2=\\1/${CR}`, "value=key\n"],
  ["deletes lines that match", "a\n# b\nc\n# d\n", `:g/^#/d${CR}`, "a\nc\n"],
  ["keeps only lines that match", "a\n# b\nc\n", `:v/#/d${CR}`, "# b\n"],
  ["indents a block", "a\nb\nc\n", `:set sw=2 et${CR}Vj>`, "  a\n  b\nc\n"],
  ["shifts a visual block of text", "a\nb\nc\n", `:set sw=2 et${CR}Vj2>`, "    a\n    b\nc\n"],
  ["inserts in front of a block", "a\nb\nc\n", `${"\u0016"}jjI# ${ESC}`, "# a\n# b\n# c\n"],
  ["records and plays a macro", "1\n1\n1\n", `qaA!${ESC}jq2@a`, "1!\n1!\n1!\n"],
  ["moves to a line by number", "a\nb\nc\n", "2Gdd", "a\nc\n"],
  ["goes to the end and the beginning", "a\nb\nc\n", "Gddggx", "\nb\n"],
  ["searches and changes", "a\nfoo\nb\n", `/foo${CR}cwbar${ESC}`, "a\nbar\nb\n"],
  ["deletes to a search", "one two three\n", `d/three${CR}`, "three\n"],
  ["puts characterwise", "ab\n", "xp", "ba\n"],
  ["counts insertion", "\n", `3ix${ESC}`, "xxx\n"],
  ["copies a line with :t", "a\nb\n", `:t.${CR}`, "a\na\nb\n"],
  ["moves a line with :m", "a\nb\nc\n", `:m$${CR}`, "b\nc\na\n"],
  ["increments a number", "port: 80\n", "5\u0001", "port: 85\n"],
  ["changes a whole line", "  a b\nc\n", `ccx${ESC}`, "x\nc\n"],
  ["deletes to the end of line", "abc def\n", "wD", "abc \n"],
  ["expands tabs", "\n", `:set et sts=2${CR}i\tx${ESC}`, "  x\n"],
  ["uses registers", "a\nb\n", '"ayyj"byyk"bp', "a\nb\nb\n"],
  ["repeats a count with dot", "a b c d e f\n", "dw2.", "d e f\n"],
  ["deletes inside a word", "foo-bar\n", "diw", "-bar\n"],
  ["yanks a visual selection over lines", "ab\ncd\n", "lvjyP", "ab\ncdb\ncd\n"],
];

describe("vi", () => {
  it.each(cases)("%s", (_, text, keys, result) => {
    const editor = edit(text, keys);
    editor.feed({ kind: "key", name: "<Esc>" });
    expect(editor.buffer.text()).toBe(result);
  });

  it("inserts pasted text as it is", () => {
    const editor = edit("\n", `i${ESC}[200~a:\r  b: 1\r${ESC}[201~${ESC}`);
    expect(editor.buffer.text()).toBe("a:\n  b: 1\n\n");
  });

  it("refuses to leave with changes", () => {
    const editor = edit("a\n", `x:q${CR}`);
    expect(editor.exitStatus).toBeNull();
    expect(editor.message).toBe("E37: No write since last change (add ! to override)");
  });

  it("leaves without writing when told so", () => {
    expect(edit("a\n", `x:q!${CR}`).exitStatus).toBe(0);
  });

  it("names an unknown command", () => {
    expect(edit("a\n", `:foo${CR}`).message).toBe("E492: Not an editor command: foo");
  });
});
