import { expect, test } from "vitest";
import { wrapLines } from "./wrap.ts";

test.each([
  ["short lines stay", "a b\n  c", 10, "a b\n  c"],
  ["long ones break between words", "one two three four", 9, "one two\nthree\nfour"],
  ["and continue behind a mark", "✗ name     nobody knows this name", 20, "✗ name     nobody\n  knows this name"],
  ["or under their text", "✓ at   one two three four five", 24, "✓ at   one two three\n       four five"],
  ["and behind a bullet", "- one two three", 10, "- one two\n  three"],
  ["and a little further in than they began", "    one two three four", 18, "    one two three\n      four"],
  ["a word that is too long stays whole", "see spec.ingress[0].from[0]", 10, "see\nspec.ingress[0].from[0]"],
  ["colours take no room", "\x1b[31mone two\x1b[0m three", 13, "\x1b[31mone two\x1b[0m three"],
])("%s", (_name, text, columns, wrapped) => {
  expect(wrapLines(text, columns)).toBe(wrapped);
});
