/** awk: POSIX with gawk's common extensions; messages of mawk 1.3.4, Debian's awk. */
import { readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { RegexError } from "../toolkit/posix-regex.ts";
import { defineTool, isBusybox, isErrno } from "../toolkit/tool.ts";
import { AwkError } from "./awk-error.ts";
import { Interpreter } from "./interpreter.ts";
import { parseAwk } from "./parser.ts";
import { AwkSyntaxError } from "./syntax.ts";
import { decodeString } from "./tokens.ts";

export const awk = defineTool({
  name: "awk",
  usageStatus: 2,
  options: [
    o("F", "field-separator", "required"),
    o("v", "assign", "required"),
    o("f", "file", "required"),
    o("e", "source", "required"),
    o("W", "", "required"),
    o("", "posix"),
    o("", "re-interval"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const operands = [...options.operands];
    const sources: string[] = [];
    for (const { name, value } of options.given) {
      if (name === "file") {
        try {
          sources.push(await readAllText(process, value ?? ""));
        } catch (error) {
          if (!isErrno(error)) throw error;
          await process.stderr.write(`awk: can't open file ${value}\n`);
          return 2;
        }
      }
      if (name === "source") sources.push(value ?? "");
    }
    if (sources.length === 0) {
      const program = operands.shift();
      if (program === undefined) {
        await process.stderr.write("Usage: awk [POSIX or GNU style options] [--] 'program' file ...\n");
        return 2;
      }
      sources.push(program);
    }
    try {
      const interpreter = new Interpreter(process, parseAwk(sources.join("\n")), operands);
      const separator = options.value("field-separator");
      if (separator !== undefined) interpreter.memory.set("FS", separator === "t" ? "\t" : decodeString(separator));
      for (const assignment of options.values("assign")) {
        const at = assignment.indexOf("=");
        interpreter.memory.assignText(assignment.slice(0, at), decodeString(assignment.slice(at + 1)));
      }
      return await interpreter.run();
    } catch (error) {
      if (error instanceof AwkSyntaxError) {
        const text = isBusybox(process)
          ? `cmd. line:${error.line}: Unexpected token`
          : `line ${error.line}: ${error.message} at or near ${error.near}`;
        await process.stderr.write(`awk: ${text}\n`);
        return isBusybox(process) ? 1 : 2;
      }
      if (error instanceof AwkError || error instanceof RegexError) {
        await process.stderr.write(`awk: ${error.message}\n`);
        return 2;
      }
      throw error;
    }
  },
});
