/** What `${x#…}`, `${x/…/…}` and `${x^…}` do to one string. */
import { compilePattern, patternSource } from "./pattern.ts";

export function removeMatch(
  text: string,
  pattern: string,
  operator: "#" | "##" | "%" | "%%",
  extglob: boolean,
): string {
  if (pattern === "") return text;
  if (operator === "#" || operator === "##") return removePrefix(text, pattern, operator === "##", extglob);
  const source = patternSource(pattern, { extglob });
  const match = safeRegExp(`^([\\s\\S]*${operator === "%%" ? "?" : ""})(?:${source})$`)?.exec(text);
  return match ? (match[1] ?? "") : text;
}

function removePrefix(text: string, pattern: string, isLongest: boolean, extglob: boolean): string {
  const source = patternSource(pattern, { extglob });
  const rest = isLongest ? "([\\s\\S]*?)" : "([\\s\\S]*)";
  const match = safeRegExp(`^(?:${isLongest ? source : lazy(source)})${rest}$`)?.exec(text);
  return match ? (match[1] ?? "") : text;
}

/** The same expression preferring short matches. Only our own quantifiers occur in it. */
function lazy(source: string): string {
  return source.replaceAll("\\*", "\u0000").replaceAll(".*", ".*?").replaceAll("\u0000", "\\*");
}

function safeRegExp(source: string, flags = "su"): RegExp | undefined {
  try {
    return new RegExp(source, flags);
  } catch {
    return undefined;
  }
}

export interface Replacement {
  readonly pattern: string;
  /** With `\&` for an ampersand that means itself. */
  readonly replacement: string;
  readonly operator: "/" | "//" | "/#" | "/%";
  readonly extglob: boolean;
  readonly ignoreCase: boolean;
  readonly expandsAmpersand: boolean;
}

export function replaceMatches(text: string, options: Replacement): string {
  const { pattern, operator } = options;
  const substitute = (match: string): string => fillIn(options.replacement, match, options.expandsAmpersand);
  if (pattern === "")
    return operator === "/#" ? substitute("") + text : operator === "/%" ? text + substitute("") : text;
  const source = patternSource(pattern, { extglob: options.extglob });
  const anchored = operator === "/#" ? `^(?:${source})` : operator === "/%" ? `(?:${source})$` : source;
  const expression = safeRegExp(anchored, `${operator === "//" ? "g" : ""}su${options.ignoreCase ? "i" : ""}`);
  if (!expression) return text;
  let isFirst = true;
  return text.replace(expression, (match: string) => {
    // Patterns that match nothing replace once, at the start, as bash does.
    if (match === "" && operator === "//" && !(isFirst && text === "")) return "";
    isFirst = false;
    return substitute(match);
  });
}

function fillIn(replacement: string, match: string, expandsAmpersand: boolean): string {
  if (!/[&\\]/.test(replacement)) return replacement;
  let result = "";
  for (let index = 0; index < replacement.length; index++) {
    const character = replacement.charAt(index);
    const next = replacement[index + 1];
    if (character === "\\" && (next === "&" || next === "\\")) {
      result += next;
      index++;
    } else if (character === "&" && expandsAmpersand) result += match;
    else result += character;
  }
  return result;
}

export function changeCase(
  text: string,
  operator: "^" | "^^" | "," | ",," | "~" | "~~",
  pattern: string,
  extglob: boolean,
): string {
  const matcher = pattern === "" ? undefined : compilePattern(pattern, { extglob });
  const change = (character: string): string => {
    if (matcher && !matcher.test(character)) return character;
    if (operator.startsWith("~")) {
      const upper = character.toUpperCase();
      return character === upper ? character.toLowerCase() : upper;
    }
    return operator.startsWith("^") ? character.toUpperCase() : character.toLowerCase();
  };
  const characters = [...text];
  if (operator.length === 1) return change(characters[0] ?? "") + characters.slice(1).join("");
  return characters.map(change).join("");
}
