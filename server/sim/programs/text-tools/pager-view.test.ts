import { describe, expect, it } from "vitest";
import { PagerView } from "./pager-view.ts";

const numbered = Array.from({ length: 100 }, (_, index) => `${index + 1}\n`).join("");
const plain = { chops: false, numbers: false, passesColours: false, ignoresCase: false, title: "" };

function view(text: string, options: Partial<typeof plain> = {}): PagerView {
  const pager = new PagerView(text, { ...plain, ...options });
  pager.resize({ columns: 80, rows: 12 });
  return pager;
}

/** The first row after these keys; recorded with less 590 on twelve rows. */
function firstRowAfter(keys: readonly string[]): string | undefined {
  const pager = view(numbered);
  for (const key of keys) pager.press(key);
  return pager.picture().rows[0];
}

describe("less", () => {
  it.each([
    [["5", "0", "g"], "50"],
    [["5", "0", "g", "5", "j"], "55"],
    [["5", "5", "g", "d"], "61"],
    [["6", "1", "g", "u"], "55"],
    [["G"], "90"],
    [["G", "b"], "79"],
    [["/", "5", "<CR>", "n"], "15"],
    [["/", "5", "<CR>", "n", "N"], "5"],
    [["5", "g", "?", "3", "<CR>"], "13"],
  ])("%j", (keys, first) => {
    expect(firstRowAfter(keys)).toBe(first);
  });

  it("wraps long lines, moves by rows, and numbers or cuts lines when asked", () => {
    const text = `${"x".repeat(100)}\n1\n2\n`;
    const wrapped = view(text);
    expect(wrapped.picture().rows).toEqual(["x".repeat(80), "x".repeat(20), "1", "2"]);
    expect(view(text, { numbers: true }).picture().rows[1]).toBe(`      1 ${"x".repeat(28)}`);
    expect(view(text, { chops: true }).picture().rows[0]).toBe(`${"x".repeat(79)}\x1b[7m>\x1b[0m`);
  });

  it("shows control characters, and colours with -R", () => {
    const text = "a\tb\x1b[31mred\n";
    expect(view(text).picture().rows[0]).toBe("a       b\x1b[7mESC\x1b[0m[31mred");
    expect(view(text, { passesColours: true }).picture().rows[0]).toBe("a       b\x1b[31mred");
  });

  it("says what it looks for, and that it is not there", () => {
    const pager = view(numbered, { title: "n" });
    expect(pager.picture().prompt).toBe("\x1b[7mn\x1b[0m");
    for (const key of ["/", "z", "z"]) pager.press(key);
    expect(pager.picture().prompt).toBe("/zz");
    pager.press("<CR>");
    expect(pager.picture().prompt).toBe("\x1b[7mPattern not found  (press RETURN)\x1b[0m");
    pager.press("<CR>");
    expect(pager.picture().prompt).toBe(":");
  });
});
