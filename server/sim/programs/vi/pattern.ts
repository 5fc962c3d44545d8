/** vim's "magic" patterns as JavaScript's: `\<`, `\+`, `\(…\)`, `\v`, `\c`. */
import { compileRegex, RegexError } from "../toolkit/posix-regex.ts";
import type { Settings } from "./settings.ts";

export function vimPattern(text: string, settings: Pick<Settings, "ignorecase" | "smartcase">): RegExp | null {
  const forced = /\\([cC])/.exec(text)?.[1];
  const bare = text.replace(/\\[cC]/g, "");
  const isVery = bare.startsWith("\\v");
  const body = bare
    .replace(/^\\[vm]/, "")
    .replace(/\\\{(\d*,?\d*)\}/g, isVery ? "{$1}" : "\\{$1\\}")
    .replace(/\\=/g, "\\?");
  const followsCase = settings.ignorecase && !(settings.smartcase && /[A-Z]/.test(bare));
  try {
    return compileRegex(body, {
      syntax: isVery ? "extended" : "basic",
      ignoresCase: forced === undefined ? followsCase : forced === "c",
      isGlobal: true,
    });
  } catch (error) {
    if (error instanceof RegexError) return null;
    throw error;
  }
}
