/**
 * Shell strings and bytes. A byte that is no valid UTF-8 becomes the lone
 * surrogate U+DC00 + byte and turns back into that byte on the way out, so that
 * `printf '\xff' | …` and `$(…)` lose nothing.
 */
const encoder = new TextEncoder();
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const LONE_BYTE_FIRST = 0xdc80;
const LONE_BYTE_LAST = 0xdcff;

/** Bytes of a shell string. */
export function encodeText(text: string): Uint8Array {
  return !/[\ud800-\udfff]/.test(text) ? encoder.encode(text) : encodeWithBytes(text);
}

function encodeWithBytes(text: string): Uint8Array {
  const pieces: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= LONE_BYTE_FIRST && code <= LONE_BYTE_LAST) pieces.push(code - 0xdc00);
    else pieces.push(...encoder.encode(character));
  }
  return Uint8Array.from(pieces);
}

/** The shell string of some bytes; never fails. */
export function decodeBytes(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeLossless(bytes);
  }
}

function decodeLossless(bytes: Uint8Array): string {
  let text = "";
  let index = 0;
  while (index < bytes.length) {
    const length = sequenceLength(bytes, index);
    if (length === 0) {
      text += String.fromCharCode(0xdc00 + (bytes[index] ?? 0));
      index++;
    } else {
      text += strictDecoder.decode(bytes.subarray(index, index + length));
      index += length;
    }
  }
  return text;
}

/** Length of the valid UTF-8 sequence at `index`, or 0. */
function sequenceLength(bytes: Uint8Array, index: number): number {
  const first = bytes[index] ?? 0;
  const length =
    first < 0x80
      ? 1
      : first >= 0xc2 && first < 0xe0
        ? 2
        : first >= 0xe0 && first < 0xf0
          ? 3
          : first >= 0xf0 && first < 0xf5
            ? 4
            : 0;
  if (length === 0 || index + length > bytes.length) return 0;
  try {
    strictDecoder.decode(bytes.subarray(index, index + length));
    return length;
  } catch {
    return 0;
  }
}

/** A string in which lone bytes that now form whole characters are those characters. */
export function normaliseBytes(text: string): string {
  return /[\udc80-\udcff]/.test(text) ? decodeBytes(encodeText(text)) : text;
}

/** The one-character string that stands for a byte. */
export function byteText(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte) : String.fromCharCode(0xdc00 + byte);
}

/** Length in characters, as `${#x}` counts under a UTF-8 locale. */
export function characterCount(text: string): number {
  if (!/[\ud800-\udbff]/.test(text)) return text.length;
  return [...text].length;
}

/** `slice` by characters, not by UTF-16 units. */
export function sliceCharacters(text: string, start: number, end: number): string {
  if (!/[\ud800-\udbff]/.test(text)) return text.slice(start, end);
  return [...text].slice(start, end).join("");
}
