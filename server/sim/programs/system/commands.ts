/** Programs that run other programs: env, nohup, xargs, watch, nice, setsid, stdbuf. */
import { readAllText } from "../toolkit/input.ts";
import type { Process } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { o } from "../toolkit/options.ts";
import { defineTool, isBusybox, quote, quoted, ToolError, toolName } from "../toolkit/tool.ts";
import { runCommand } from "./run-command.ts";
import { exitCode } from "./time.ts";

export const env = defineTool({
  name: "env",
  usageStatus: 125,
  options: [
    o("i", "ignore-environment"),
    o("u", "unset", "required"),
    o("0", "null"),
    o("C", "chdir", "required"),
    o("S", "split-string", "required"),
    o("v", "debug"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const environment = new Map(options.has("ignore-environment") ? [] : process.env);
    for (const name of options.values("unset")) environment.delete(name);
    const split = options.value("split-string");
    const operands = [...(split === undefined ? [] : split.split(/\s+/).filter(Boolean)), ...options.operands];
    if (operands[0] === "-") {
      environment.clear();
      operands.shift();
    }
    while (operands[0]?.includes("=")) {
      const assignment = operands.shift() ?? "";
      const at = assignment.indexOf("=");
      environment.set(assignment.slice(0, at), assignment.slice(at + 1));
    }
    if (operands.length === 0) {
      const end = options.has("null") ? "\0" : "\n";
      await process.stdout.write([...environment].map(([name, value]) => `${name}=${value}${end}`).join(""));
      return 0;
    }
    const cwd = options.value("chdir");
    const failure = (name: string, reason: string): string =>
      isBusybox(process) ? `can't execute '${name}': ${reason}` : `${quoted(name)}: ${reason}`;
    const command = await runCommand(
      process,
      operands,
      { env: environment, ...(cwd === undefined ? {} : { cwd: process.resolve(cwd) }) },
      { failure },
    );
    return command.kind === "failed" ? command.status : exitCode(await command.child.exit);
  },
});

export const printenv = defineTool({
  name: "printenv",
  options: [o("0", "null")],
  async run(process, options) {
    if (options.operands.length === 0) {
      await process.stdout.write([...process.env].map(([name, value]) => `${name}=${value}\n`).join(""));
      return 0;
    }
    let status = 0;
    for (const name of options.operands) {
      const value = process.env.get(name);
      if (value === undefined) status = 1;
      else await process.stdout.write(`${value}\n`);
    }
    return status;
  },
});

export const nohup = defineTool({
  name: "nohup",
  usageStatus: 125,
  options: [],
  stopsAtOperand: true,
  async run(process, options) {
    if (options.operands.length === 0)
      throw new ToolError(`missing operand\nTry '${toolName(process)} --help' for more information.`, 125);
    const fds = new Map();
    if (process.stdout.isTty) {
      await process.stderr.write("nohup: ignoring input and appending output to 'nohup.out'\n");
      const file = process.machine.fs.open(process.resolve("nohup.out"), "a", { mode: 0o600, as: process.credentials });
      fds.set(1, file);
      if (process.stderr.isTty) fds.set(2, file.retain());
    }
    const failure = (name: string, reason: string): string =>
      isBusybox(process) ? `can't execute '${name}': ${reason}` : `failed to run command ${quote(name)}: ${reason}`;
    const command = await runCommand(process, options.operands, { ignoredSignals: ["SIGHUP"], fds }, { failure });
    return command.kind === "failed" ? command.status : exitCode(await command.child.exit);
  },
});

/** The command runs as it is: priority and buffering are not simulated. */
function passThrough(name: string, optionsWithValue: string): ReturnType<typeof defineTool> {
  return defineTool({
    name,
    options: [...optionsWithValue].map((letter) => o(letter, "", "required")),
    stopsAtOperand: true,
    usageStatus: 125,
    async run(process, options) {
      if (options.operands.length === 0)
        throw new ToolError(`missing operand\nTry '${toolName(process)} --help' for more information.`, 125);
      const command = await runCommand(process, options.operands);
      return command.kind === "failed" ? command.status : exitCode(await command.child.exit);
    },
  });
}

export const nice = passThrough("nice", "n");
export const stdbuf = passThrough("stdbuf", "ioe");
export const setsid = passThrough("setsid", "");

export const xargs = defineTool({
  name: "xargs",
  usage:
    "Usage: xargs [OPTION]... COMMAND [INITIAL-ARGS]...\nRun COMMAND with arguments INITIAL-ARGS and more arguments read from input.",
  options: [
    o("0", "null"),
    o("a", "arg-file", "required"),
    o("d", "delimiter", "required"),
    o("I", "replace", "required"),
    o("i", "", "optional"),
    o("L", "max-lines", "required"),
    o("n", "max-args", "required"),
    o("P", "max-procs", "required"),
    o("r", "no-run-if-empty"),
    o("t", "verbose"),
    o("x", "exit"),
    o("s", "max-chars", "required"),
    o("p", "interactive"),
    o("E", "", "required"),
    o("o", "open-tty"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    const source = options.value("arg-file") ?? "-";
    const text = await readAllText(process, source);
    const replace = options.has("i") ? (options.value("i") ?? "{}") : options.value("replace");
    const items = itemsOf(
      text,
      options.has("null") ? "\0" : decodeDelimiter(options.value("delimiter")),
      replace !== undefined || options.has("max-lines"),
    );
    const template = options.operands.length === 0 ? ["echo"] : options.operands;
    const batches = batchesOf(
      items,
      template,
      replace,
      Number(options.value("max-lines") ?? 0),
      Number(options.value("max-args") ?? 0),
    );
    if (items.length === 0 && replace === undefined && !options.has("no-run-if-empty") && !isBusybox(process))
      batches.push([...template]);
    if (items.length === 0 && isBusybox(process) && !options.has("no-run-if-empty") && replace === undefined)
      batches.push([...template]);
    return runBatches(
      process,
      batches,
      Number(options.value("max-procs") ?? 1) || 128,
      options.has("verbose"),
      source === "-",
    );
  },
});

function decodeDelimiter(text: string | undefined): string | null {
  if (text === undefined) return null;
  return { "\\n": "\n", "\\t": "\t", "\\0": "\0" }[text] ?? text;
}

/** Quotes and backslashes count unless a delimiter is given. */
function itemsOf(text: string, delimiter: string | null, byLine: boolean): readonly string[] {
  if (delimiter !== null) {
    const items = text.split(delimiter);
    if (items.at(-1) === "") items.pop();
    return items;
  }
  if (byLine) {
    return text
      .split("\n")
      .map((line) => unquote(line.replace(/^[ \t]+/, "")))
      .filter((line) => line !== "");
  }
  const items: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]|\\[\s\S]|"[^"\n]*"|'[^'\n]*')+|["']/g)) {
    if (match[0] === '"' || match[0] === "'") {
      const kind = match[0] === '"' ? "double" : "single";
      throw new ToolError(
        `unmatched ${kind} quote; by default quotes are special to xargs unless you use the -0 option`,
      );
    }
    items.push(unquote(match[0]));
  }
  return items;
}

