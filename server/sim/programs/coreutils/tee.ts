import type { OpenFile } from "../../machine/types.ts";
import { chunks } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { complain, defineTool } from "../toolkit/tool.ts";

/** coreutils 9.1 and busybox: tee. */
export const tee = defineTool({
  name: "tee",
  usage: "Usage: tee [OPTION]... [FILE]...\nCopy standard input to each FILE, and also to standard output.",
  options: [o("a", "append"), o("i", "ignore-interrupts"), o("p")],
  async run(process, options) {
    if (options.has("ignore-interrupts")) process.onSignal("SIGINT", "ignore");
    const files: OpenFile[] = [];
    let status = 0;
    for (const operand of options.operands) {
      try {
        files.push(
          process.machine.fs.open(process.resolve(operand), options.has("append") ? "a" : "w", {
            mode: 0o666 & ~process.umask,
            as: process.credentials,
          }),
        );
      } catch (error) {
        await complain(process, operand, error);
        status = 1;
      }
    }
    try {
      for await (const bytes of chunks(process, "-")) {
        await process.stdout.write(bytes);
        for (const file of files) await file.write(bytes, process.interruption);
      }
    } finally {
      for (const file of files) file.release();
    }
    return status;
  },
});
