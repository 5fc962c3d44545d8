import type { Process } from "../../machine/types.ts";
import { isBusybox, isErrno, quote, toolName } from "../toolkit/tool.ts";

/**
 * Says that an operand could not be opened or read, in coreutils' or busybox's words.
 * Returns the exit status; rethrows what is no system error or a broken pipe.
 */
export async function reportOpenFailure(
  process: Process,
  operand: string,
  error: unknown,
  purpose: "for reading" | "" = "",
): Promise<number> {
  if (!isErrno(error) || error.code === "EPIPE") throw error;
  const name = toolName(process);
  let text: string;
  if (error.code === "ENOSPC") {
    text = `${writeFailure(name, isBusybox(process))}: ${error.message}`;
  } else if (error.code === "EISDIR") {
    text = isBusybox(process) ? `read error: ${error.message}` : `error reading ${quote(operand)}: ${error.message}`;
  } else if (isBusybox(process)) {
    text = `${operand}: ${error.message}`;
  } else if (purpose !== "") {
    text = `cannot open ${quote(operand)} ${purpose}: ${error.message}`;
  } else {
    text = `${operand}: ${error.message}`;
  }
  await process.stderr.write(`${name}: ${text}\n`);
  return 1;
}

/** A full disk is met in writing, whatever was being read. */
function writeFailure(name: string, isOfBusybox: boolean): string {
  const namesOutput = !isOfBusybox && (name === "head" || name === "tail");
  return namesOutput ? `error writing ${quote("standard output")}` : "write error";
}