const unquote = (text: string): string =>
  text.replace(
    /"([^"]*)"|'([^']*)'|\\([\s\S])/g,
    (_, double?: string, single?: string, escaped?: string) => double ?? single ?? escaped ?? "",
  );

function batchesOf(
  items: readonly string[],
  template: readonly string[],
  replace: string | undefined,
  maxLines: number,
  maxArgs: number,
): string[][] {
  if (replace !== undefined) return items.map((item) => template.map((word) => word.replaceAll(replace, item)));
  if (maxLines > 0)
    return slices(items, maxLines).map((lines) => [...template, ...lines.flatMap((line) => line.split(/[ \t]+/))]);
  if (items.length === 0) return [];
  return slices(items, maxArgs > 0 ? maxArgs : 5000).map((slice) => [...template, ...slice]);
}

function slices<T>(items: readonly T[], size: number): T[][] {
  const result: T[][] = [];
  for (let at = 0; at < items.length; at += size) result.push(items.slice(at, at + size));
  return result;
}

async function runBatches(
  process: Process,
  batches: readonly string[][],
  parallel: number,
  isVerbose: boolean,
  detachesInput: boolean,
): Promise<number> {
  const fds = detachesInput ? new Map([[0, process.machine.fs.open("/dev/null", "r")]]) : undefined;
  let status = 0;
  let next = 0;
  let isStopped = false;
  const worker = async (): Promise<void> => {
    while (next < batches.length && !isStopped) {
      const argv = batches[next++] ?? [];
      if (isVerbose) await process.stderr.write(`${argv.join(" ")}\n`);
      const command = await runCommand(process, argv, fds ? { fds } : {}, {
        failure: (name, reason) => `${name}: ${reason}`,
      });
      if (command.kind === "failed") {
        status = command.status;
        isStopped = true;
        return;
      }
      const exit = await command.child.exit;
      const code = exitCode(exit);
      if (exit.kind === "signaled") {
        status = 125;
        isStopped = true;
      } else if (code === 255) {
        await process.stderr.write(`${toolName(process)}: ${argv[0]}: exited with status 255; aborting\n`);
        status = 124;
        isStopped = true;
      } else if (code !== 0) {
        status = 123;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, Math.max(1, batches.length)) }, worker));
  return status;
}

