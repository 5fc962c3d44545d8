/** Bytes and text. Text is UTF-8; what is not valid UTF-8 decodes to U+FFFD. */

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
const STRICT_DECODER = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

export const NO_BYTES: Uint8Array = new Uint8Array(0);

export function encodeText(text: string): Uint8Array {
  return text === "" ? NO_BYTES : ENCODER.encode(text);
}

export function decodeText(bytes: Uint8Array): string {
  return DECODER.decode(bytes);
}

/** Undefined when the bytes are no valid UTF-8. */
export function decodeStrictly(bytes: Uint8Array): string | undefined {
  try {
    return STRICT_DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}

export function toBytes(data: string | Uint8Array): Uint8Array {
  return typeof data === "string" ? encodeText(data) : data;
}

export function concatBytes(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first === undefined) return NO_BYTES;
  if (chunks.length === 1) return first;
  let size = 0;
  for (const chunk of chunks) size += chunk.length;
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

export function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < bytes.length; i += 8192) {
    binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  }
  return btoa(binary);
}

export function fromBase64(text: string): Uint8Array {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
