import xterm from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { COOKED_MODES, RAW_MODES } from "../../machine/tty.ts";
import { createTestMachine } from "../../machine/testing/machine.ts";
import { vi, vim } from "./vi.ts";

const ESC = "\u001b";
const CR = "\r";
const COLUMNS = 80;
const ROWS = 6;
/** Milliseconds of the world's time in which vi has surely answered. */
const SETTLE_MS = 20;

/** The last line: a message, and the ruler 18 columns from the right. */
const bottom = (message: string, ruler: string): string => `${message.padEnd(COLUMNS - 18)}${ruler.padEnd(14)}All`;

/** vi on a terminal emulator that already shows a shell's prompt; each `type` is one write of the keyboard. */
async function open(argv: readonly string[], files: Readonly<Record<string, string>> = {}) {
  const { clock, fs, machine, run } = createTestMachine({ programs: [vi, vim] });
  for (const [path, text] of Object.entries(files)) fs.writeFile(path, text);
  const tty = machine.openTty({ columns: COLUMNS, rows: ROWS });
  const terminal = new xterm.Terminal({ cols: COLUMNS, rows: ROWS, allowProposedApi: true });
  const emulate = (data: string | Uint8Array): Promise<void> => new Promise((done) => terminal.write(data, done));
  await emulate("$ vi\r\n");
  // Without a promise: the emulator draws in real time, which the clock of the world does not wait for.
  tty.onOutput((bytes) => terminal.write(bytes));
  let code: number | null = null;
  void run((process) => vi.run(process), { tty, argv }).then((result) => {
    code = result.code;
  });
  await clock.sleep(SETTLE_MS);
  return {
    fs,
    tty,
    terminal,
    code: () => code,
    async type(...writes: readonly string[]): Promise<void> {
      for (const text of writes) {
        tty.input(text);
        await clock.sleep(SETTLE_MS);
      }
    },
    async resize(columns: number, rows: number): Promise<void> {
      terminal.resize(columns, rows);
      tty.resize({ columns, rows });
      await clock.sleep(SETTLE_MS);
    },
    async screen() {
      await emulate("");
      const { active } = terminal.buffer;
      const line = (row: number): string => active.getLine(active.viewportY + row)?.translateToString(true) ?? "";
      const lines = Array.from({ length: terminal.rows }, (_, row) => line(row));
      return { lines, cursor: [active.cursorY, active.cursorX], buffer: active.type };
    },
  };
}

describe("vi on a terminal", () => {
  it("draws a new file, takes text, writes it and gives the screen back", async () => {
    const session = await open(["vi", "note.txt"]);
    expect(session.tty.modes).toEqual(RAW_MODES);
    expect(await session.screen()).toEqual({
      lines: ["", "~", "~", "~", "~", bottom('"note.txt" [New]', "1,0-1")],
      cursor: [0, 0],
      buffer: "alternate",
    });
    await session.type("ihello\rworld");
    expect(await session.screen()).toEqual({
      lines: ["hello", "world", "~", "~", "~", bottom("-- INSERT --", "2,6")],
      cursor: [1, 5],
      buffer: "alternate",
    });
    await session.type(ESC, ":wq");
    expect((await session.screen()).lines.at(-1)).toBe(":wq");
    expect(session.fs.exists("/note.txt")).toBe(false);
    await session.type(CR);
    expect(session.code()).toBe(0);
    expect(session.fs.readText("/note.txt")).toBe("hello\nworld\n");
    expect(session.tty.modes).toEqual(COOKED_MODES);
    expect(await session.screen()).toEqual({
      lines: ["$ vi", "", "", "", "", ""],
      cursor: [1, 0],
      buffer: "normal",
    });
  });

  it("shows a file with wide tabs, wrapped lines, line numbers and a message that stays", async () => {
    const session = await open(["vi", "/a"], { "/a": `one\ntwo\tx\n${"12345 ".repeat(15)}\n` });
    expect((await session.screen()).lines).toEqual([
      "one",
      "two     x",
      `${"12345 ".repeat(13)}12`,
      "345 12345 ",
      "~",
      bottom('"/a" 3L, 101B', "1,1"),
    ]);
    await session.type(`:set nu${CR}`, "x", `:q${CR}`);
    expect((await session.screen()).lines).toEqual([
      "  1 ne",
      "  2 two     x",
      `  3 ${"12345 ".repeat(12)}1234`,
      "    5 12345 12345 ",
      "~",
      bottom("E37: No write since last change (add ! to override)", "1,1"),
    ]);
    expect(session.code()).toBeNull();
    await session.type(`:q!${CR}`);
    expect(session.code()).toBe(0);
    expect(session.fs.readText("/a").slice(0, 4)).toBe("one\n");
  });

  it("follows the cursor and draws anew when the window changes", async () => {
    const session = await open(["vi", "+7", "/n"], { "/n": "1\n2\n3\n4\n5\n6\n7\n8\n" });
    await session.resize(30, 4);
    const small = await session.screen();
    expect(small.lines.slice(0, 3)).toEqual(["5", "6", "7"]);
    expect(small.cursor).toEqual([2, 0]);
    await session.type("gg");
    expect((await session.screen()).lines.slice(0, 3)).toEqual(["1", "2", "3"]);
  });

  it("moves the text with ^D and ^U, and shows the end of it after G without rows behind", async () => {
    const text = Array.from({ length: 20 }, (_, index) => `${index + 1}\n`).join("");
    const session = await open(["vi", "n"], { "/n": text });
    await session.type("\x04");
    expect((await session.screen()).lines.slice(0, 5)).toEqual(["3", "4", "5", "6", "7"]);
    await session.type("\x15");
    expect((await session.screen()).lines.slice(0, 5)).toEqual(["1", "2", "3", "4", "5"]);
    await session.type("G");
    const { lines, cursor } = await session.screen();
    expect([lines.slice(0, 5), cursor]).toEqual([
      ["16", "17", "18", "19", "20"],
      [4, 0],
    ]);
  });

  it("edits one file after the other, and says how many are left", async () => {
    const session = await open(["vi", "a", "b"], { "/a": "1\n", "/b": "2\n" });
    await session.type(`:q${CR}`);
    expect((await session.screen()).lines[5]).toContain("E173: 1 more file to edit");
    await session.type(`:n${CR}`);
    expect((await session.screen()).lines[0]).toBe("2");
    await session.type(`:n${CR}`);
    expect((await session.screen()).lines[5]).toContain("E165: Cannot go beyond last file");
    await session.type(`:q${CR}`);
    expect(session.code()).toBe(0);
  });
});
