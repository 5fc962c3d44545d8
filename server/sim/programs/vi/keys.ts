/** Turns the bytes of a terminal into keys: `a`, `<Esc>`, `<Up>`, `<C-f>`, and pasted text. */

export type Key = { readonly kind: "key"; readonly name: string } | { readonly kind: "paste"; readonly text: string };

const SEQUENCES: Readonly<Record<string, string>> = {
  "[A": "<Up>",
  "[B": "<Down>",
  "[C": "<Right>",
  "[D": "<Left>",
  "[H": "<Home>",
  "[F": "<End>",
  "[1~": "<Home>",
  "[4~": "<End>",
  "[7~": "<Home>",
  "[8~": "<End>",
  "[3~": "<Del>",
  "[2~": "<Insert>",
  "[5~": "<PageUp>",
  "[6~": "<PageDown>",
  "[1;5C": "<C-Right>",
  "[1;5D": "<C-Left>",
};

const PASTE_START = "[200~";
const PASTE_END = "\u001b[201~";

/** Keeps what is incomplete; a lone escape counts as the key once nothing follows it in the same read. */
export class KeyReader {
  private rest = "";
  private readonly decoder = new TextDecoder();

  push(bytes: Uint8Array): readonly Key[] {
    let text = this.rest + this.decoder.decode(bytes, { stream: true });
    this.rest = "";
    const keys: Key[] = [];
    const key = (name: string): void => void keys.push({ kind: "key", name });
    while (text !== "") {
      if (text.startsWith(`\u001b${PASTE_START}`)) {
        const end = text.indexOf(PASTE_END);
        if (end === -1) {
          this.rest = text;
          return keys;
        }
        keys.push({ kind: "paste", text: text.slice(PASTE_START.length + 1, end).replace(/\r\n?/g, "\n") });
        text = text.slice(end + PASTE_END.length);
        continue;
      }
      if (text[0] === "\u001b") {
        const sequence = /^\u001b(\[[0-9;]*[A-Za-z~]|O[A-Z])/.exec(text);
        const name = sequence ? SEQUENCES[(sequence[1] ?? "").replace(/^O/, "[")] : undefined;
        if (name !== undefined) key(name);
        else key("<Esc>");
        text = text.slice(name !== undefined ? (sequence?.[0].length ?? 1) : 1);
        continue;
      }
      const char = String.fromCodePoint(text.codePointAt(0) ?? 0);
      text = text.slice(char.length);
      key(nameOf(char));
    }
    return keys;
  }
}

function nameOf(char: string): string {
  if (char === "\r" || char === "\n") return "<CR>";
  if (char === "\t") return "<Tab>";
  if (char === "\u007f" || char === "\b") return "<BS>";
  if (char === "<") return "<lt>";
  const code = char.charCodeAt(0);
  return code < 32 ? `<C-${String.fromCharCode(code + 96)}>` : char;
}

/** The character a key types, if any. */
export function typed(name: string): string | null {
  if (name === "<CR>") return "\n";
  if (name === "<Tab>") return "\t";
  if (name === "<lt>") return "<";
  return name.startsWith("<") && name.endsWith(">") && name.length > 1 ? null : name;
}
