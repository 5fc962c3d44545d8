import { ToolError } from "../toolkit/tool.ts";

const CLASSES: Readonly<Record<string, (code: number) => boolean>> = {
  alpha: (code) => (code >= 65 && code <= 90) || (code >= 97 && code <= 122),
  digit: (code) => code >= 48 && code <= 57,
  alnum: (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122),
  upper: (code) => code >= 65 && code <= 90,
  lower: (code) => code >= 97 && code <= 122,
  space: (code) => code === 32 || (code >= 9 && code <= 13),
  blank: (code) => code === 32 || code === 9,
  punct: (code) =>
    (code >= 33 && code <= 47) ||
    (code >= 58 && code <= 64) ||
    (code >= 91 && code <= 96) ||
    (code >= 123 && code <= 126),
  print: (code) => code >= 32 && code <= 126,
  graph: (code) => code >= 33 && code <= 126,
  cntrl: (code) => code < 32 || code === 127,
  xdigit: (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 70) || (code >= 97 && code <= 102),
};

const ESCAPES: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11, "\\": 92 };

/** A set as tr spells it, as bytes in order; `[x*n]` repeats fill up to `fillTo`. */
export function expandSet(spelling: string, fillTo = 0): readonly number[] {
  const bytes = [...new TextEncoder().encode(spelling)];
  const set: number[] = [];
  let at = 0;
  const one = (): number => {
    const byte = bytes[at++] ?? 0;
    if (byte !== 92 || at >= bytes.length) return byte;
    const octal = /^[0-7]{1,3}/.exec(String.fromCharCode(...bytes.slice(at, at + 3)));
    if (octal) {
      at += octal[0].length;
      return Number.parseInt(octal[0], 8) & 255;
    }
    const letter = String.fromCharCode(bytes[at++] ?? 0);
    return ESCAPES[letter] ?? letter.charCodeAt(0);
  };
  while (at < bytes.length) {
    const rest = String.fromCharCode(...bytes.slice(at));
    const named = /^\[:(\w+):\]/.exec(rest);
    if (named) {
      const test = CLASSES[named[1] ?? ""];
      if (!test) throw new ToolError(`invalid character class '${named[1]}'`);
      for (let code = 0; code < 256; code++) if (test(code)) set.push(code);
      at += named[0].length;
      continue;
    }
    const equivalent = /^\[=(.)=\]/s.exec(rest);
    if (equivalent) {
      set.push((equivalent[1] ?? "").charCodeAt(0));
      at += equivalent[0].length;
      continue;
    }
    const repeat = /^\[(.)\*(\d*)\]/s.exec(rest);
    if (repeat) {
      const count = repeat[2] === "" || repeat[2] === "0" ? Math.max(0, fillTo - set.length) : Number(repeat[2]);
      for (let index = 0; index < count; index++) set.push((repeat[1] ?? "").charCodeAt(0));
      at += repeat[0].length;
      continue;
    }
    const first = one();
    if (bytes[at] === 45 && at + 1 < bytes.length) {
      at++;
      const last = one();
      if (last < first) {
        throw new ToolError(
          `range-endpoints of '${String.fromCharCode(first)}-${String.fromCharCode(last)}' are in reverse collating sequence order`,
        );
      }
      for (let code = first; code <= last; code++) set.push(code);
    } else {
      set.push(first);
    }
  }
  return set;
}
