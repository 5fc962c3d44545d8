import { decodeBytes } from "../bytes.ts";
import { appendBytes, readThrough } from "../line-reader.ts";
import { quoteForReuse } from "../quote.ts";
import { SourceText } from "../source-text.ts";
import { isValidName } from "../variables.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "mapfile [-d delim] [-n count] [-O origin] [-s count] [-t] [-u fd] [-C callback] [-c quantum] [array]";

export const mapfile: Builtin = {
  name: "mapfile",
  flavours: BASH_ONLY,
  synopsis: SYNOPSIS,
  summary: "Read lines from the standard input into an indexed array variable.",
  run: runMapfile,
};

export const readarray: Builtin = { ...mapfile, name: "readarray", synopsis: SYNOPSIS.replace("mapfile", "readarray") };

async function runMapfile(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const options = parseOptions(call.args, "d:n:O:s:tu:C:c:");
  const refused = await refuseOptions(call, options, SYNOPSIS);
  if (refused !== undefined) return refused;
  const { flags, operands } = options;
  const name = operands[0] ?? "MAPFILE";
  if (!isValidName(name)) {
    await shell.report(`\`${name}': not a valid identifier`);
    return 1;
  }
  const delimiterText = flags.get("d");
  const delimiter = delimiterText === undefined ? 10 : delimiterText === "" ? 0 : delimiterText.charCodeAt(0);
  const limit = Number(flags.get("n") ?? 0);
  const origin = Number(flags.get("O") ?? 0);
  const fd = Number(flags.get("u") ?? 0);
  if (!shell.process.fds.has(fd)) {
    await shell.report(`${fd}: invalid file descriptor: Bad file descriptor`);
    return 1;
  }
  if (!flags.has("O")) shell.variables.clearArray(name, "indexed");
  const array = shell.variables.writableIndexed(shell.variables.resolveName(name).name);
  let skip = Number(flags.get("s") ?? 0);
  let count = 0;
  const quantum = Number(flags.get("c") ?? 5000);
  while (limit === 0 || count < limit) {
    const line = await readPiece(call, fd, delimiter);
    if (line === null) break;
    if (skip-- > 0) continue;
    const text = flags.has("t") && line.endsWith(String.fromCharCode(delimiter)) ? line.slice(0, -1) : line;
    const callback = flags.get("C");
    if (callback !== undefined && (count + 1) % quantum === 0) {
      await shell.runProgram(
        new SourceText(`${callback} ${origin + count} ${quoteForReuse(text)}`, shell.source.name, shell.line),
      );
    }
    array.set(origin + count, text);
    count++;
  }
  return 0;
}

async function readPiece({ shell }: BuiltinCall, fd: number, delimiter: number): Promise<string | null> {
  const bytes: number[] = [];
  for (;;) {
    const chunk = await readThrough(shell, fd, delimiter);
    if (chunk.length === 0) return bytes.length === 0 ? null : decodeBytes(Uint8Array.from(bytes));
    appendBytes(bytes, chunk);
    if (chunk[chunk.length - 1] === delimiter) return decodeBytes(Uint8Array.from(bytes));
  }
}
