/** Divides a Go template into text and actions, and trims where `{{-` and `-}}` ask for it. */
import { failAt } from "./go-template-syntax.ts";

export interface Item {
  readonly kind: "text" | "action";
  readonly text: string;
  readonly line: number;
}

export function splitActions(text: string): readonly Item[] {
  const items: Item[] = [];
  let position = 0;
  let line = 1;
  let trimsNext = false;
  const push = (kind: Item["kind"], value: string, at: number) => {
    if (value !== "" || kind === "action") items.push({ kind, text: value, line: at });
  };
  for (;;) {
    const open = text.indexOf("{{", position);
    let plain = text.slice(position, open < 0 ? undefined : open);
    const lines = plain.split("\n").length - 1;
    if (trimsNext) plain = plain.replace(/^[ \t\r\n]+/, "");
    const trimsBefore = open >= 0 && /^\{\{- /.test(text.slice(open, open + 4));
    if (trimsBefore) plain = plain.replace(/[ \t\r\n]+$/, "");
    push("text", plain, line);
    line += lines;
    if (open < 0) return items;
    const start = open + (trimsBefore ? 4 : 2);
    if (text.startsWith("/*", start)) {
      const end = text.indexOf("*/", start);
      if (end < 0) throw failAt(line, "unclosed comment");
      const close = /^( -)?\}\}/.exec(text.slice(end + 2));
      if (close === null) throw failAt(line, "comment ends before closing delimiter");
      trimsNext = close[1] !== undefined;
      line += text.slice(open, end).split("\n").length - 1;
      position = end + 2 + close[0].length;
      continue;
    }
    const close = closingDelimiter(text, start, line);
    const body = text.slice(start, close);
    trimsNext = / -$/.test(body);
    push("action", trimsNext ? body.slice(0, -2) : body, line);
    line += body.split("\n").length - 1;
    position = close + 2;
  }
}

function closingDelimiter(text: string, start: number, line: number): number {
  for (let i = start; i < text.length; i++) {
    const char = text[i] as string;
    if (char === '"' || char === "'") {
      const from = i++;
      while (i < text.length && text[i] !== char && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
      if (text[i] !== char)
        throw failAt(
          line,
          from >= 0 && char === '"' ? "unterminated quoted string" : "unterminated character constant",
        );
    } else if (char === "`") {
      i = text.indexOf("`", i + 1);
      if (i < 0) throw failAt(line, "unterminated raw quoted string");
    } else if (text.startsWith("}}", i)) return i;
  }
  throw failAt(line, "unclosed action");
}
