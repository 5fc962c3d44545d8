/** POSIX extended regular expressions, as `[[ =~ ]]` takes them, in JavaScript's syntax. */

const CLASSES: Readonly<Record<string, string>> = {
  alnum: "A-Za-z0-9",
  alpha: "A-Za-z",
  blank: " \\t",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "\\x21-\\x7e",
  lower: "a-z",
  print: "\\x20-\\x7e",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\s",
  upper: "A-Z",
  xdigit: "0-9A-Fa-f",
};

const cache = new Map<string, RegExp | null>();

/** Null when the expression is no valid one. */
export function toExtendedRegExp(pattern: string, ignoreCase: boolean): RegExp | null {
  const key = `${ignoreCase ? "i" : ""}:${pattern}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = build(pattern, ignoreCase);
  if (cache.size > 300) cache.clear();
  cache.set(key, made);
  return made;
}

function build(pattern: string, ignoreCase: boolean): RegExp | null {
  try {
    return new RegExp(translate(pattern), ignoreCase ? "sui" : "su");
  } catch {
    return null;
  }
}

function translate(pattern: string): string {
  let source = "";
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern.charAt(index);
    if (character === "[") {
      const end = bracketEnd(pattern, index);
      if (end < 0) throw new SyntaxError("brackets ([ ]) not balanced");
      source += bracket(pattern.slice(index + 1, end));
      index = end;
    } else if (character === "\\") {
      const next = pattern.charAt(++index);
      source += translateEscape(next);
    } else if (character === "{" && !/^\{[0-9]+(,[0-9]*)?\}/.test(pattern.slice(index))) source += "\\{";
    else if (character === "}" && !/\{[0-9]+(,[0-9]*)?$/.test(pattern.slice(0, index))) source += "\\}";
    else if (character === "]") source += "\\]";
    else if (character === "/") source += "\\/";
    else source += character;
  }
  return source;
}

function translateEscape(character: string): string {
  if (character === "") return "\\\\";
  // GNU's additions.
  if (/[wWsSbB]/.test(character)) return `\\${character}`;
  if (character === "<") return "\\b(?=\\w)";
  if (character === ">") return "\\b(?<=\\w)";
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function bracketEnd(pattern: string, open: number): number {
  let index = open + 1;
  if (pattern[index] === "^") index++;
  if (pattern[index] === "]") index++;
  for (; index < pattern.length; index++) {
    if (pattern[index] === "[" && /[:.=]/.test(pattern[index + 1] ?? "")) {
      const end = pattern.indexOf(`${pattern[index + 1]}]`, index + 2);
      if (end < 0) return -1;
      index = end + 1;
    } else if (pattern[index] === "]") return index;
  }
  return -1;
}

function bracket(body: string): string {
  const isNegated = body.startsWith("^");
  let set = "";
  for (let index = isNegated ? 1 : 0; index < body.length; index++) {
    const special = /^\[([:.=])(.*?)\1\]/s.exec(body.slice(index));
    if (special) {
      set += special[1] === ":" ? classOf(special[2] ?? "") : escapeInSet(special[2] ?? "");
      index += special[0].length - 1;
    } else if (body[index] === "-" && set !== "" && index < body.length - 1) set += "-";
    else set += escapeInSet(body.charAt(index));
  }
  return `[${isNegated ? "^" : ""}${set}]`;
}

function classOf(name: string): string {
  const known = CLASSES[name];
  if (known === undefined) throw new SyntaxError("invalid character class");
  return known;
}

function escapeInSet(text: string): string {
  return text.replace(/[\\\]^[/-]/g, "\\$&");
}
