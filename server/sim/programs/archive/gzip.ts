/** gzip 1.12, gunzip and zcat. */
import { gunzipSync, gzipSync } from "fflate";
import type { Process } from "../../machine/types.ts";
import { readAll } from "../toolkit/input.ts";
import { o } from "../toolkit/options.ts";
import { complain, defineTool, isErrno, ToolError, toolName } from "../toolkit/tool.ts";

const OPTIONS = [
  o("c", "stdout"),
  o("d", "decompress"),
  o("f", "force"),
  o("k", "keep"),
  o("n", "no-name"),
  o("N", "name"),
  o("q", "quiet"),
  o("t", "test"),
  o("v", "verbose"),
  o("", "fast"),
  o("", "best"),
  ..."123456789".split("").map((level) => o(level)),
];

interface Task {
  readonly process: Process;
  readonly decompresses: boolean;
  readonly toStdout: boolean;
  readonly keeps: boolean;
  readonly forces: boolean;
  readonly isTest: boolean;
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Without the time, so that equal content gives equal archives. */
export const compress = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { mtime: 0 });

/** Throws `ToolError` in gzip's words. `name` is the file concerned. */
export function decompress(bytes: Uint8Array, name: string): Uint8Array {
  if (!isGzip(bytes)) throw new ToolError(`${name}: not in gzip format`);
  try {
    return gunzipSync(bytes);
  } catch {
    throw new ToolError(`${name}: unexpected end of file`);
  }
}

function define(name: string, always: { readonly decompresses?: boolean; readonly toStdout?: boolean }) {
  return defineTool({
    name,
    options: OPTIONS,
    async run(process, options) {
      const task: Task = {
        process,
        decompresses: always.decompresses ?? (options.has("decompress") || options.has("test")),
        toStdout: always.toStdout ?? options.has("stdout"),
        keeps: options.has("keep"),
        forces: options.has("force"),
        isTest: options.has("test"),
      };
      const operands = options.operands.length === 0 ? ["-"] : options.operands;
      let status = 0;
      for (const operand of operands) {
        try {
          if (operand === "-") await stream(task, "-");
          else await file(task, operand);
        } catch (error) {
          if (error instanceof ToolError) {
            const lead = error.message.startsWith("stdin") || !error.message.includes("not in") ? "" : "\n";
            await process.stderr.write(`${lead}${toolName(process)}: ${error.message}\n`);
          } else if (isErrno(error) && error.code !== "EPIPE") await complain(process, operand, error);
          else throw error;
          status = 1;
        }
      }
      return status;
    },
  });
}

async function stream(task: Task, operand: string): Promise<void> {
  const bytes = await readAll(task.process, operand);
  const result = task.decompresses ? decompress(bytes, operand === "-" ? "stdin" : operand) : compress(bytes);
  if (!task.isTest) await task.process.stdout.write(result);
}

async function file(task: Task, operand: string): Promise<void> {
  const { process } = task;
  const { fs } = process.machine;
  const path = process.resolve(operand);
  const stat = fs.stat(path, process.credentials);
  if (stat.kind === "directory") throw new ToolError(`${operand} is a directory -- ignored`, 2);
  if (task.toStdout || task.isTest) return await stream(task, operand);
  if (task.decompresses && !/\.(gz|tgz)$/.test(operand))
    throw new ToolError(`${operand}: unknown suffix -- ignored`, 2);
  if (!task.decompresses && operand.endsWith(".gz") && !task.forces) {
    throw new ToolError(`${operand} already has .gz suffix -- unchanged`, 2);
  }
  const target = task.decompresses ? operand.replace(/\.gz$/, "").replace(/\.tgz$/, ".tar") : `${operand}.gz`;
  if (fs.exists(process.resolve(target)) && !task.forces)
    throw new ToolError(`${target} already exists;\tnot overwritten`, 2);
  const bytes = await readAll(process, operand);
  const result = task.decompresses ? decompress(bytes, operand) : compress(bytes);
  fs.writeFile(process.resolve(target), result, { mode: stat.mode, as: process.credentials });
  fs.utimes(process.resolve(target), stat.accessedMs, stat.modifiedMs);
  if (!task.keeps) fs.unlink(path, process.credentials);
}

export const gzip = define("gzip", {});
export const gunzip = define("gunzip", { decompresses: true });
export const zcat = define("zcat", { decompresses: true, toStdout: true });
