/** GNU sed 4.9 and busybox sed. The `e` command and flag (run a program) are refused, as with --sandbox. */
import type { Process } from "../../machine/types.ts";
import { readAllText } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isErrno, toolName } from "../toolkit/tool.ts";
import { inputs } from "./inputs.ts";
import { Run } from "./run.ts";
import { type Command, parseScript, ScriptError } from "./script.ts";

export const sed = defineTool({
  name: "sed",
  usage: "Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...",
  options: [
    o("n", "quiet"),
    o("", "silent"),
    o("e", "expression", "required"),
    o("f", "file", "required"),
    o("E", "regexp-extended"),
    o("r", "regexp-extended"),
    o("i", "in-place", "optional"),
    o("s", "separate"),
    o("z", "null-data"),
    o("u", "unbuffered"),
    o("l", "line-length", "required"),
    o("", "posix"),
    o("", "debug"),
    o("", "sandbox"),
    o("b", "binary"),
    o("", "follow-symlinks"),
  ],
  async run(process, options) {
    const operands = [...options.operands];
    const pieces: string[] = [];
    for (const { name, value } of options.given) {
      if (name === "expression") pieces.push(value ?? "");
      if (name === "file") pieces.push((await readAllText(process, value ?? "")).replace(/\n$/, ""));
    }
    if (pieces.length === 0) {
      const script = operands.shift();
      if (script === undefined) {
        await process.stderr.write("Usage: sed [OPTION]... {script-only-if-no-other-script} [input-file]...\n");
        return 1;
      }
      pieces.push(script);
    }
    let commands: readonly Command[];
    try {
      commands = parseScript(pieces, options.has("regexp-extended") ? "extended" : "basic");
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      await process.stderr.write(`${toolName(process)}: ${error.message}\n`);
      return 1;
    }
    const isQuiet = options.has("quiet") || options.has("silent") || /^#n\n/.test(pieces[0] ?? "");
    const separator = options.has("null-data") ? "\0" : "\n";
    if (!options.has("in-place")) {
      const run = new Run(process, commands, isQuiet, separator);
      const status = await run.over(
        inputs(process, operands.length === 0 ? ["-"] : operands, separator, options.has("separate")),
      );
      await run.flush();
      return status;
    }
    return editInPlace(process, operands, commands, isQuiet, separator, options.value("in-place") ?? "");
  },
});

async function editInPlace(
  process: Process,
  files: readonly string[],
  commands: readonly Command[],
  isQuiet: boolean,
  separator: string,
  suffix: string,
): Promise<number> {
  const { fs } = process.machine;
  let status = 0;
  for (const file of files) {
    const path = process.resolve(file);
    const collected: string[] = [];
    const run = new Run(process, commands, isQuiet, separator, collected);
    try {
      if (fs.stat(path).kind === "directory") {
        await process.stderr.write(`sed: couldn't edit ${file}: not a regular file\n`);
        status = 4;
        continue;
      }
      const mode = fs.stat(path).mode;
      const original = fs.readFile(path, process.credentials);
      status = (await run.over(inputs(process, [file], separator, true))) || status;
      await run.flush();
      if (suffix !== "") {
        const name = suffix.includes("*") ? suffix.replaceAll("*", file.split("/").at(-1) ?? "") : `${file}${suffix}`;
        fs.writeFile(process.resolve(name), original, { mode, as: process.credentials });
      }
      fs.writeFile(path, collected.join(""), { mode, as: process.credentials });
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      await process.stderr.write(`sed: can't read ${file}: ${error.message}\n`);
      status = 2;
    }
    if (run.hasQuit) break;
  }
  return status;
}
