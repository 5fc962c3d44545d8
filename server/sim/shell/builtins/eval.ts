import { isErrno } from "../../machine/errno.ts";
import { decodeBytes } from "../bytes.ts";
import { ExitShell, ReturnFromFunction } from "../control.ts";
import { findInPath } from "../external-command.ts";
import { ReturnFromEval } from "../interpreter.ts";
import { SourceText } from "../source-text.ts";
import type { Interpreter } from "../interpreter.ts";
import { type Builtin, type BuiltinCall, NOT_DASH, usageError } from "./builtin.ts";

export const evalBuiltin: Builtin = {
  name: "eval",
  isSpecial: true,
  synopsis: "eval [arg ...]",
  summary: "Execute arguments as a shell command.",
  async run({ shell, args }) {
    const text = (args[0] === "--" ? args.slice(1) : args).join(" ");
    if (text.trim() === "") return 0;
    const source = new SourceText(text, shell.source.name, shell.line, "eval");
    return runNested(shell, source);
  },
};

/** Runs text in this shell, one level down. */
async function runNested(shell: Interpreter, source: SourceText): Promise<number> {
  const builtin = shell.currentBuiltin;
  shell.currentBuiltin = undefined;
  shell.evalDepth++;
  shell.state.lastStatus = 0;
  try {
    return await shell.runProgram(source);
  } catch (error) {
    if (error instanceof ReturnFromEval) return error.status;
    throw error;
  } finally {
    shell.evalDepth--;
    shell.currentBuiltin = builtin;
  }
}

async function runSource(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const args = call.args[0] === "--" ? call.args.slice(1) : call.args;
  const [file, ...positional] = args;
  if (file === undefined) {
    if (!shell.isBash) return shell.state.flavour === "dash" ? 0 : 2;
    return usageError(call, `${call.name} filename [arguments]`, "filename argument required");
  }
  const path = locate(shell, file);
  let text: string;
  try {
    if (path === undefined) return await missing(shell, file);
    const { fs } = shell.process.machine;
    if (fs.stat(shell.process.resolve(path)).kind === "directory") {
      await shell.report(`${file}: is a directory`);
      return 1;
    }
    text = await readSource(shell, path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return await missing(shell, file, error.message);
  }
  return sourceText(shell, new SourceText(text, path), positional);
}

/** Pipes and `<(…)` are read to their end; plain files at once. */
async function readSource(shell: Interpreter, path: string): Promise<string> {
  const { process } = shell;
  const descriptor = /^\/dev\/(?:fd\/([0-9]+)|(stdin))$/.exec(path);
  if (!descriptor) return decodeBytes(process.machine.fs.readFile(process.resolve(path), process.credentials));
  const file = process.fds.get(descriptor[2] ? 0 : Number(descriptor[1]));
  const chunks: number[] = [];
  for (;;) {
    const chunk = file ? await file.read(65_536, process.interruption) : new Uint8Array(0);
    if (chunk.length === 0) return decodeBytes(Uint8Array.from(chunks));
    for (const byte of chunk) chunks.push(byte);
  }
}

function locate(shell: Interpreter, file: string): string | undefined {
  if (file.includes("/")) return file;
  for (const directory of (shell.variables.scalar("PATH") ?? "").split(":")) {
    const candidate = `${directory || "."}/${file}`;
    const { fs } = shell.process.machine;
    if (fs.exists(shell.process.resolve(candidate)) && fs.stat(shell.process.resolve(candidate)).kind === "file")
      return candidate;
  }
  if (!shell.isBash) return findInPath(shell, file);
  return shell.process.machine.fs.exists(shell.process.resolve(file)) ? file : undefined;
}

async function missing(shell: Interpreter, file: string, reason = "No such file or directory"): Promise<number> {
  if (shell.isBash) {
    await shell.reportPlain(`${file.includes("/") ? "" : ""}${file}: ${reason}`);
    return 1;
  }
  const isDash = shell.state.flavour === "dash";
  await shell.report(
    file.includes("/")
      ? isDash
        ? `cannot open ${file}: No such file`
        : `can't open '${file}': ${reason}`
      : isDash
        ? `${file}: not found`
        : `can't open '${file}': ${reason}`,
  );
  if (!shell.state.isInteractive) throw new ExitShell(2);
  return 2;
}

/** Reads a file's commands in this shell. */
export async function sourceText(
  shell: Interpreter,
  source: SourceText,
  positional: readonly string[],
): Promise<number> {
  const { state } = shell;
  const outer = state.positional;
  if (positional.length > 0) state.positional = positional;
  const builtin = shell.currentBuiltin;
  shell.currentBuiltin = undefined;
  shell.frames.push({ kind: "source", name: "source", source, callLine: shell.line });
  shell.evalDepth++;
  state.lastStatus = 0;
  try {
    return await shell.runProgram(source);
  } catch (error) {
    if (error instanceof ReturnFromFunction || error instanceof ReturnFromEval) return error.status;
    throw error;
  } finally {
    shell.evalDepth--;
    shell.frames.pop();
    shell.currentBuiltin = builtin;
    if (positional.length > 0) state.positional = outer;
  }
}

export const dot: Builtin = {
  name: ".",
  isSpecial: true,
  synopsis: ". filename [arguments]",
  summary: "Execute commands from a file in the current shell.",
  run: runSource,
};

export const source: Builtin = {
  name: "source",
  flavours: NOT_DASH,
  synopsis: "source filename [arguments]",
  summary: "Execute commands from a file in the current shell.",
  run: runSource,
};
