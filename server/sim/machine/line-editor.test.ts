import xterm from "@xterm/headless";
import { describe, expect, it } from "vitest";
import { readLine, type ReadLineOptions } from "./line-editor.ts";
import { createTestMachine } from "./testing/machine.ts";
import type { EditResult } from "./line-editor.ts";

interface Screen {
  readonly lines: string[];
  readonly cursor: readonly [row: number, column: number];
  readonly result: EditResult | null;
  readonly raw: string;
}

/** Types `keys` (each string is one write) at a prompt and shows the screen of a real terminal emulator. */
async function type(
  keys: readonly string[],
  options: Partial<ReadLineOptions> & { readonly columns?: number; readonly resizeTo?: number } = {},
): Promise<Screen> {
  const { columns = 40, resizeTo, ...readLineOptions } = options;
  const { machine, run, clock } = createTestMachine();
  const tty = machine.openTty({ columns, rows: 12 });
  const terminal = new xterm.Terminal({ cols: columns, rows: 12, allowProposedApi: true });
  let raw = "";
  tty.onOutput((bytes) => {
    raw += new TextDecoder().decode(bytes);
    terminal.write(bytes);
  });
  let result: EditResult | null = null;
  void run(
    async (process) => {
      result = await readLine({ process, prompt: "$ ", ...readLineOptions });
      return 0;
    },
    { tty },
  );
  await clock.sleep(1);
  for (const text of keys) {
    tty.input(text);
    await clock.sleep(1);
  }
  if (resizeTo) {
    await new Promise<void>((resolve) => terminal.write("", resolve));
    terminal.resize(resizeTo, 12);
    tty.resize({ columns: resizeTo, rows: 12 });
    await clock.sleep(1);
  }
  await new Promise<void>((resolve) => terminal.write("", resolve));
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let i = 0; i < 12; i++) lines.push(active.getLine(i)?.translateToString(true).trimEnd() ?? "");
  while (lines.at(-1) === "") lines.pop();
  return { lines, cursor: [active.cursorY, active.cursorX], result, raw };
}

const line = (text: string): EditResult => ({ kind: "line", line: text });

describe("line editing", () => {
  it("takes what is typed and ends with Enter, with the bytes of bash", async () => {
    const screen = await type(["ls -l\r"]);
    expect(screen.result).toEqual(line("ls -l"));
    expect(screen.raw).toBe("\x1b[?2004h$ ls -l\r\n\x1b[?2004l\r");
  });

  it.each([
    ["moves with ^A ^E ^B ^F", ["bc", "\x01a", "\x05e", "\x02d", "\x06\x06!"], "abcde!"],
    ["erases with Backspace and ^D", ["abcx", "\x7f", "\x01\x04"], "bc"],
    ["kills with ^K and yanks with ^Y", ["one two", "\x1bb", "\x0b", "\x01\x19 "], "two one "],
    ["kills words with ^W and joins kills in a row", ["a b-c d", "\x17\x17", "x\x19"], "a xb-c d"],
    ["kills to the start with ^U", ["abc def", "\x1bb\x15"], "def"],
    ["deletes words with Alt-Backspace and Alt-d", ["a/b/c d", "\x1bb\x1b\x7f", "\x1bd"], "a/b/"],
    ["transposes with ^T", ["gti", "\x02\x14"], "git"],
    ["changes case with Alt-u and Alt-c", ["one two", "\x01\x1bu\x1bc"], "ONE Two"],
    ["undoes with ^_", ["one ", "\x17\x1f"], "one "],
    ["rotates the kill ring with Alt-y", ["a b", "\x17", "c", "\x17", "\x19\x1by"], "a b"],
    ["inserts control characters after ^V", ["a\x16\x01b"], "a\x01b"],
    ["knows arrows, Home, End and Delete", ["bc\x1b[Ha\x1b[F!\x1b[D\x1b[3~"], "abc"],
    ["takes characters of several bytes, also in pieces", ["ä\u00f6\x1b[Dx"], "äxö"],
  ])("%s", async (_name, keys, expected) => {
    expect((await type([...keys, "\r"])).result).toEqual(line(expected));
  });

  it("ends with ^D on an empty line, and is interrupted by ^C", async () => {
    expect((await type(["\x04"])).result).toEqual({ kind: "eof" });
    const interrupted = await type(["abc\x03"]);
    expect(interrupted.result).toEqual({ kind: "interrupted" });
    expect(interrupted.lines).toEqual(["$ abc^C"]);
  });

  it("wraps long lines and edits in their middle", async () => {
    const screen = await type(["0123456789".repeat(2), "\x01X", "\x05Y"], { columns: 10 });
    expect(screen.lines).toEqual(["$ X0123456", "7890123456", "789Y"]);
    expect(screen.cursor).toEqual([2, 4]);
  });

  it("begins a new row when the line fills the last one", async () => {
    const screen = await type(["01234567"], { columns: 10 });
    expect([screen.lines, screen.cursor]).toEqual([["$ 01234567"], [1, 0]]);
    const erased = await type(["012345678", "\x7f\x7f"], { columns: 10 });
    expect([erased.lines, erased.cursor]).toEqual([["$ 0123456"], [0, 9]]);
  });

  it("counts wide characters as two columns and markers of the prompt as none", async () => {
    const screen = await type(["日本x\x1b[D\x1b[D!"], { prompt: "\x01\x1b[1m\x02λ\x01\x1b[0m\x02 " });
    expect([screen.lines, screen.cursor]).toEqual([["λ 日!本x"], [0, 5]]);
  });

  it("redraws after a resize", async () => {
    const screen = await type(["0123456789abcdefghij"], { columns: 30, resizeTo: 12 });
    expect([screen.lines, screen.cursor]).toEqual([
      ["$ 0123456789", "abcdefghij"],
      [1, 10],
    ]);
  });

  it("shows the line once after the screen shrank and grew", async () => {
    const narrow = await type(["0123456789abcdefghij"], { columns: 12, resizeTo: 40 });
    expect([narrow.lines, narrow.cursor]).toEqual([["$ 0123456789abcdefghij"], [0, 22]]);
  });

  it("clears the screen with ^L and keeps the line", async () => {
    const screen = await type(["abc\x0c"]);
    expect([screen.lines, screen.cursor]).toEqual([["$ abc"], [0, 5]]);
  });

  it("inserts a bracketed paste as it is, newlines included", async () => {
    const screen = await type(["\x1b[200~a\rb\x1b[201~", "\r"]);
    expect(screen.result).toEqual(line("a\nb"));
    expect(screen.lines).toEqual(["$ a", "b"]);
  });

  it("leaves what is typed after Enter to the next reader", async () => {
    const { machine, run, clock } = createTestMachine();
    const tty = machine.openTty({ columns: 40, rows: 10 });
    const results: unknown[] = [];
    tty.input("one\rtwo\rhello\r");
    await run(
      async (process) => {
        results.push(await readLine({ process, prompt: "$ " }), await readLine({ process, prompt: "$ " }));
        results.push(await process.stdin.readLine());
        return 0;
      },
      { tty },
    );
    expect(results).toEqual([line("one"), line("two"), "hello"]);
    expect(clock.now()).toBeGreaterThan(0);
  });
});

