/** Typed bytes → keys, one at a time, across UTF-8 and escape sequences. */
import { decodeText } from "../bytes.ts";

/** `text` for characters to insert; else a name such as `ctrl-a`, `alt-f`, `up`, `paste`. */
export interface Key {
  readonly name: string;
  readonly text: string;
}

const ESCAPE = 27;
const CONTROL_X = 24;
const PASTE_END = "\x1b[201~";

/** Sequences after ESC, as xterm and the Linux console send them. */
const SEQUENCES: Readonly<Record<string, string>> = {
  "[A": "up",
  "[B": "down",
  "[C": "right",
  "[D": "left",
  "[H": "home",
  "[F": "end",
  OA: "up",
  OB: "down",
  OC: "right",
  OD: "left",
  OH: "home",
  OF: "end",
  "[1~": "home",
  "[2~": "insert",
  "[3~": "delete",
  "[4~": "end",
  "[5~": "page-up",
  "[6~": "page-down",
  "[7~": "home",
  "[8~": "end",
  "[1;5C": "alt-f",
  "[1;5D": "alt-b",
  "[1;3C": "alt-f",
  "[1;3D": "alt-b",
  "[3;5~": "alt-d",
  "[Z": "shift-tab",
  "[200~": "paste-start",
};

const CONTROL_NAMES: Readonly<Record<number, string>> = {
  8: "backspace",
  9: "tab",
  10: "enter",
  13: "enter",
  27: "escape",
  28: "ctrl-\\",
  29: "ctrl-]",
  31: "ctrl-_",
  127: "backspace",
};

export class KeyDecoder {
  #pending: number[] = [];
  #pasted: number[] | null = null;

  /** The key that this byte completes, if any. */
  push(byte: number): Key | null {
    if (this.#pasted) return this.#pushPasted(byte);
    this.#pending.push(byte);
    const [first] = this.#pending;
    const key = first === ESCAPE ? this.#escape() : first === CONTROL_X ? this.#prefixed() : this.#plain();
    if (!key) return null;
    this.#pending = [];
    if (key.name !== "paste-start") return key;
    this.#pasted = [];
    return null;
  }

  /** An Escape nothing follows, for who wants it as a key of its own. */
  takeLoneEscape(): Key | null {
    if (this.#pending.length !== 1 || this.#pending[0] !== ESCAPE) return null;
    this.#pending = [];
    return { name: "escape", text: "" };
  }

  /** ^X and the key after it. */
  #prefixed(): Key | null {
    const [, second] = this.#pending;
    if (second === undefined) return null;
    const name = second < 32 ? controlKey(second).name : String.fromCharCode(second);
    return { name: `ctrl-x ${name}`, text: "" };
  }

  #pushPasted(byte: number): Key | null {
    const pasted = this.#pasted ?? [];
    pasted.push(byte);
    if (byte !== 0x7e || pasted.length < PASTE_END.length) return null;
    const tail = String.fromCharCode(...pasted.slice(-PASTE_END.length));
    if (tail !== PASTE_END) return null;
    this.#pasted = null;
    const bytes = Uint8Array.from(pasted.slice(0, -PASTE_END.length));
    return { name: "paste", text: decodeText(bytes).replace(/\r\n?/g, "\n") };
  }

  #plain(): Key | null {
    const [first = 0] = this.#pending;
    if (first < 32 || first === 127) return controlKey(first);
    const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (this.#pending.length < length) return null;
    return { name: "text", text: decodeText(Uint8Array.from(this.#pending)) };
  }

  #escape(): Key | null {
    if (this.#pending.length === 1) return null;
    const rest = String.fromCharCode(...this.#pending.slice(1));
    const isSequence = rest.startsWith("[") || rest.startsWith("O");
    if (isSequence) {
      const known = SEQUENCES[rest];
      if (known) return { name: known, text: "" };
      const isOpen = rest.startsWith("O") ? rest.length < 2 : !/^\[[0-9;?]*[@-~]$/.test(rest) && rest.length < 16;
      return isOpen ? null : { name: "unknown", text: "" };
    }
    const [byte = 0] = this.#pending.slice(1);
    if (byte === ESCAPE) return { name: "escape", text: "" };
    if (byte < 32 || byte === 127) return { name: `alt-${controlKey(byte).name}`, text: "" };
    return { name: `alt-${rest}`, text: "" };
  }
}

function controlKey(byte: number): Key {
  const name = CONTROL_NAMES[byte] ?? `ctrl-${String.fromCharCode(byte + 96)}`;
  return { name, text: String.fromCharCode(byte) };
}
