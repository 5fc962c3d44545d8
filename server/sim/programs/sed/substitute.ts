/** The `s` command on one text. */
import type { Substitution } from "./script.ts";

/** The text with matches replaced; null when nothing matched that counts. */
export function substitute(text: string, regex: RegExp, substitution: Substitution): string | null {
  let count = 0;
  let out = "";
  let at = 0;
  let hasChanged = false;
  let lastEnd = -1;
  regex.lastIndex = 0;
  while (at <= text.length) {
    regex.lastIndex = at;
    const match = regex.exec(text);
    if (!match) break;
    // Nothing cannot match right behind a match: `s/b*/x/g` makes `xaxcx` of `abc`.
    if (match[0] === "" && match.index === lastEnd) {
      out += text[at] ?? "";
      at++;
      lastEnd = -1;
      continue;
    }
    count++;
    out += text.slice(at, match.index);
    const replaces = count >= substitution.occurrence && (substitution.isGlobal || count === substitution.occurrence);
    out += replaces ? replacementText(substitution, match) : match[0];
    hasChanged ||= replaces;
    at = match.index + match[0].length;
    lastEnd = match[0] === "" ? -1 : at;
    if (match[0] === "") {
      out += text[at] ?? "";
      at++;
    }
    if (!substitution.isGlobal && count >= substitution.occurrence) break;
  }
  return hasChanged ? out + text.slice(at) : null;
}

function replacementText(substitution: Substitution, match: RegExpExecArray): string {
  let out = "";
  let mode: "U" | "L" | "E" = "E";
  let once: "u" | "l" | null = null;
  const add = (text: string): void => {
    let cased = mode === "U" ? text.toUpperCase() : mode === "L" ? text.toLowerCase() : text;
    if (once !== null && cased !== "") {
      const first = once === "u" ? (cased[0] ?? "").toUpperCase() : (cased[0] ?? "").toLowerCase();
      cased = first + cased.slice(1);
      once = null;
    }
    out += cased;
  };
  for (const part of substitution.replacement) {
    if (part.kind === "text") add(part.text);
    else if (part.kind === "group") add(match[part.group] ?? "");
    else if (part.mode === "u" || part.mode === "l") once = part.mode;
    else mode = part.mode;
  }
  return out;
}