describe("less usual keys, as bash 5.2 obeys them", () => {
  it.each([
    ["Alt-t moves a word behind the next", "foo bar baz\x1bb\x1bt", "foo baz bar"],
    ["Alt-\\\\ deletes the blanks around", "foo   bar\x1bb\x1b\\", "foobar"],
    ["^X^U undoes", "abc def\x17\x18\x15", "abc def"],
    ["Alt-# makes a comment of the line", "foo bar\x1b#", "#foo bar"],
  ])("%s", async (_what, keys, shown) => {
    expect((await type([keys])).lines[0]).toBe(`$ ${shown}`);
  });

  it("Alt-r takes back what was done to a line of the history", async () => {
    expect((await type(["\x1b[AXXX\x1br"], { history: ["one"] })).lines).toEqual(["$ one"]);
  });

  it("shows ^C where the cursor stands, and goes on below the line", async () => {
    const screen = await type(["abcdef\x02\x02\x02\x03"]);
    expect([screen.lines, screen.cursor]).toEqual([["$ abc^Cf"], [1, 0]]);
  });

  it("shows a tab as blanks up to the next multiple of eight, and begins no second row after a newline", async () => {
    expect((await type(["\x1b[200~a\tb\x1b[201~"])).lines).toEqual(["$ a     b"]);
    const screen = await type(["\x1b[200~a\n\x1b[201~", "\r"]);
    expect([screen.lines, screen.cursor]).toEqual([["$ a"], [1, 0]]);
  });
});

