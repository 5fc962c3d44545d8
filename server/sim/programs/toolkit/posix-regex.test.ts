import { describe, expect, it } from "vitest";
import { compileRegex, type RegexSyntax } from "./posix-regex.ts";

// Each match is what `grep -o` of GNU grep 3.8 prints first; null where it finds none.
const cases: readonly (readonly [syntax: RegexSyntax, pattern: string, text: string, match: string | null])[] = [
  ["basic", "a+b", "aab a+b", "a+b"],
  ["basic", "a\\+b", "aab", "aab"],
  ["basic", "\\(a\\)\\1", "baab", "aa"],
  ["basic", "a\\{2,3\\}", "aaaa", "aaa"],
  ["basic", "a{2}", "aa a{2}", "a{2}"],
  ["basic", "x\\|y", "ay", "y"],
  ["basic", "*a", "b*a", "*a"],
  ["basic", "[[:digit:]]\\+", "ab12c", "12"],
  ["basic", "[]x]", "a]", "]"],
  ["basic", "[^]x]", "]a", "a"],
  ["basic", "\\<b", "ab b", "b"],
  ["basic", "a.c", "abc", "abc"],
  ["extended", "a+b", "aab", "aab"],
  ["extended", "(ab|cd){2}", "abcdx", "abcd"],
  ["extended", "a\\{2", "a{2", "a{2"],
  ["extended", "^$", "x", null],
  ["extended", "\\w+\\b", "--foo--", "foo"],
  ["extended", "[a\\]", "\\", "\\"],
  ["fixed", "a.c", "abc a.c", "a.c"],
  ["perl", "\\d+(?=px)", "1em 12px", "12"],
];

describe("regular expressions", () => {
  it.each(cases)("%s %j on %j matches %j", (syntax, pattern, text, match) => {
    expect(compileRegex(pattern, { syntax }).exec(text)?.[0] ?? null).toBe(match);
  });
});
