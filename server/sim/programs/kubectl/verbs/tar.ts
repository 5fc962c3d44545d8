/** ustar archives, as far as `kubectl cp` needs them: folders, files, modes. */

export interface TarEntry {
  readonly path: string;
  readonly isFolder: boolean;
  readonly mode: number;
  readonly content: Uint8Array;
}

const BLOCK = 512;
const encoder = new TextEncoder();

/** One archive with its two closing blocks. Paths longer than 100 bytes are cut into prefix and name. */
export function packTar(entries: readonly TarEntry[], modifiedMs: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    parts.push(
      header(entry, modifiedMs),
      entry.content,
      new Uint8Array((BLOCK - (entry.content.length % BLOCK)) % BLOCK),
    );
  }
  parts.push(new Uint8Array(2 * BLOCK));
  const archive = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let position = 0;
  for (const part of parts) {
    archive.set(part, position);
    position += part.length;
  }
  return archive;
}

function header(entry: TarEntry, modifiedMs: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => block.set(encoder.encode(text), offset);
  const octal = (offset: number, width: number, value: number) =>
    put(offset, `${value.toString(8).padStart(width - 1, "0")}\0`);
  const path = entry.isFolder && !entry.path.endsWith("/") ? `${entry.path}/` : entry.path;
  const cut = path.length > 100 ? path.lastIndexOf("/", 155) : -1;
  put(0, path.slice(cut + 1).slice(0, 100));
  if (cut > 0) put(345, path.slice(0, cut));
  octal(100, 8, entry.mode);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, entry.content.length);
  octal(136, 12, Math.floor(modifiedMs / 1000));
  put(148, " ".repeat(8));
  put(156, entry.isFolder ? "5" : "0");
  put(257, "ustar\x0000");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

/** The entries of an archive; an incomplete one ends where it breaks off. */
export function unpackTar(archive: Uint8Array): readonly TarEntry[] {
  const entries: TarEntry[] = [];
  const decoder = new TextDecoder();
  for (let position = 0; position + BLOCK <= archive.length; ) {
    const block = archive.subarray(position, position + BLOCK);
    if (block.every((byte) => byte === 0)) break;
    const text = (offset: number, width: number) =>
      decoder.decode(block.subarray(offset, offset + width)).replace(/\0.*$/s, "");
    const size = Number.parseInt(text(124, 12).trim() || "0", 8);
    const prefix = text(345, 155);
    const type = text(156, 1);
    position += BLOCK;
    if (type === "0" || type === "" || type === "5") {
      entries.push({
        path: prefix === "" ? text(0, 100) : `${prefix}/${text(0, 100)}`,
        isFolder: type === "5",
        mode: Number.parseInt(text(100, 8).trim() || "644", 8),
        content: archive.slice(position, position + size),
      });
    }
    position += Math.ceil(size / BLOCK) * BLOCK;
  }
  return entries;
}