describe("history", () => {
  const history = ["kubectl get pods", "ls /tmp", "echo one two"];

  it("is walked with the arrows, and edits are kept on the way", async () => {
    expect((await type(["\x1b[A\x1b[A\r"], { history })).result).toEqual(line("ls /tmp"));
    expect((await type(["draft\x1b[A!\x1b[B\x1b[A\r"], { history })).result).toEqual(line("echo one two!"));
    expect((await type(["draft\x1b[A\x1b[B\r"], { history })).result).toEqual(line("draft"));
  });

  it("is searched with ^R, as readline shows it", async () => {
    const screen = await type(["\x12", "g", "e"], { history });
    expect(screen.lines).toEqual(["(reverse-i-search)`ge': kubectl get pods"]);
    expect((await type(["\x12ge\r"], { history })).result).toEqual(line("kubectl get pods"));
    expect((await type(["\x12o\x12\x05!\r"], { history })).result).toEqual(line("kubectl get pods!"));
    expect((await type(["x\x12ge\x07y\r"], { history })).result).toEqual(line("xy"));
    expect((await type(["\x12zz"], { history })).lines).toEqual(["(failed reverse-i-search)`zz':"]);
  });

  it("is searched on from where the match stands when a letter is taken back, and takes words and pastes in", async () => {
    const history = ["echo alpha", "echo 'gamma delta'"];
    const shown = async (...keys: string[]) => (await type(keys, { history })).lines[0];
    expect(await shown("\x12", "echo a", "\x7f")).toBe("(reverse-i-search)`echo ': echo alpha");
    expect(await shown("\x12", "gam", "\x17")).toBe("(reverse-i-search)`gamma': echo 'gamma d");
    expect(await shown("\x12", "\x1b[200~alp\x1b[201~")).toBe("(reverse-i-search)`alp': echo alpha");
    expect(await shown("\x12", "alpha", "\x1b", "\x05Z")).toBe("$ echo alphaZ");
    expect(await shown("\x12", "alpha", "\x03")).toBe("(reverse-i-search)`alpha': echo ^Cpha");
  });

  it("gives its last words with Alt-.", async () => {
    expect((await type(["cat \x1b.\r"], { history })).result).toEqual(line("cat two"));
    expect((await type(["cat \x1b.\x1b.\r"], { history })).result).toEqual(line("cat /tmp"));
  });
});

describe("completion", () => {
  const words = ["delete", "describe", "deploy"];
  const complete = (text: string, cursor: number) => {
    const start = text.lastIndexOf(" ", cursor - 1) + 1;
    const typed = text.slice(start, cursor);
    return { start, candidates: words.filter((word) => word.startsWith(typed)).map((word) => ({ text: word })) };
  };

  it("completes the only candidate with a blank", async () => {
    expect((await type(["kubectl des\tx\r"], { complete })).result).toEqual(line("kubectl describe x"));
  });

  it("completes the common prefix, and lists at the second Tab that changes nothing", async () => {
    expect((await type(["k d\t", "\t"], { complete })).lines).toEqual(["$ k de"]);
    const screen = await type(["k d\t", "\t", "\t"], { complete });
    expect(screen.lines).toEqual(["$ k de", "delete    describe  deploy", "$ k de"]);
    expect(screen.cursor).toEqual([2, 6]);
  });

  it("lists at the second Tab at once where busybox reads", async () => {
    const screen = await type(["k d\t", "\t"], { complete, listsAtSecondTab: true });
    expect(screen.lines).toEqual(["$ k de", "delete    describe  deploy", "$ k de"]);
  });

  it("lists with Alt-?, and inserts all with Alt-*", async () => {
    const listed = await type(["k de\x1b?"], { complete });
    expect(listed.lines).toEqual(["$ k de", "delete    describe  deploy", "$ k de"]);
    expect((await type(["k de\x1b*"], { complete })).lines).toEqual(["$ k delete describe deploy"]);
  });

  it("rings the bell when there is nothing", async () => {
    expect((await type(["zz\t"], { complete })).raw).toContain("\x07");
  });

  it("asks before it lists more than a hundred", async () => {
    const many = Array.from({ length: 120 }, (_, i) => ({ text: `w${String(i).padStart(3, "0")}` }));
    const screen = await type(["w\t\t"], { complete: () => ({ start: 0, candidates: many }) });
    expect(screen.lines).toEqual(["$ w", "Display all 120 possibilities? (y or n)"]);
    const refused = await type(["w\t\tn"], { complete: () => ({ start: 0, candidates: many }) });
    expect(refused.lines).toEqual(["$ w", "Display all 120 possibilities? (y or n)", "$ w"]);
  });

  it("queues what is typed while candidates are still being looked up", async () => {
    let answer: (() => void) | undefined;
    const slow = (text: string, cursor: number) =>
      new Promise<ReturnType<typeof complete>>((resolve) => {
        answer = () => resolve(complete(text, cursor));
      });
    const { machine, run, clock } = createTestMachine();
    const tty = machine.openTty({ columns: 40, rows: 10 });
    let result: EditResult | null = null;
    const done = run(
      async (process) => {
        result = await readLine({ process, prompt: "$ ", complete: slow });
        return 0;
      },
      { tty },
    );
    await clock.sleep(1);
    tty.input("des\tpod\r");
    await clock.sleep(1);
    expect(result).toBeNull();
    answer?.();
    await done;
    expect(result).toEqual(line("describe pod"));
  });
});
