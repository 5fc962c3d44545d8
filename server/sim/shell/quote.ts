/** The quoting styles in which bash prints values so that they can be read again. */

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;
const CONTROL = /[\u0000-\u001f\u007f\udc80-\udcff]/;

const ESCAPES: Readonly<Record<string, string>> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\u001b": "\\E",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
  "'": "\\'",
};

/** `'it'\''s'`: always quoted (`alias`, `trap`, `export -p` under POSIX). */
export function singleQuote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** `$'a\nb'`. */
export function ansiQuote(text: string): string {
  let quoted = "";
  for (const character of text) {
    const known = ESCAPES[character];
    const code = character.charCodeAt(0);
    if (known !== undefined) quoted += known;
    else if (code < 32 || code === 127) quoted += `\\${code.toString(8).padStart(3, "0")}`;
    else if (code >= 0xdc80 && code <= 0xdcff) quoted += `\\${(code - 0xdc00).toString(8)}`;
    else quoted += character;
  }
  return `$'${quoted}'`;
}

/** `${x@Q}`, `set`: `'…'`, or `$'…'` when there are control characters. */
export function quoteForReuse(text: string): string {
  return CONTROL.test(text) ? ansiQuote(text) : singleQuote(text);
}

/** As `set` and `set -x` print a value: bare when harmless. */
export function quoteIfNeeded(text: string): string {
  if (text === "") return "''";
  if (CONTROL.test(text)) return ansiQuote(text);
  if (/[\s'"\\|&;()<>!{}*[\]?^$`]/.test(text) || text.startsWith("#") || text.startsWith("~") || text.includes("~"))
    return singleQuote(text);
  return text;
}

/** `printf %q`: backslashes. */
export function backslashQuote(text: string): string {
  if (text === "") return "''";
  if (CONTROL.test(text)) return ansiQuote(text);
  let quoted = "";
  for (let index = 0; index < text.length; index++) {
    const character = text[index] ?? "";
    if (/[ !"$&'()*,;<>?[\\\]^`{|}]/.test(character) || (index === 0 && (character === "#" || character === "~")))
      quoted += `\\${character}`;
    else quoted += character;
  }
  return quoted;
}

/** `declare -p`: `"…"`, or `$'…'` when there are control characters. */
export function doubleQuote(text: string): string {
  if (CONTROL.test(text)) return ansiQuote(text);
  return `"${text.replace(/[\\"$`]/g, "\\$&")}"`;
}

/** A key of an associative array inside `[…]`. */
export function quoteSubscript(text: string): string {
  if (CONTROL.test(text)) return ansiQuote(text);
  return SAFE.test(text) ? text : doubleQuote(text);
}
