/** Reads lines from a descriptor without taking a byte more than the line. */
import { Errno } from "../machine/errno.ts";
import { anyOf } from "../machine/interruption.ts";
import type { Interruption, OpenFile } from "../machine/types.ts";
import { decodeBytes } from "./bytes.ts";
import { ExpansionError } from "./control.ts";
import type { Interpreter } from "./interpreter.ts";
import { limits } from "./limits.ts";

/** An OpenFile that can read up to a byte at once; others are read byte by byte. */
interface DelimitedFile extends OpenFile {
  readThrough?(delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array>;
}

const MAX_BYTES = 65_536;

/** Some bytes, at most through `delimiter`. Empty at the end. Waits like any read of this process: stops, SIGTTIN and all. */
export async function readThrough(
  shell: Interpreter,
  fd: number,
  delimiter: number,
  maxBytes = MAX_BYTES,
  until?: Interruption,
): Promise<Uint8Array> {
  const { process } = shell;
  const file: DelimitedFile | undefined = process.fds.get(fd);
  if (!file) throw new Errno("EBADF");
  const interruption = anyOf(process.interruption, until);
  if (fd === 0 && file.tty && file.tty.foregroundProcessGroup !== process.processGroup) {
    // The kernel's own reading stops a background reader with SIGTTIN.
    return process.stdin.read(1);
  }
  const bytes = await (file.readThrough
    ? file.readThrough(delimiter, maxBytes, interruption)
    : file.read(1, interruption));
  // A device answers at once, and for ever.
  await process.breathe();
  return bytes;
}

/** Adds what was read; ends as bash does where no memory is left. */
export function appendBytes(parts: number[], bytes: Uint8Array): void {
  if (parts.length + bytes.length > limits.stringLength) {
    throw new ExpansionError("xrealloc: cannot allocate memory", true, 2);
  }
  for (const byte of bytes) parts.push(byte);
}

/** A line without its newline; null at the end of file. */
export async function readLineFrom(shell: Interpreter, fd: number): Promise<string | null> {
  const parts: number[] = [];
  for (;;) {
    const bytes = await readThrough(shell, fd, 10);
    if (bytes.length === 0) return parts.length === 0 ? null : decodeBytes(Uint8Array.from(parts));
    appendBytes(parts, bytes);
    if (bytes[bytes.length - 1] === 10) return decodeBytes(Uint8Array.from(parts.slice(0, -1)));
  }
}
