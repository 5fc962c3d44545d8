/**
 * What stands in an executable file: an ELF header's first bytes and the name of the
 * program of the simulation. The reference lies in the content, so that a copy
 * made with `cp`, `cat` or `curl` runs as the original does.
 */
import { decodeText, encodeText } from "../bytes.ts";
import type { ProgramReference } from "../types.ts";

const MAGIC = "\x7fELF\x02\x01\x01\0";

export function encodeExecutable(program: ProgramReference): Uint8Array {
  return encodeText(`${MAGIC}${JSON.stringify(program)}\n`);
}

/** Undefined when the content is no executable of this simulation. */
export function decodeExecutable(content: Uint8Array): ProgramReference | undefined {
  if (content[0] !== 0x7f || content[1] !== 0x45 || content.length > 1024) return undefined;
  const text = decodeText(content);
  if (!text.startsWith(MAGIC)) return undefined;
  try {
    const parsed: unknown = JSON.parse(text.slice(MAGIC.length));
    return isProgramReference(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

function isProgramReference(value: unknown): value is ProgramReference {
  return typeof value === "object" && value !== null && "name" in value && typeof value.name === "string";
}
