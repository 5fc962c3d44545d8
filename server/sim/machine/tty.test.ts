import { describe, expect, it } from "vitest";
import { createTestMachine } from "./testing/machine.ts";
import { COOKED_MODES, PseudoTerminal, RAW_MODES } from "./tty.ts";

function open(): { readonly tty: PseudoTerminal; readonly screen: () => string; readonly signals: string[] } {
  const signals: string[] = [];
  const tty = new PseudoTerminal({
    name: "/dev/pts/0",
    size: { columns: 80, rows: 24 },
    signalGroup: (group, signal) => signals.push(`${signal} ${group}`),
  });
  tty.foregroundProcessGroup = 7;
  let text = "";
  tty.onOutput((bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  return { tty, screen: () => text, signals };
}

const read = async (tty: PseudoTerminal): Promise<string> => new TextDecoder().decode(await tty.read(4096));

describe("a terminal in canonical mode", () => {
  it("echoes, edits and hands out whole lines", async () => {
    const { tty, screen } = open();
    tty.input("hellp\x7fo\r");
    expect(await read(tty)).toBe("hello\n");
    expect(screen()).toBe("hellp\b \bo\r\n");
    tty.input("one two\x17\x15three\r");
    expect(await read(tty)).toBe("three\n");
    tty.input("aé\x7f\r");
    expect(await read(tty)).toBe("a\n");
  });

  it("gives what stands there at ^D, and the end of file when nothing does", async () => {
    const { tty } = open();
    tty.input("ab\x04\x04");
    expect([await read(tty), await read(tty)]).toEqual(["ab", ""]);
  });

  it("makes signals of ^C, ^Z and ^\\ and forgets the line", async () => {
    const { tty, screen, signals } = open();
    tty.input("abc\x03\x1a\x1cx\r");
    expect(signals).toEqual(["SIGINT 7", "SIGTSTP 7", "SIGQUIT 7"]);
    expect(screen()).toBe("abc^C^Z^\\x\r\n");
    expect(await read(tty)).toBe("x\n");
  });

  it("gives a long line in pieces and keeps lines apart", async () => {
    const { tty } = open();
    tty.input("abcdef\rgh\r");
    const pieces = [await tty.read(4), await tty.read(4), await tty.read(10)].map((bytes) =>
      new TextDecoder().decode(bytes),
    );
    expect(pieces).toEqual(["abcd", "ef\n", "gh\n"]);
  });
});

describe("a terminal in raw mode", () => {
  it("passes bytes on unseen", async () => {
    const { tty, screen, signals } = open();
    tty.setModes(RAW_MODES);
    tty.input("a\x03\r");
    expect([await read(tty), screen(), signals]).toEqual(["a\x03\r", "", []]);
  });

  it("hands what was typed ahead to a reader of lines, without showing it again", async () => {
    const { tty, screen } = open();
    tty.setModes(RAW_MODES);
    tty.input("one\rtwx\x7fo\r");
    tty.setModes(COOKED_MODES);
    expect(await read(tty)).toBe("one\n");
    expect(await read(tty)).toBe("two\n");
    expect(screen()).toBe("");
    tty.input("x");
    expect(screen()).toBe("x");
  });

  it("makes what was typed ahead readable when it begins", async () => {
    const { tty } = open();
    tty.input("ls\rpartial");
    tty.setModes(RAW_MODES);
    expect(await read(tty)).toBe("ls\npartial");
  });
});

describe("output", () => {
  it("waits for a slow screen beyond its bound, and ^C frees the writer at once", async () => {
    const { machine, run, clock } = createTestMachine();
    const tty = machine.openTty({ columns: 80, rows: 24 });
    const chunks: number[] = [];
    tty.onOutput((bytes) => {
      chunks.push(bytes.length);
      return new Promise(() => {});
    });
    let written = 0;
    const done = run(
      async (process) => {
        for (;;) {
          await process.stdout.write("x".repeat(1024));
          written++;
        }
      },
      { tty },
    );
    await clock.sleep(100);
    expect(written).toBe(1 + 256);
    expect(chunks).toEqual([1024]);
    const before = clock.now();
    tty.input("\x03");
    expect((await done).code).toBe(130);
    expect(clock.now()).toBe(before);
  });

  it("tells the foreground group of a new size, and the session that it hung up", async () => {
    const { machine, run, clock } = createTestMachine();
    const tty = machine.openTty({ columns: 80, rows: 24 });
    const sizes: number[] = [];
    const done = run(
      async (process) => {
        process.onSignal("SIGWINCH", () => sizes.push(tty.size.columns));
        await process.sleep(1e6);
        return 0;
      },
      { tty },
    );
    await clock.sleep(1);
    tty.resize({ columns: 100, rows: 24 });
    tty.resize({ columns: 100, rows: 24 });
    tty.hangUp();
    expect((await done).code).toBe(129);
    expect(sizes).toEqual([100]);
  });

  it("stops a background job that reads", async () => {
    const { machine, run, clock } = createTestMachine();
    const tty = machine.openTty({ columns: 80, rows: 24 });
    const result = await run(
      async (process) => {
        let line: string | null = null;
        const child = process.fork(
          ["reader"],
          async (self) => {
            line = await self.stdin.readLine();
            return 0;
          },
          { processGroup: 0 },
        );
        await clock.sleep(5);
        expect(child.isStopped).toBe(true);
        tty.foregroundProcessGroup = child.pid;
        process.kill(-child.pid, "SIGCONT");
        tty.input("typed\r");
        await child.exit;
        expect(line).toBe("typed");
        return 0;
      },
      { tty },
    );
    expect(result.code).toBe(0);
  });
});
