/** less and more: pages on a terminal, plain copies elsewhere. */
import { RAW_MODES } from "../../machine/tty.ts";
import type { Process, Program } from "../../machine/types.ts";
import { chunks, readAllText } from "../toolkit/input.ts";
import { isErrno, toolName } from "../toolkit/tool.ts";
import { KeyReader } from "../vi/keys.ts";

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
        await page(process, text, files[0] ?? "", name);
        return 0;
      } catch (error) {
        if (!isErrno(error) || error.code === "EPIPE") throw error;
        await process.stderr.write(
          `${name === "less" ? "" : `${toolName(process)}: `}${error.path ?? files[0] ?? ""}: ${error.message}\n`,
        );
        return 1;
      }
    },
  };
}

async function page(process: Process, text: string, title: string, name: "less" | "more"): Promise<void> {
  const tty = process.stdout.file.tty ?? process.tty;
  const lines = text.replace(/\n$/, "").split("\n");
  if (!tty || (name === "more" && lines.length < tty.size.rows)) {
    await process.stdout.write(text);
    return;
  }
  const saved = { ...tty.modes };
  tty.setModes({ ...RAW_MODES });
  await process.stdout.write("\u001b[?1049h");
  const reader = new KeyReader();
  let top = 0;
  let pattern = "";
  let query: string | null = null;
  try {
    while (true) {
      const height = tty.size.rows - 1;
      const last = Math.max(0, lines.length - height);
      top = Math.max(0, Math.min(top, last));
      const shown = lines.slice(top, top + height).map((line) => line.slice(0, tty.size.columns));
      while (shown.length < height) shown.push("~");
      const prompt =
        query !== null
          ? `/${query}`
          : top >= last
            ? "\u001b[7m(END)\u001b[0m"
            : top === 0 && title !== ""
              ? `\u001b[7m${title}\u001b[0m`
              : ":";
      await process.stdout.write(`\u001b[H${shown.map((line) => `${line}\u001b[K`).join("\r\n")}\r\n${prompt}\u001b[K`);
      const bytes = await process.readFrom(tty.file, 256);
      if (bytes.length === 0) return;
      for (const key of reader.push(bytes)) {
        const pressed = key.kind === "key" ? key.name : "";
        if (query !== null) {
          if (pressed === "<CR>") {
            pattern = query || pattern;
            query = null;
            top = next(lines, pattern, top + 1) ?? top;
          } else if (pressed === "<Esc>" || pressed === "<C-c>") query = null;
          else if (pressed === "<BS>") query = query === "" ? null : query.slice(0, -1);
          else query += pressed.length === 1 ? pressed : "";
          continue;
        }
        if (pressed === "q" || pressed === "Q" || pressed === "<C-c>") return;
        if (pressed === "/") query = "";
        else if (pressed === "n") top = next(lines, pattern, top + 1) ?? top;
        else
          top +=
            {
              j: 1,
              "<Down>": 1,
              "<CR>": 1,
              k: -1,
              "<Up>": -1,
              " ": height,
              f: height,
              "<PageDown>": height,
              "<C-f>": height,
              b: -height,
              "<PageUp>": -height,
              "<C-b>": -height,
              d: height >> 1,
              u: -(height >> 1),
              g: -lines.length,
              "<Home>": -lines.length,
              G: lines.length,
              "<End>": lines.length,
            }[pressed] ?? 0;
      }
    }
  } finally {
    tty.setModes(saved);
    await process.stdout.write("\u001b[?1049l").catch(() => undefined);
  }
}

function next(lines: readonly string[], pattern: string, from: number): number | null {
  const index = lines.findIndex((line, at) => at >= from && line.includes(pattern));
  return index === -1 ? null : index;
}

export const less = pager("less");
export const more = pager("more");
