/** Variables whose value is made when it is asked for. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import { BASH_VERSION_FIELDS } from "./flavour.ts";
import type { Interpreter } from "./interpreter.ts";
import { setOptions, shoptNames } from "./options.ts";
import type { DynamicVariable } from "./variables.ts";

/** bash's generator (Park and Miller), so that `RANDOM=42` gives a known sequence. */
function nextRandom(seed: number): number {
  let value = seed === 0 ? 123459876 : seed;
  const high = Math.floor(value / 127773);
  const low = value % 127773;
  value = 16807 * low - 2836 * high;
  return value < 0 ? value + 0x7fffffff : value;
}

export function installDynamicVariables(shell: Interpreter): void {
  const { dynamic } = shell.variables;
  const add = (name: string, variable: DynamicVariable): void => {
    dynamic.set(name, variable);
  };
  add("LINENO", { read: () => String(shell.line), assign: () => {} });
  if (shell.state.flavour !== "dash") add("RANDOM", randomVariable(shell));
  if (!shell.isBash) return;
  addTimes(shell, add);
  add("BASHPID", { read: () => String(shell.process.pid) });
  add("BASH_SUBSHELL", { read: () => String(shell.state.subshellDepth) });
  add("BASH_COMMAND", { read: () => shell.currentCommandText() });
  add("PIPESTATUS", { read: () => IndexedArray.of(shell.state.pipeStatus.map(String)) });
  add("FUNCNAME", { read: () => frameArray(functionNames(shell)) });
  add("BASH_SOURCE", { read: () => frameArray(sourceNames(shell)) });
  add("BASH_LINENO", { read: () => frameArray(callLines(shell)) });
  add("DIRSTACK", { read: () => IndexedArray.of([shell.process.cwd, ...shell.state.directoryStack]) });
  add("GROUPS", {
    read: () =>
      IndexedArray.of([...new Set([shell.process.credentials.gid, ...shell.process.credentials.groups])].map(String)),
  });
  add("SHELLOPTS", {
    read: () =>
      setOptions
        .filter((option) => shell.options.has(option.name))
        .map((option) => option.name)
        .sort()
        .join(":"),
  });
  add("BASHOPTS", { read: () => [...shoptNames].filter((name) => shell.options.has(name)).join(":") });
  add("HISTCMD", { read: () => String(shell.state.historyBase + shell.state.history.length) });
  add("BASH_ALIASES", { read: () => new AssociativeArray(new Map(shell.state.aliases)) });
  add("BASH_VERSINFO", { read: () => IndexedArray.of(BASH_VERSION_FIELDS) });
}

function randomVariable(shell: Interpreter): DynamicVariable {
  let last = -1;
  return {
    read: () => {
      let value: number;
      do {
        shell.state.randomState = nextRandom(shell.state.randomState);
        value = ((shell.state.randomState >>> 16) ^ (shell.state.randomState & 0xffff)) & 0x7fff;
      } while (value === last);
      last = value;
      return String(value);
    },
    assign: (text) => {
      shell.state.randomState = Number(BigInt.asUintN(32, shell.evaluateArithmetic(text)));
      last = -1;
    },
  };
}

function addTimes(shell: Interpreter, add: (name: string, variable: DynamicVariable) => void): void {
  const now = (): number => shell.process.clock.now();
  add("SECONDS", {
    read: () => String(Math.floor((now() - shell.state.startedMs) / 1000)),
    assign: (text) => {
      shell.state.startedMs = now() - Number(shell.evaluateArithmetic(text)) * 1000;
    },
  });
  add("EPOCHSECONDS", { read: () => String(Math.floor(now() / 1000)) });
  add("EPOCHREALTIME", {
    read: () => `${Math.floor(now() / 1000)}.${String(Math.floor((now() % 1000) * 1000)).padStart(6, "0")}`,
  });
  add("SRANDOM", { read: () => String(shell.process.random.integer(0x100000000)) });
}

function frameArray(values: readonly string[]): IndexedArray | undefined {
  return values.length === 0 ? undefined : IndexedArray.of(values);
}

function visibleFrames(shell: Interpreter) {
  // What `-c` and standard input give has no file, and no frame of its own.
  return shell.frames
    .filter((frame) => frame.kind !== "eval" && !(frame.kind === "main" && frame.source.name === "main"))
    .reverse();
}

function functionNames(shell: Interpreter): string[] {
  const frames = visibleFrames(shell);
  if (!frames.some((frame) => frame.kind === "function" || frame.kind === "source")) return [];
  return frames
    .map((frame) => (frame.kind === "function" ? frame.name : frame.kind === "source" ? "source" : "main"))
    .filter((name, index, all) => name !== "main" || index === all.length - 1);
}

function sourceNames(shell: Interpreter): string[] {
  return visibleFrames(shell)
    .map((frame) =>
      frame.source.name === "main"
        ? frame.kind === "main"
          ? ""
          : shell.isBash && shell.state.isInteractive
            ? "main"
            : "environment"
        : frame.source.name,
    )
    .filter((name) => name !== "");
}

function callLines(shell: Interpreter): string[] {
  return visibleFrames(shell).map((frame) => String(frame.callLine));
}
