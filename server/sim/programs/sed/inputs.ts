/** The lines of the input files, one after another or each file by itself. */
import type { Process } from "../../machine/types.ts";
import { type Line, lines } from "../toolkit/input.ts";
import { isErrno, toolName } from "../toolkit/tool.ts";

export interface InputLine extends Line {
  readonly isLast: boolean;
  readonly file: string;
}

/** Looks one line ahead, because `$` must be known. A missing file is reported and skipped. */
export async function* inputs(
  process: Process,
  files: readonly string[],
  separator: string,
  isSeparate: boolean,
): AsyncGenerator<InputLine, number> {
  let held: { line: Line; file: string } | undefined;
  let status = 0;
  for (const file of files) {
    try {
      for await (const line of lines(process, file, separator)) {
        if (held) yield { ...held.line, isLast: false, file: held.file };
        held = { line, file };
      }
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      const text =
        error.code === "EISDIR" ? `couldn't read ${file}: ${error.message}` : `can't read ${file}: ${error.message}`;
      await process.stderr.write(`${toolName(process)}: ${text.replace("couldn't read", "read error on")}\n`);
      status = 2;
    }
    if (isSeparate && held) {
      yield { ...held.line, isLast: true, file: held.file };
      held = undefined;
    }
  }
  if (held) yield { ...held.line, isLast: true, file: held.file };
  return status;
}
