/** `match` and its kin: Oniguruma's Perl syntax, run by JavaScript's engine. */
import { described, type Json, JqError } from "./values.ts";

const MAX_PATTERN_LENGTH = 4096;
const CLASSES: Readonly<Record<string, string>> = {
  alnum: "\\p{L}\\p{N}",
  alpha: "\\p{L}",
  blank: " \\t",
  cntrl: "\\p{Cc}",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "\\p{Ll}",
  print: "\\x20-\\x7e",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\s",
  upper: "\\p{Lu}",
  word: "\\w",
  xdigit: "0-9A-Fa-f",
};

function translate(pattern: string, isExtended: boolean): string {
  let out = "";
  let isInClass = false;
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at] ?? "";
    if (char === "\\") out += translateEscape(pattern[++at] ?? "", isInClass);
    else if (isInClass) {
      const posix = /^\[:(\^?)(\w+):\]/.exec(pattern.slice(at));
      const set = CLASSES[posix?.[2] ?? ""];
      if (posix && set !== undefined) {
        out += set;
        at += posix[0].length - 1;
      } else if (char === "[") out += "\\[";
      else {
        out += char;
        if (char === "]") isInClass = false;
      }
    } else if (char === "[") {
      isInClass = true;
      out += char;
      if (pattern[at + 1] === "^") out += pattern[++at];
      if (pattern[at + 1] === "]") {
        out += "\\]";
        at++;
      }
    } else if (char === "$") out += "(?=\\n?$)";
    else if (isExtended && /\s/.test(char)) continue;
    else if (isExtended && char === "#") {
      while (at + 1 < pattern.length && pattern[at + 1] !== "\n") at++;
    } else if (char === "{" && !/^\{\d*,?\d*\}/.test(pattern.slice(at))) out += "\\{";
    else if (char === "}" && !/\{\d*,?\d*$/.test(out)) out += "\\}";
    else if (char === "]") out += "\\]";
    else out += char;
  }
  if (isInClass) throw new JqError("Regex failure: premature end of char-class");
  return out;
}

function translateEscape(char: string, isInClass: boolean): string {
  if (char === "A") return "^";
  if (char === "z") return "(?![\\s\\S])";
  if (char === "Z") return "(?=\\n?(?![\\s\\S]))";
  if (char === "h") return isInClass ? "0-9a-fA-F" : "[0-9a-fA-F]";
  if (char === "a") return "\\x07";
  if (char === "e") return "\\x1b";
  if (char === "-" && isInClass) return "\\-";
  if (/[A-Za-z0-9^$\\.*+?()[\]{}|/]/.test(char)) return `\\${char}`;
  return char;
}

function compileRegex(pattern: string, flags: ReadonlySet<string>): RegExp {
  if (pattern.length > MAX_PATTERN_LENGTH) throw new JqError("Regex failure: too big wide-char value");
  const letters = `dgu${flags.has("i") ? "i" : ""}${flags.has("s") || flags.has("p") ? "s" : ""}`;
  const inline = /^\(\?([imsx]+)\)/.exec(pattern);
  const isExtended = flags.has("x") || (inline?.[1]?.includes("x") ?? false);
  const ignores = inline?.[1]?.includes("i") && !letters.includes("i") ? "i" : "";
  const spans = inline?.[1]?.includes("m") && !letters.includes("s") ? "s" : "";
  try {
    const source = translate(inline ? pattern.slice(inline[0].length) : pattern, isExtended);
    return new RegExp(source, letters + ignores + spans);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JqError(`Regex failure: ${complaint(error.message)}`);
  }
}

function complaint(message: string): string {
  if (/Unterminated group/.test(message)) return "end pattern with unmatched parenthesis";
  if (/Unmatched '\)'/.test(message)) return "unmatched close parenthesis";
  if (/Nothing to repeat/.test(message)) return "target of repeat operator is not specified";
  if (/Unterminated character class/.test(message)) return "premature end of char-class";
  if (/out of order/.test(message)) return "empty range in char class";
  if (/at end of pattern/.test(message)) return "end pattern at escape";
  return "undefined group option";
}

/** `_match_impl`: all matches as objects, or, to test, whether there is one. */
export function matchRegex(input: Json, pattern: Json, modifiers: Json, isTest: boolean): Json {
  if (typeof input !== "string") throw new JqError(`${described(input)} cannot be matched, as it is not a string`);
  if (typeof pattern !== "string") throw new JqError(`${described(pattern)} cannot be matched, as it is not a string`);
  if (modifiers !== null && typeof modifiers !== "string") throw new JqError(`${described(modifiers)} is not a string`);
  const flags = new Set<string>(modifiers ?? "");
  for (const flag of flags) {
    if (!"gimnpslx".includes(flag)) throw new JqError(`${modifiers} is not a valid modifier string`);
  }
  const regex = compileRegex(pattern, flags);
  if (isTest) return regex.test(input);
  const codePoints = codePointOffsets(input);
  const out: Json[] = [];
  for (const match of input.matchAll(regex)) {
    if (flags.has("n") && match[0] === "") continue;
    // The engine jq uses does not look behind the last character, unless there is none.
    if (match[0] === "" && match.index === input.length && input.length > 0 && flags.has("g")) continue;
    out.push(matchObject(match, codePoints));
    if (!flags.has("g")) break;
  }
  return out;
}

function codePointOffsets(text: string): (unit: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (unit) => unit;
  return (unit) => [...text.slice(0, unit)].length;
}

function matchObject(match: RegExpExecArray, offsetOf: (unit: number) => number): Json {
  const names = new Map<number, string>();
  const indices = match.indices;
  for (const [name, range] of Object.entries(indices?.groups ?? {})) {
    const at = indices?.findIndex((one, index) => index > 0 && !names.has(index) && one === range) ?? -1;
    if (at > 0) names.set(at, name);
  }
  nameByOrder(match, names);
  const captures = match.slice(1).map((text: string | undefined, at): Json => {
    const range = indices?.[at + 1];
    const name = names.get(at + 1) ?? null;
    if (text === undefined || !range) return record({ offset: -1, string: null, length: 0, name });
    return record({ offset: offsetOf(range[0]), length: [...text].length, string: text, name });
  });
  const [whole] = match;
  return record({ offset: offsetOf(match.index), length: [...whole].length, string: whole, captures });
}

/** Named groups that matched nothing have no range to be found by; they keep the order of the pattern. */
function nameByOrder(match: RegExpExecArray, names: Map<number, string>): void {
  const order = Object.keys(match.groups ?? {});
  const missing = order.filter((name) => ![...names.values()].includes(name));
  for (const name of missing) {
    const before = order.slice(0, order.indexOf(name)).at(-1);
    const start = [...names].find(([, known]) => known === before)?.[0] ?? 0;
    for (let at = start + 1; at < match.length; at++) {
      if (names.has(at) || match[at] !== undefined) continue;
      names.set(at, name);
      break;
    }
  }
}

export function record(fields: Readonly<Record<string, Json>>): Json {
  return new Map(Object.entries(fields));
}
