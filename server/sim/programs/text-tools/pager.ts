/** less and more: pages on a terminal, plain copies elsewhere. */
import { RAW_MODES } from "../../machine/tty.ts";
import { createInterruption } from "../../machine/interruption.ts";
import type { ErrnoError, Process, Program, Tty } from "../../machine/types.ts";
import { bytesOf, chunks, readAllText } from "../toolkit/input.ts";
import { isErrno, toolName } from "../toolkit/tool.ts";
import { KeyReader } from "../vi/keys.ts";
import { PagerView } from "./pager-view.ts";

function pager(name: "less" | "more"): Program {
  return {
    name,
    async run(process) {
      const files = process.argv.slice(1).filter((word) => !/^[-+]./.test(word));
      try {
        if (!process.stdout.isTty) {
          for (const file of files.length === 0 ? ["-"] : files)
            for await (const part of chunks(process, file)) await process.stdout.write(part);
          return 0;
        }
        let text = "";
        for (const file of files.length === 0 ? ["-"] : files) text += await readAllText(process, file);
        if (name === "less") await pageThrough(process, text, files[0] ?? "", process.argv.slice(1));
        else await showMore(process, text, files.length > 0);
        return 0;
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        await process.stderr.write(`${complaint(process, name, error)}\n`);
        return 1;
      }
    },
  };
}

/** less names a file as it was given, more as it was found. */
function complaint(process: Process, name: "less" | "more", { code, path = "", message }: ErrnoError): string {
  if (name === "more") return `${toolName(process)}: ${path}: ${message}`;
  const given = process.argv.slice(1).find((word) => process.resolve(word) === path) ?? path;
  return code === "EISDIR" ? `${given} is a directory` : `${given}: ${message}`;
}

/** Letters of the options, bundled or not. */
function lettersOf(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.filter((word) => /^-[a-zA-Z]+$/.test(word)).join(""));
}

async function pageThrough(process: Process, text: string, title: string, words: readonly string[]): Promise<void> {
  const tty = process.stdout.file.tty ?? process.tty;
  const letters = lettersOf(words);
  const view = new PagerView(text, {
    chops: letters.has("S"),
    numbers: letters.has("N"),
    passesColours: letters.has("R") || letters.has("r"),
    ignoresCase: letters.has("i") || letters.has("I"),
    title,
  });
  if (tty) view.resize(tty.size);
  if (!tty) return process.stdout.write(text);
  if (letters.has("F") && view.fitsOnScreen) return process.stdout.write(`${view.picture().rows.join("\n")}\n`);
  const reader = new KeyReader();
  // `+G`, `+50`, `+/text`: keys pressed at the start.
  for (const word of words.filter((each) => /^\+./.test(each))) {
    const keys = /^\+\d+$/.test(word)
      ? `${word.slice(1)}g`
      : word.startsWith("+/")
        ? `${word.slice(1)}\r`
        : word.slice(1);
    for (const key of reader.push(bytesOf(keys))) if (key.kind === "key") view.press(key.name);
  }
  await onScreen(process, tty, !letters.has("X"), () => showAndPress(process, tty, view, reader));
}

/** Shows the view and gives it the keys until one ends it. */
async function showAndPress(process: Process, tty: Tty, view: PagerView, reader: KeyReader): Promise<void> {
  let hasResized = createInterruption();
  const cancel = process.onSignal("SIGWINCH", () => hasResized.interrupt("resized"));
  try {
    for (;;) {
      view.resize(tty.size);
      const { rows, prompt } = view.picture();
      const shown = rows.map((row) => `${row}\x1b[K\r\n`).join("");
      await process.stdout.write(`\x1b[H${shown}${prompt}\x1b[J`);
      try {
        const bytes = await process.readFrom(tty.file, 256, hasResized.interruption);
        if (bytes.length === 0) return;
        for (const key of reader.push(bytes)) if (key.kind === "key" && view.press(key.name)) return;
      } catch (error) {
        if (!hasResized.interruption.isInterrupted) throw error;
        hasResized = createInterruption();
      }
    }
  } finally {
    cancel();
  }
}

/** The terminal is raw, and shows another screen, while `use` runs. */
async function onScreen(process: Process, tty: Tty, isOther: boolean, use: () => Promise<void>): Promise<void> {
  const saved = { ...tty.modes };
  tty.setModes({ ...RAW_MODES });
  if (isOther) await process.stdout.write("\u001b[?1049h");
  try {
    await use();
  } finally {
    tty.setModes(saved);
    await process.stdout.write(isOther ? "\u001b[?1049l" : "\r\u001b[K").catch(() => undefined);
  }
}

/** more: below what the screen shows, a page at a time, until the text ends. */
async function showMore(process: Process, text: string, isFile: boolean): Promise<void> {
  const tty = process.stdout.file.tty ?? process.tty;
  const lines = text.replace(/\n$/, "").split("\n");
  if (!tty || lines.length < tty.size.rows) {
    await process.stdout.write(text);
    return;
  }
  let at = 0;
  let shownBytes = 0;
  const total = bytesOf(text).length;
  const show = async (count: number): Promise<void> => {
    const part = lines
      .slice(at, at + count)
      .map((line) => `${line}\n`)
      .join("");
    at += count;
    shownBytes += bytesOf(part).length;
    await process.stdout.write(`\r\u001b[K${part}`);
  };
  await onScreen(process, tty, false, async () => {
    await show(tty.size.rows - 1);
    const reader = new KeyReader();
    while (at < lines.length) {
      const share = isFile ? `(${Math.floor((shownBytes * 100) / total)}%)` : "";
      await process.stdout.write(`\u001b[7m--More--${share}\u001b[27m`);
      const bytes = await process.readFrom(tty.file, 256);
      if (bytes.length === 0) return;
      for (const key of reader.push(bytes)) {
        const name = key.kind === "key" ? key.name : "";
        if (name === "q" || name === "Q" || name === "<C-c>") return;
        if (name === " " || name === "f" || name === "<C-f>") await show(tty.size.rows - 1);
        else if (name === "<CR>" || name === "j") await show(1);
        else if (name === "d" || name === "<C-d>") await show(11);
        else await process.stdout.write("\r");
      }
    }
  });
}

export const less = pager("less");
export const more = pager("more");
