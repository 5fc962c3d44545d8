import headless from "@xterm/headless";
import { describe, expect, test } from "vitest";
import { limits } from "./limits.ts";
import { type Replay, ScreenLog } from "./screen-log.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** What a person sees: rows of text, cursor, and which of the two screens. */
async function show(replay: Replay): Promise<unknown> {
  const terminal = new headless.Terminal({ cols: 80, rows: 24, scrollback: 1000, allowProposedApi: true });
  for (const entry of replay.entries) {
    if (entry.kind === "size") terminal.resize(entry.size.columns, entry.size.rows);
    else await new Promise<void>((resolve) => terminal.write(entry.bytes, resolve));
  }
  const { active } = terminal.buffer;
  const rows: string[] = [];
  for (let row = 0; row < active.length; row++) rows.push(active.getLine(row)?.translateToString(true) ?? "");
  return {
    rows: rows.join("\n").trimEnd(),
    cursor: [active.cursorX, active.cursorY],
    screen: active.type,
    modes: terminal.modes.bracketedPasteMode,
  };
}

describe("a screen's log", () => {
  test("replays the very bytes while they are few", () => {
    const log = new ScreenLog({ columns: 80, rows: 24 });
    log.append(encode("one\r\n"));
    log.append(encode("two"));
    const replay = log.replay();
    expect(replay.isWhole).toBe(true);
    expect(replay.offset).toBe(8);
    const bytes = replay.entries.flatMap((entry) => (entry.kind === "bytes" ? [...entry.bytes] : []));
    expect(new TextDecoder().decode(new Uint8Array(bytes))).toBe("one\r\ntwo");
  });

  test("sends only what was missed to whoever knows the rest", () => {
    const log = new ScreenLog({ columns: 80, rows: 24 });
    log.append(encode("one two "));
    const { epoch, offset } = log.replay();
    log.append(encode("three"));
    const rest = log.replay({ epoch, offset: offset - 2 });
    expect(rest.isWhole).toBe(false);
    expect(rest.entries.map((entry) => entry.kind === "bytes" && new TextDecoder().decode(entry.bytes))).toEqual([
      "o three",
    ]);
    expect(log.replay({ epoch: "another", offset }).isWhole).toBe(true);
    expect(log.replay({ epoch, offset: 999 }).isWhole).toBe(true);
  });

  test("a drawing shows the same screen as the bytes it replaced", async () => {
    const log = new ScreenLog({ columns: 40, rows: 10 });
    for (let line = 0; line < 60; line++) log.append(encode(`\x1b[3${line % 8}mline ${line}\x1b[0m\r\n`));
    log.append(encode("\x1b[?2004h$ ls"));
    log.resize({ columns: 60, rows: 12 });
    log.append(encode(" -l\r\n\x1b[?1049h\x1b[5;7Hin vim"));
    const before = await show(log.replay());
    await log.compact();
    const drawn = log.replay();
    expect(await show(drawn)).toEqual(before);
    log.append(encode("\x1b[?1049lback"));
    expect(JSON.stringify(await show(log.replay()))).toContain("back");
  });

  test("stays bounded however much is printed, and loses nothing of the last screen", async () => {
    const log = new ScreenLog({ columns: 80, rows: 24 });
    for (let line = 0; line < 40_000; line++) {
      log.append(encode(`${String(line).padStart(40, ".")}\r\n`));
      await log.pressure;
    }
    await log.compact();
    const size = log
      .replay()
      .entries.reduce((sum, entry) => sum + (entry.kind === "bytes" ? entry.bytes.length : 0), 0);
    expect(size).toBeLessThan(limits.screenLogBytes);
    expect(JSON.stringify(await show(log.replay()))).toContain("39999");
  });

  test("is the same after the store", async () => {
    const log = new ScreenLog({ columns: 50, rows: 8 });
    log.append(encode("\x1b[31mred\x1b[0m text\r\n$ "));
    const before = await show(log.replay());
    const again = ScreenLog.restore(await log.store());
    expect(again.size).toEqual({ columns: 50, rows: 8 });
    expect(await show(again.replay())).toEqual(before);
  });

  test("after clear everybody needs the whole", () => {
    const log = new ScreenLog({ columns: 80, rows: 24 });
    log.append(encode("secret"));
    const { epoch, offset } = log.replay();
    log.clear();
    expect(log.replay({ epoch, offset }).isWhole).toBe(true);
    expect(log.replay().entries).toEqual([{ kind: "size", size: { columns: 80, rows: 24 } }]);
  });
});
