import { defineTool, ToolError } from "../toolkit/tool.ts";

/** busybox: waits so many microseconds. */
export const usleep = defineTool({
  name: "usleep",
  usage: "Usage: usleep N\n\nPause for N microseconds",
  options: [],
  async run(process, options) {
    const word = options.operands[0] ?? "";
    if (!/^\d+$/.test(word)) throw new ToolError(`invalid number '${word}'`);
    await process.sleep(Number(word) / 1000);
    return 0;
  },
});
