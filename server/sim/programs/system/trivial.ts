/** Programs of a line or two: true, false, clear, reset, pwd, sync-like ones. */
import { defineTool, isBusybox } from "../toolkit/tool.ts";

const always = (name: string, status: number) => ({ name, run: async (): Promise<number> => status });

export const trueProgram = always("true", 0);
export const falseProgram = always("false", 1);

export const clear = defineTool({
  name: "clear",
  options: [],
  async run(process) {
    await process.stdout.write(isBusybox(process) ? "\u001b[H\u001b[J" : "\u001b[H\u001b[2J\u001b[3J");
    return 0;
  },
});

export const reset = defineTool({
  name: "reset",
  options: [],
  async run(process) {
    await process.stdout.write("\u001bc\u001b[!p\u001b[?3;4l\u001b[4l\u001b>");
    return 0;
  },
});

export const pwd = defineTool({
  name: "pwd",
  options: [{ short: "L" }, { short: "P" }],
  async run(process) {
    await process.stdout.write(`${process.machine.fs.realpath(process.cwd)}\n`);
    return 0;
  },
});
