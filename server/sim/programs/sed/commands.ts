/** The commands of sed's language, one entry a letter. `{` and `:` only mark places and do nothing. */
import type { Command, Substitution } from "./script.ts";
import { visible } from "./visible.ts";

/** How the cycle goes on after a command. */
export type Flow = "next" | "delete" | "restart" | "quit" | "quit-silent";

/** A number is the index of the command to go on with. */
export type Result = Flow | number;

/** What commands see and change of the run they are in. */
export interface Cycle {
  pattern: string;
  hold: string;
  hasSubstituted: boolean;
  exitStatus: number;
  readonly lineNumber: number;
  readonly isLast: boolean;
  readonly file: string;
  readonly isQuiet: boolean;
  /** Printed at the end of the cycle, or before the next line is read. */
  readonly appended: (() => Promise<string>)[];
  readLine(): Promise<boolean>;
  write(text: string): Promise<void>;
  /** Writes with the line's own end. */
  print(text: string): Promise<void>;
  flushAppended(): Promise<void>;
  isInRange(command: Command): boolean;
  jump(label: string): number;
  contentOf(file: string): Promise<string>;
  nextLineOf(file: string): Promise<string>;
  writeTo(file: string, text: string): Promise<void>;
  substitute(substitution: Substitution): Promise<Flow>;
}

type Action = (cycle: Cycle, command: Command) => Result | Promise<Result>;

const firstLine = (text: string): string => text.split("\n", 1)[0] ?? "";

/** What changes the spaces only. */
function edit(change: (cycle: Cycle, command: Command) => void): Action {
  return (cycle, command) => {
    change(cycle, command);
    return "next";
  };
}

/** What writes only. */
function output(write: (cycle: Cycle, command: Command) => Promise<void>): Action {
  return async (cycle, command): Promise<Result> => {
    await write(cycle, command);
    return "next";
  };
}

function quit(flow: "quit" | "quit-silent"): Action {
  return (cycle, command) => {
    cycle.exitStatus = Number(command.argument || 0);
    return flow;
  };
}

/** `t` jumps after a substitution, `T` without one; both forget about it. */
function jumpIf(hasSubstituted: boolean): Action {
  return (cycle, command) => {
    const jumps = cycle.hasSubstituted === hasSubstituted;
    cycle.hasSubstituted = false;
    return jumps ? cycle.jump(command.argument) : "next";
  };
}

async function change(cycle: Cycle, command: Command): Promise<Result> {
  // A range prints its text once, at its end.
  if (!command.to || command.isNegated || !cycle.isInRange(command)) await cycle.write(`${command.argument}\n`);
  return "delete";
}

function deleteFirstLine(cycle: Cycle): Result {
  const end = cycle.pattern.indexOf("\n");
  if (end === -1) return "delete";
  cycle.pattern = cycle.pattern.slice(end + 1);
  return "restart";
}

async function nextLine(cycle: Cycle): Promise<Result> {
  if (cycle.isLast) return cycle.isQuiet ? "quit-silent" : "quit";
  if (!cycle.isQuiet) await cycle.print(cycle.pattern);
  await cycle.flushAppended();
  return (await cycle.readLine()) ? "next" : "quit-silent";
}

/** Without a next line GNU's prints the pattern space, where POSIX would drop it. */
async function appendNextLine(cycle: Cycle): Promise<Result> {
  if (cycle.isLast) return "quit";
  const before = cycle.pattern;
  await cycle.flushAppended();
  if (!(await cycle.readLine())) return "quit";
  cycle.pattern = `${before}\n${cycle.pattern}`;
  return "next";
}

function translate(cycle: Cycle, { translation }: Command): void {
  cycle.pattern = [...cycle.pattern].map((char) => translation?.get(char) ?? char).join("");
}

export const COMMANDS: Readonly<Record<string, Action>> = {
  s: (cycle, { substitution }) => (substitution ? cycle.substitute(substitution) : "next"),
  y: edit(translate),
  a: edit((cycle, { argument }) => cycle.appended.push(async () => `${argument}\n`)),
  i: output((cycle, { argument }) => cycle.write(`${argument}\n`)),
  c: change,
  d: () => "delete",
  D: deleteFirstLine,
  p: output((cycle) => cycle.print(cycle.pattern)),
  P: output((cycle) => cycle.write(`${firstLine(cycle.pattern)}\n`)),
  n: nextLine,
  N: appendNextLine,
  g: edit((cycle) => {
    cycle.pattern = cycle.hold;
  }),
  G: edit((cycle) => {
    cycle.pattern += `\n${cycle.hold}`;
  }),
  h: edit((cycle) => {
    cycle.hold = cycle.pattern;
  }),
  H: edit((cycle) => {
    cycle.hold += `\n${cycle.pattern}`;
  }),
  x: edit((cycle) => {
    [cycle.pattern, cycle.hold] = [cycle.hold, cycle.pattern];
  }),
  z: edit((cycle) => {
    cycle.pattern = "";
  }),
  "=": output((cycle) => cycle.write(`${cycle.lineNumber}\n`)),
  F: output((cycle) => cycle.write(`${cycle.file}\n`)),
  l: output((cycle, { argument }) => cycle.write(`${visible(cycle.pattern, Number(argument || 70))}\n`)),
  b: (cycle, { argument }) => cycle.jump(argument),
  t: jumpIf(true),
  T: jumpIf(false),
  q: quit("quit"),
  Q: quit("quit-silent"),
  r: edit((cycle, { argument }) => cycle.appended.push(() => cycle.contentOf(argument))),
  R: edit((cycle, { argument }) => cycle.appended.push(() => cycle.nextLineOf(argument))),
  w: output((cycle, { argument }) => cycle.writeTo(argument, `${cycle.pattern}\n`)),
  W: output((cycle, { argument }) => cycle.writeTo(argument, `${firstLine(cycle.pattern)}\n`)),
};
