/** The `l` command: escapes, and lines folded with a backslash. */
export function visible(text: string, width: number): string {
  const names: Readonly<Record<string, string>> = {
    "\\": "\\\\",
    "\u0007": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
  };
  const pieces: string[] = [];
  for (const char of text) {
    const named = names[char];
    if (named !== undefined) pieces.push(named);
    else if (char >= " " && char <= "~") pieces.push(char);
    else for (const byte of new TextEncoder().encode(char)) pieces.push(`\\${byte.toString(8).padStart(3, "0")}`);
  }
  pieces.push("$");
  let out = "";
  let column = 0;
  for (const piece of pieces) {
    if (width > 1 && column + piece.length > width - 1 && piece !== "$") {
      out += "\\\n";
      column = 0;
    }
    out += piece;
    column += piece.length;
  }
  return out;
}
