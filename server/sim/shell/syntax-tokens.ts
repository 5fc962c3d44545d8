/** The token at a place of a text, as the messages of shells name it. */

const OPERATORS = [
  ";;&",
  "<<<",
  "<<-",
  "&>>",
  "&&",
  "||",
  ";;",
  ";&",
  "|&",
  "<<",
  ">>",
  "<&",
  ">&",
  "<>",
  ">|",
  "&>",
  "|",
  "&",
  ";",
  "(",
  ")",
  "<",
  ">",
];

/** Undefined at the end of the text. */
export function tokenAt(text: string, position: number): string | undefined {
  let index = position;
  for (;;) {
    while (
      index < text.length &&
      (text[index] === " " || text[index] === "\t" || (text[index] === "\\" && text[index + 1] === "\n"))
    ) {
      index += text[index] === "\\" ? 2 : 1;
    }
    if (text[index] !== "#") break;
    const end = text.indexOf("\n", index);
    if (end < 0) return undefined;
    index = end;
  }
  if (index >= text.length) return undefined;
  if (text[index] === "\n") return isBlank(text, index) ? undefined : "newline";
  const operator = OPERATORS.find((each) => text.startsWith(each, index));
  if (operator !== undefined) return operator;
  return text.slice(index, wordEnd(text, index));
}

function isBlank(text: string, from: number): boolean {
  return text.slice(from).trim() === "";
}

function wordEnd(text: string, start: number): number {
  let index = start;
  while (index < text.length && !/[\s;&|<>()]/.test(text.charAt(index))) {
    const character = text[index];
    if (character === "\\") index++;
    else if (character === "'" || character === '"') {
      const close = text.indexOf(character, index + 1);
      if (close > 0) index = close;
    }
    index++;
  }
  return index;
}
