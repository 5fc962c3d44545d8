import { bytesOf, lines, OutputBuffer, utf8 } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, ToolError } from "../toolkit/tool.ts";
import { reportOpenFailure } from "./open-failure.ts";
import { contains, parseRanges, type Range } from "./ranges.ts";

const HINT = "\nTry 'cut --help' for more information.";

/** coreutils 9.1 and busybox: cut. Characters are bytes, as in coreutils. */
export const cut = defineTool({
  name: "cut",
  usage: "Usage: cut OPTION... [FILE]...\nPrint selected parts of lines from each FILE to standard output.",
  options: [
    o("b", "bytes", "required"),
    o("c", "characters", "required"),
    o("f", "fields", "required"),
    o("d", "delimiter", "required"),
    o("s", "only-delimited"),
    o("", "complement"),
    o("", "output-delimiter", "required"),
    o("z", "zero-terminated"),
    o("n"),
  ],
  async run(process, options) {
    const fields = options.value("fields");
    const positions = options.value("characters") ?? options.value("bytes");
    if (fields === undefined && positions === undefined) {
      throw new ToolError(`you must specify a list of bytes, characters, or fields${HINT}`);
    }
    if (fields !== undefined && positions !== undefined) throw new ToolError(`only one list may be specified${HINT}`);
    const delimiter = options.value("delimiter") ?? (options.has("delimiter") ? "" : "\t");
    if (options.has("delimiter") && fields === undefined) {
      throw new ToolError(`an input delimiter may be specified only when operating on fields${HINT}`);
    }
    if ([...delimiter].length > 1) throw new ToolError(`the delimiter must be a single character${HINT}`);
    const separator = options.has("zero-terminated") ? "\0" : "\n";
    const ranges = parseRanges(fields ?? positions ?? "", fields !== undefined ? "fields" : "byte/character positions");
    const isChosen = (position: number): boolean => contains(ranges, position) !== options.has("complement");
    const output = new OutputBuffer(process);
    const joiner = options.value("output-delimiter");
    let status = 0;
    for (const operand of options.operands.length === 0 ? ["-"] : options.operands) {
      try {
        for await (const { text } of lines(process, operand, separator)) {
          const cutLine =
            fields !== undefined
              ? cutFields(text, delimiter, isChosen, joiner ?? delimiter, options.has("only-delimited"))
              : cutBytes(text, isChosen, ranges, joiner);
          if (cutLine !== null) await output.write(cutLine + separator);
        }
      } catch (error) {
        status = await reportOpenFailure(process, operand, error);
      }
    }
    await output.flush();
    return status;
  },
});

function cutFields(
  line: string,
  delimiter: string,
  isChosen: (position: number) => boolean,
  joiner: string,
  onlyDelimited: boolean,
): string | null {
  if (delimiter === "" || !line.includes(delimiter)) return onlyDelimited ? null : line;
  return line
    .split(delimiter)
    .filter((_, index) => isChosen(index + 1))
    .join(joiner);
}

function cutBytes(
  line: string,
  isChosen: (position: number) => boolean,
  ranges: readonly Range[],
  joiner: string | undefined,
): string {
  const bytes = bytesOf(line);
  const kept: number[] = [];
  let previous = -1;
  bytes.forEach((byte, index) => {
    if (!isChosen(index + 1)) return;
    // The output delimiter stands between ranges that do not touch.
    const startsRange =
      previous !== -1 && (previous !== index - 1 || ranges.some((range) => range.first === index + 1));
    if (joiner !== undefined && startsRange) kept.push(...bytesOf(joiner));
    kept.push(byte);
    previous = index;
  });
  return utf8(Uint8Array.from(kept));
}
