import { readAll, utf8 } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";

/** coreutils 9.1 and busybox: base64. */
export const base64 = defineTool({
  name: "base64",
  usage: "Usage: base64 [OPTION]... [FILE]\nBase64 encode or decode FILE, or standard input, to standard output.",
  options: [o("d", "decode"), o("D", "decode"), o("i", "ignore-garbage"), o("w", "wrap", "required")],
  async run(process, options) {
    const operand = options.operands[0] ?? "-";
    let input: Uint8Array;
    try {
      input = await readAll(process, operand);
    } catch (error) {
      return reportOpenFailure(process, operand, error);
    }
    if (!options.has("decode")) {
      const text = encode(input);
      const width = Number(options.value("wrap") ?? 76);
      if (width === 0) await process.stdout.write(text);
      else await process.stdout.write(text.replace(new RegExp(`.{1,${width}}`, "g"), "$&\n"));
      return 0;
    }
    const garbage = options.has("ignore-garbage") ? /[^A-Za-z0-9+/=]/g : /\n/g;
    const text = utf8(input).replace(garbage, "");
    const { bytes, isValid } = decode(text);
    await process.stdout.write(bytes);
    if (isValid) return 0;
    await process.stderr.write("base64: invalid input\n");
    return 1;
  },
});

export function encode(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** Decodes as far as the text is valid. */
export function decode(text: string): { bytes: Uint8Array; isValid: boolean } {
  const valid = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(text)?.[0] ?? "";
  let rest = text.slice(valid.length);
  let usable = valid;
  // What is left of an incomplete group still holds whole bytes.
  const tail = /^[A-Za-z0-9+/]{2,3}/.exec(rest)?.[0];
  if (tail !== undefined) {
    usable += tail.padEnd(4, "=");
    rest = rest === tail ? "x" : rest;
  }
  const binary = atob(usable);
  return { bytes: Uint8Array.from(binary, (char) => char.charCodeAt(0)), isValid: rest === "" };
}
