/** The ustar format (POSIX.1-1988), with GNU's extra header for long names. */
import { bytesOf, joinBytes, utf8 } from "../toolkit/input.ts";

export interface Member {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly user: string;
  readonly group: string;
  readonly modifiedMs: number;
  /** Where a symbolic link leads. */
  readonly target: string;
  readonly content: Uint8Array;
}

/** What is no archive. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

const BLOCK_BYTES = 512;
const NAME_BYTES = 100;
/** Archives are filled up to whole records of twenty blocks. */
const RECORD_BYTES = 20 * BLOCK_BYTES;
const LONG_NAME = "././@LongLink";
const TYPES = { file: "0", symlink: "2", directory: "5" } as const;

function header(member: Omit<Member, "content" | "kind">, type: string, sizeBytes: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string, width: number): void => block.set(bytesOf(text).subarray(0, width), at);
  const octal = (value: number, width: number): string => value.toString(8).padStart(width, "0");
  put(0, member.name, NAME_BYTES);
  put(100, octal(member.mode, 7), 8);
  put(108, octal(member.uid, 7), 8);
  put(116, octal(member.gid, 7), 8);
  put(124, octal(sizeBytes, 11), 12);
  put(136, octal(Math.max(0, Math.floor(member.modifiedMs / 1000)), 11), 12);
  put(148, "        ", 8);
  put(156, type, 1);
  put(157, member.target, NAME_BYTES);
  put(257, "ustar  ", 8);
  put(265, member.user, 32);
  put(297, member.group, 32);
  put(
    148,
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      6,
    )}\0 `,
    8,
  );
  return block;
}

const padded = (content: Uint8Array): Uint8Array => {
  const out = new Uint8Array(Math.ceil(content.length / BLOCK_BYTES) * BLOCK_BYTES);
  out.set(content);
  return out;
};

export function writeArchive(members: readonly Member[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const member of members) {
    const name = bytesOf(member.name);
    if (name.length > NAME_BYTES) {
      const content = joinBytes([name, new Uint8Array(1)]);
      const long = { ...member, name: LONG_NAME, mode: 0o644, uid: 0, gid: 0, modifiedMs: 0, target: "" };
      parts.push(header(long, "L", content.length), padded(content));
    }
    parts.push(header(member, TYPES[member.kind], member.content.length), padded(member.content));
  }
  const length = parts.reduce((sum, part) => sum + part.length, 2 * BLOCK_BYTES);
  const whole = new Uint8Array(Math.ceil(length / RECORD_BYTES) * RECORD_BYTES);
  whole.set(joinBytes([...parts, new Uint8Array(0)]));
  return whole;
}

/** Throws `ArchiveError`. */
export function readArchive(bytes: Uint8Array): readonly Member[] {
  const members: Member[] = [];
  let longName: string | null = null;
  for (let at = 0; at + BLOCK_BYTES <= bytes.length; ) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) break;
    const text = (from: number, width: number): string =>
      utf8(block.subarray(from, from + width)).replace(/\0.*$/s, "");
    const number = (from: number, width: number): number => Number.parseInt(text(from, width).trim(), 8) || 0;
    if (text(257, 5) !== "ustar") throw new ArchiveError("This does not look like a tar archive");
    const sizeBytes = number(124, 12);
    const start = at + BLOCK_BYTES;
    if (start + sizeBytes > bytes.length) throw new ArchiveError("Unexpected EOF in archive");
    const content = bytes.slice(start, start + sizeBytes);
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
    const type = text(156, 1);
    if (type === "L") {
      longName = utf8(content).replace(/\0.*$/s, "");
      continue;
    }
    const prefix = block[262] === 0 ? text(345, 155) : "";
    const name = longName ?? (prefix === "" ? text(0, NAME_BYTES) : `${prefix}/${text(0, NAME_BYTES)}`);
    longName = null;
    members.push({
      name,
      kind: type === "5" ? "directory" : type === "2" ? "symlink" : "file",
      mode: number(100, 8) & 0o7777,
      uid: number(108, 8),
      gid: number(116, 8),
      user: text(265, 32),
      group: text(297, 32),
      modifiedMs: number(136, 12) * 1000,
      target: text(157, NAME_BYTES),
      content,
    });
  }
  if (members.length === 0 && bytes.length > 0 && bytes.some((byte) => byte !== 0)) {
    throw new ArchiveError("This does not look like a tar archive");
  }
  return members;
}
