/** Reading operands as streams: bytes, lines, whole texts. `-` is standard input. */
import type { OpenFile, Process } from "../../machine/types.ts";
import { ToolError } from "./tool.ts";

const CHUNK_BYTES = 64 * 1024;
/** What one program may hold of its input at once; `yes | sort` must not take the server's memory. */
export const MAX_HELD_BYTES = 64 * 1024 ** 2;

/** Throws in the words of programs that get no more memory. */
export function checkHeld(sizeBytes: number): void {
  if (sizeBytes > MAX_HELD_BYTES) throw new ToolError("memory exhausted");
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

export const utf8 = (bytes: Uint8Array): string => decoder.decode(bytes);
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);

/** Throws Errno. The caller releases what is not standard input. */
export function openInput(process: Process, operand: string): OpenFile {
  if (operand === "-") return process.stdin.file;
  return process.machine.fs.open(process.resolve(operand), "r", { as: process.credentials });
}

export async function* chunks(process: Process, operand: string): AsyncIterable<Uint8Array> {
  const file = openInput(process, operand);
  try {
    while (true) {
      const bytes = await process.readFrom(file, CHUNK_BYTES);
      if (bytes.length === 0) return;
      yield bytes;
    }
  } finally {
    if (operand !== "-") file.release();
  }
}

export interface Line {
  readonly text: string;
  /** False for a last line without newline. */
  readonly isTerminated: boolean;
}

/** Lines as they come; a line is yielded as soon as its newline has been read. */
export async function* lines(process: Process, operand: string, separator = "\n"): AsyncIterable<Line> {
  const stream = new TextDecoder("utf-8", { ignoreBOM: true });
  // What has come of a line that goes on; joined once it ends, for a long line would be copied with each piece.
  let pieces: string[] = [];
  let heldChars = 0;
  for await (const bytes of chunks(process, operand)) {
    const piece = stream.decode(bytes, { stream: true });
    pieces.push(piece);
    heldChars += piece.length;
    checkHeld(heldChars);
    if (separator.length === 1 && !piece.includes(separator)) continue;
    const parts = pieces.join("").split(separator);
    const rest = parts.pop() ?? "";
    for (const text of parts) yield { text, isTerminated: true };
    pieces = [rest];
    heldChars = rest.length;
  }
  const rest = pieces.join("") + stream.decode();
  if (rest !== "") yield { text: rest, isTerminated: false };
}

export async function readAll(process: Process, operand: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of chunks(process, operand)) {
    parts.push(part);
    sizeBytes += part.length;
    checkHeld(sizeBytes);
  }
  return joinBytes(parts);
}

export async function readAllText(process: Process, operand: string): Promise<string> {
  return utf8(await readAll(process, operand));
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1 && parts[0]) return parts[0];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Collects output and writes it in pieces of a few KB: one write a line would cost a
 * turn of the pipe each. Writes at once on a terminal, so that people see it.
 */
export class OutputBuffer {
  private pending = "";
  constructor(private readonly process: Process) {}

  async write(text: string): Promise<void> {
    this.pending += text;
    if (this.pending.length >= 8192 || this.process.stdout.isTty) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.pending === "") return;
    const text = this.pending;
    this.pending = "";
    await this.process.stdout.write(text);
  }
}
