/** Long lines broken between words, for a terminal that would break them anywhere. */

const ESCAPES = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");
/** A mark with its station, a bullet, or what the line is indented by. */
const HEAD = /^(?:[✓✗·!] \S+ +|\s*(?:- )?)/;

const shown = (text: string): string => text.replace(ESCAPES, "");

/** Continues under the text behind the line's mark. Colours go on; words longer than the line stay whole. */
export function wrapLines(text: string, columns: number): string {
  return text
    .split("\n")
    .map((line) => wrapLine(line, columns))
    .join("\n");
}

function wrapLine(line: string, columns: number): string {
  const plain = shown(line);
  if (plain.length <= columns) return line;
  const isIndented = plain.startsWith(" ");
  const head = (HEAD.exec(plain)?.[0].length ?? 0) + (isIndented ? 2 : 0);
  // A narrow terminal has no room for columns.
  const indent = " ".repeat(head > columns / 3 ? 2 : head);
  const lines: string[] = [];
  let current = "";
  let width = 0;
  for (const word of line.split(/(?<=\S)(?= )/)) {
    const length = shown(word).length;
    if (width > 0 && width + length > columns) {
      lines.push(current);
      current = `${indent}${word.trimStart()}`;
      width = shown(current).length;
    } else {
      current += word;
      width += length;
    }
  }
  return [...lines, current].join("\n");
}