export const watch = defineTool({
  name: "watch",
  usage: "Usage: watch [options] command",
  options: [
    o("n", "interval", "required"),
    o("t", "no-title"),
    o("d", "differences", "optional"),
    o("b", "beep"),
    o("e", "errexit"),
    o("g", "chgexit"),
    o("c", "color"),
    o("x", "exec"),
    o("p", "precise"),
    o("w", "no-wrap"),
  ],
  stopsAtOperand: true,
  async run(process, options) {
    if (options.operands.length === 0) {
      await process.stderr.write("Usage:\n watch [options] command\n");
      return 1;
    }
    const seconds = Math.max(0.1, Number((options.value("interval") ?? "2").replace(",", ".")));
    if (Number.isNaN(seconds))
      throw new ToolError(`failed to parse argument: ${quote(options.value("interval") ?? "")}`);
    const command = options.operands.join(" ");
    const argv = options.has("exec") ? [...options.operands] : ["sh", "-c", command];
    const tty = process.stdout.file.tty;
    await process.stdout.write(tty ? "\u001b[?1049h\u001b[H\u001b[2J" : "");
    // ^C must restore the screen before the process ends.
    let isStopped = false;
    let wake = (): void => {};
    const stop = process.onSignal("SIGINT", () => {
      isStopped = true;
      wake();
    });
    let previous: string | undefined;
    try {
      while (!isStopped) {
        const { text, status } = await capture(process, argv);
        if (isStopped) break;
        await process.stdout.write(screen(process, text, command, seconds, options.has("no-title")));
        if (options.has("errexit") && status !== 0) return status;
        if (options.has("chgexit") && previous !== undefined && previous !== text) return 0;
        previous = text;
        await new Promise<void>((resolve) => {
          const cancelTimer = process.clock.setTimer(seconds * 1000, resolve);
          const cancelEnd = process.interruption.onInterrupt(() => resolve());
          wake = () => {
            cancelTimer();
            cancelEnd();
            resolve();
          };
        });
        if (process.interruption.isInterrupted) break;
      }
    } finally {
      stop();
      if (tty) await process.stdout.write("\u001b[?1049l").catch(() => undefined);
    }
    return 0;
  },
});

async function capture(process: Process, argv: readonly string[]): Promise<{ text: string; status: number }> {
  const path = `/tmp/.watch-${process.pid}`;
  const { fs } = process.machine;
  const file = fs.open(path, "w", { mode: 0o600 });
  const command = await runCommand(process, argv, {
    fds: new Map([
      [1, file],
      [2, file.retain()],
    ]),
  });
  const status = command.kind === "failed" ? command.status : exitCode(await command.child.exit);
  const text = fs.readText(path);
  fs.unlink(path);
  return { text, status };
}

function screen(process: Process, text: string, command: string, seconds: number, hasNoTitle: boolean): string {
  const size = process.stdout.file.tty?.size;
  if (!size) return text;
  const left = `Every ${seconds.toFixed(1)}s: ${command}`;
  const right = `${process.machine.hostname}: ${formatDate(process.clock.now(), "%a %b %e %H:%M:%S %Y")}`;
  const room = Math.max(0, size.columns - right.length - 1);
  const title = hasNoTitle ? [] : [`${left.slice(0, room).padEnd(room)} ${right}`, ""];
  const rows = [...title, ...text.replace(/\n$/, "").split("\n")].slice(0, size.rows);
  return `\u001b[H${rows.map((row) => `${row.slice(0, size.columns)}\u001b[K`).join("\r\n")}\u001b[J`;
}
