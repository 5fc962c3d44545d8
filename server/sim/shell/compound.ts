/** Compound commands: groups, conditions, loops, `case`, `select`, subshells, coprocesses. */
import type {
  ArithmeticFor,
  Case,
  CommandNode,
  CompoundCommand,
  CompoundList,
  Coproc,
  For,
  Function as FunctionNode,
  If,
  Redirected,
  Select,
  Subshell,
  While,
  Word,
} from "unbash";
import { createPipe } from "../machine/pipe.ts";
import { IndexedArray } from "./arrays.ts";
import { evaluateTest } from "./conditional.ts";
import { BreakLoop, ExpansionError } from "./control.ts";
import { drive } from "./expansion.ts";
import { forkShell } from "./forking.ts";
import type { Interpreter } from "./interpreter.ts";
import { frozenText, waitForeground } from "./pipelines.ts";
import { compilePattern } from "./pattern.ts";
import { printNode } from "./printer.ts";
import { quoteIfNeeded } from "./quote.ts";
import { withRedirections } from "./redirections.ts";
import { tracePrefix } from "./simple-command.ts";
import { SourceText } from "./source-text.ts";
import { isValidName } from "./variables.ts";
import { arithmeticText, lowerWord } from "./words.ts";
import { readLineFrom } from "./line-reader.ts";
import { closeSubstitutions } from "./substitution.ts";

type Compound = CompoundCommand | Redirected | Coproc;

export async function runCompound(shell: Interpreter, node: Compound): Promise<number> {
  switch (node.type) {
    case "Redirected":
      shell.position = node.pos;
      return runRedirected(shell, node);
    case "BraceGroup":
      return shell.runList(node.body);
    case "Subshell":
      return runSubshell(shell, node);
    case "If":
      return runIf(shell, node);
    case "For":
      return runFor(shell, node);
    case "ArithmeticFor":
      return runArithmeticFor(shell, node);
    case "While":
      return runWhile(shell, node);
    case "Case":
      return runCase(shell, node);
    case "Select":
      return runSelect(shell, node);
    case "TestCommand":
      return runTest(shell, node);
    case "ArithmeticCommand":
      return runArithmetic(shell, node);
    case "Coproc":
      return runCoprocess(shell, node);
    default: {
      const unknown: never = node;
      return unknown;
    }
  }
}

/** The body of a function: a compound command, perhaps with redirections. */
export async function runCompoundBody(shell: Interpreter, body: FunctionNode["body"]): Promise<number> {
  if (body.type === "CompoundList") return shell.runList(body);
  return runCompound(shell, body);
}

async function runRedirected(shell: Interpreter, node: Redirected): Promise<number> {
  const before = shell.openSubstitutions.length;
  try {
    let didRun = false;
    const status = await withRedirections(shell, node.redirects, async () => {
      didRun = true;
      return runCompound(shell, node.command);
    });
    return didRun ? status : await shell.finishCommand(status);
  } finally {
    if (shell.openSubstitutions.length > before) closeSubstitutions(shell, before);
  }
}

export async function runFunctionDefinition(shell: Interpreter, node: FunctionNode): Promise<number> {
  shell.position = node.pos;
  const name = node.name.text.replace(/\\(.)/g, "$1");
  if (!shell.isBash && !isValidName(name))
    throw new ExpansionError(
      shell.state.flavour === "dash" ? "Syntax error: Bad function name" : "syntax error: bad function name",
      true,
      2,
    );
  const existing = shell.state.functions.get(name);
  shell.state.functions.set(name, { name, node, source: shell.source, isExported: existing?.isExported ?? false });
  shell.state.lastStatus = 0;
  return 0;
}

async function runSubshell(shell: Interpreter, node: Subshell): Promise<number> {
  shell.position = node.pos;
  await shell.checkpoint();
  const child = await forkShell(
    shell,
    (inner) => inner.runList(node.body),
    shell.hasJobControl ? { processGroup: 0, isForeground: true } : {},
  );
  const text = frozenText(shell, node);
  const [status = 0] = await waitForeground(shell, [{ child, text }], text);
  shell.state.pipeStatus = [status];
  return shell.finishCommand(status);
}

async function runIf(shell: Interpreter, node: If): Promise<number> {
  const branches: readonly { readonly clause: CompoundList; readonly then: CompoundList }[] = [node, ...node.elif];
  for (const branch of branches) {
    const status = await shell.withoutErrexit(() => shell.runList(branch.clause));
    if (status === 0) return shell.runList(branch.then);
  }
  if (node.else) return shell.runList(node.else);
  shell.state.lastStatus = 0;
  return 0;
}

// ------------------------------------------------------------------------- loops

/** Runs a loop's body once. False ends the loop. */
async function runTurn(shell: Interpreter, body: CompoundList): Promise<boolean> {
  try {
    await shell.runList(body);
    return true;
  } catch (error) {
    if (!(error instanceof BreakLoop)) throw error;
    if (error.levels > 1 && shell.loopDepth > 1) {
      error.levels--;
      throw error;
    }
    shell.state.lastStatus = 0;
    return error.action === "continue";
  }
}

async function inLoop(shell: Interpreter, run: () => Promise<number>): Promise<number> {
  shell.loopDepth++;
  try {
    const status = await run();
    shell.state.lastStatus = status;
    return status;
  } finally {
    shell.loopDepth--;
  }
}

async function loopWords(shell: Interpreter, wordlist: readonly Word[] | undefined): Promise<readonly string[]> {
  if (!wordlist) return shell.positional;
  const values: string[] = [];
  for (const word of wordlist) values.push(...(await drive(shell.expander.fields(lowerWord(word, shell.source)))));
  return values;
}

async function runFor(shell: Interpreter, node: For): Promise<number> {
  shell.position = node.pos;
  const name = node.name.text;
  if (!isValidName(name)) {
    await shell.reportPlain(`\`${name}': not a valid identifier`);
    return shell.finishCommand(1);
  }
  const values = await loopWords(shell, node.wordlist);
  return inLoop(shell, async () => {
    let status = 0;
    for (const value of values) {
      shell.position = node.pos;
      await shell.checkpoint();
      if (shell.traps.has("DEBUG")) {
        shell.currentCommandText = () =>
          `for ${name} in ${node.wordlist?.map((word) => word.text).join(" ") ?? '"$@"'}`;
        await shell.traps.run("DEBUG");
      }
      if (shell.options.has("xtrace"))
        await shell.writeError(`${tracePrefix(shell)}for ${name} in ${values.map(quoteIfNeeded).join(" ")}\n`);
      setLoopVariable(shell, name, value);
      const goesOn = await runTurn(shell, node.body);
      status = shell.state.lastStatus;
      if (!goesOn) break;
    }
    return status;
  });
}

/** A nameref as loop variable is pointed at each value in turn. */
function setLoopVariable(shell: Interpreter, name: string, value: string): void {
  const variable = shell.variables.raw(name);
  if (variable?.attributes.has("n")) shell.variables.force(name, value);
  else shell.variables.assign(name, value);
}

async function runArithmeticFor(shell: Interpreter, node: ArithmeticFor): Promise<number> {
  shell.position = node.pos;
  const parts = headerParts(shell, node);
  const evaluate = async (text: string, otherwise: bigint): Promise<bigint> => {
    if (text.trim() === "") return otherwise;
    if (shell.options.has("xtrace")) await shell.writeError(`${tracePrefix(shell)}(( ${text.trim()} ))\n`);
    return evaluateCommandArithmetic(shell, text);
  };
  if ((await evaluateOrFail(shell, () => evaluate(parts[0], 1n))) === undefined) return shell.finishCommand(1);
  return inLoop(shell, async () => {
    let status = 0;
    for (;;) {
      shell.position = node.pos;
      await shell.checkpoint();
      const test = await evaluateOrFail(shell, () => evaluate(parts[1], 1n));
      if (test === undefined) return 1;
      if (test === 0n) return status;
      const goesOn = await runTurn(shell, node.body);
      status = shell.state.lastStatus;
      if (!goesOn) return status;
      if ((await evaluateOrFail(shell, () => evaluate(parts[2], 1n))) === undefined) return 1;
    }
  });
}

const headers = new WeakMap<ArithmeticFor, readonly [string, string, string]>();

/** The three expressions between `((` and `))`, as text. */
function headerParts(shell: Interpreter, node: ArithmeticFor): readonly [string, string, string] {
  const known = headers.get(node);
  if (known) return known;
  const text = shell.source.text;
  const open = text.indexOf("((", node.pos) + 2;
  let depth = 0;
  let index = open;
  const parts: string[] = [];
  let start = open;
  for (; index < text.length; index++) {
    const character = text[index];
    if (character === "(") depth++;
    else if (character === ")" && depth-- === 0) break;
    else if (character === ";" && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start, index));
  const made = [parts[0] ?? "", parts[1] ?? "", parts[2] ?? ""] as const;
  headers.set(node, made);
  return made;
}

async function runWhile(shell: Interpreter, node: While): Promise<number> {
  const wanted = node.kind === "while";
  return inLoop(shell, async () => {
    let status = 0;
    for (;;) {
      await shell.checkpoint();
      const test = await conditionOfLoop(shell, node.clause);
      if (test === "break") return 0;
      if (test === "continue") continue;
      if ((test === 0) !== wanted) return status;
      const goesOn = await runTurn(shell, node.body);
      status = shell.state.lastStatus;
      if (!goesOn) return status;
    }
  });
}

/** `break` and `continue` work in the condition, too. */
async function conditionOfLoop(shell: Interpreter, clause: CompoundList): Promise<number | "break" | "continue"> {
  try {
    return await shell.withoutErrexit(() => shell.runList(clause));
  } catch (error) {
    if (!(error instanceof BreakLoop)) throw error;
    if (error.levels > 1 && shell.loopDepth > 1) {
      error.levels--;
      throw error;
    }
    return error.action;
  }
}

// -------------------------------------------------------------------------- case

async function runCase(shell: Interpreter, node: Case): Promise<number> {
  shell.position = node.pos;
  await shell.checkpoint();
  const value = await drive(shell.expander.text(lowerWord(node.word, shell.source)));
  if (shell.options.has("xtrace")) await shell.writeError(`${tracePrefix(shell)}case ${node.word.text} in\n`);
  let status = 0;
  let fallsThrough = false;
  for (const item of node.items) {
    if (!fallsThrough && !(await matchesAny(shell, value, item.pattern))) continue;
    if (item.body.commands.length === 0) {
      shell.state.lastStatus = 0;
      status = 0;
    } else status = await shell.runList(item.body);
    if (item.terminator === ";&") fallsThrough = true;
    else if (item.terminator === ";;&") fallsThrough = false;
    else break;
  }
  shell.state.lastStatus = status;
  return status;
}

async function matchesAny(shell: Interpreter, value: string, patterns: readonly Word[]): Promise<boolean> {
  const options = { extglob: shell.options.has("extglob"), ignoreCase: shell.options.has("nocasematch") };
  for (const word of patterns) {
    const pattern = await drive(shell.expander.pattern(lowerWord(word, shell.source).segments));
    if (compilePattern(pattern, options).test(value)) return true;
  }
  return false;
}

// ------------------------------------------------------------------------ select

async function runSelect(shell: Interpreter, node: Select): Promise<number> {
  shell.position = node.pos;
  const values = await loopWords(shell, node.wordlist);
  if (values.length === 0) return 0;
  return inLoop(shell, async () => {
    let showsMenu = true;
    for (;;) {
      await shell.checkpoint();
      if (showsMenu) await shell.writeError(menu(shell, values));
      await shell.writeError(shell.expandPrompt(shell.variables.scalar("PS3") ?? "#? "));
      const line = await readLineFrom(shell, 0);
      if (line === null) {
        await shell.writeError("\n");
        return 1;
      }
      shell.variables.assign("REPLY", line);
      showsMenu = line.trim() === "";
      if (showsMenu) continue;
      const index = /^\s*[0-9]+\s*$/.test(line) ? Number(line) - 1 : -1;
      shell.variables.assign(node.name.text, values[index] ?? "");
      if (!(await runTurn(shell, node.body))) return shell.state.lastStatus;
      // An emptied REPLY asks for the menu again.
      showsMenu = (shell.variables.scalar("REPLY") ?? "") === "";
    }
  });
}

/** bash lays the choices out in columns, as `ls` does. */
function menu(shell: Interpreter, values: readonly string[]): string {
  const columns = Number(shell.variables.scalar("COLUMNS") ?? 80) || 80;
  const digits = String(values.length).length;
  const longest = Math.max(...values.map((value) => value.length)) + digits + 2;
  const width = longest + 2;
  const columnCount = Math.max(1, width > 0 ? Math.floor(columns / width) : 1);
  let rows = Math.ceil(values.length / columnCount);
  // A menu that fits one row is shown one below the other.
  if (rows === 1) rows = values.length;
  const lines: string[] = [];
  for (let row = 0; row < rows; row++) {
    let line = "";
    for (let index = row; index < values.length; index += rows) {
      const cell = `${String(index + 1).padStart(digits)}) ${values[index]}`;
      line += index + rows < values.length ? cell.padEnd(width) : cell;
    }
    lines.push(`${line}\n`);
  }
  return lines.join("");
}

// -------------------------------------------------------------- [[ ]] and (( ))

async function runTest(shell: Interpreter, node: Extract<CompoundCommand, { type: "TestCommand" }>): Promise<number> {
  shell.position = node.pos;
  await shell.checkpoint();
  if (shell.state.flavour === "dash") {
    await shell.reportPlain("[[: not found");
    return shell.finishCommand(127);
  }
  shell.currentCommandText = frozenText(shell, node);
  if (shell.traps.has("DEBUG")) await shell.traps.run("DEBUG");
  const status = await evaluateTest(shell, node.expression);
  shell.state.pipeStatus = [status];
  return shell.finishCommand(status);
}

async function runArithmetic(
  shell: Interpreter,
  node: Extract<CompoundCommand, { type: "ArithmeticCommand" }>,
): Promise<number> {
  shell.position = node.pos;
  await shell.checkpoint();
  if (!shell.isBash) return runNestedSubshell(shell, node.body);
  shell.currentCommandText = frozenText(shell, node);
  if (shell.traps.has("DEBUG")) await shell.traps.run("DEBUG");
  if (shell.options.has("xtrace")) await shell.writeError(`${tracePrefix(shell)}(( ${node.body.trim()} ))\n`);
  const value = await evaluateOrFail(shell, () => evaluateCommandArithmetic(shell, node.body));
  const status = value === undefined || value === 0n ? 1 : 0;
  shell.state.pipeStatus = [status];
  return shell.finishCommand(status);
}

/** In POSIX shells `((…))` is a subshell in a subshell. */
async function runNestedSubshell(shell: Interpreter, body: string): Promise<number> {
  const child = await forkShell(shell, (inner) =>
    inner.runProgram(new SourceText(body, shell.source.name, shell.line)),
  );
  const [status = 0] = await waitForeground(shell, [{ child, text: () => body }], () => body);
  return shell.finishCommand(status);
}

async function evaluateCommandArithmetic(shell: Interpreter, text: string): Promise<bigint> {
  const expanded = /[$`"\\]/.test(text)
    ? await drive(shell.expander.segmentText(arithmeticText(text, shell.source.name, shell.line)))
    : text;
  return shell.evaluateArithmetic(expanded);
}

/** Undefined after an error, which is printed with `((` in front. An unset variable under `set -u` still ends the shell. */
async function evaluateOrFail(shell: Interpreter, evaluate: () => Promise<bigint>): Promise<bigint | undefined> {
  try {
    return await evaluate();
  } catch (error) {
    if (!(error instanceof ExpansionError) || error.isFatal || error.message.endsWith("readonly variable")) throw error;
    await shell.reportPlain(`((: ${error.message}`);
    return undefined;
  }
}

// --------------------------------------------------------------------- coprocess

async function runCoprocess(shell: Interpreter, node: Coproc): Promise<number> {
  shell.position = node.pos;
  const name = node.name?.text ?? "COPROC";
  const toChild = createPipe();
  const fromChild = createPipe();
  const body = node.body;
  const run = (inner: Interpreter): Promise<number> =>
    body.type === "CompoundList" ? inner.runList(body) : inner.runCommandNode(body as CommandNode);
  const child = await forkShell(shell, run, {
    fds: new Map([
      [0, toChild.reader],
      [1, fromChild.writer],
    ]),
    ...(shell.hasJobControl ? { processGroup: 0 } : {}),
  });
  toChild.reader.release();
  fromChild.writer.release();
  const { fds } = shell.process;
  const readFd = freeDescriptor(fds, 63);
  fds.set(readFd, fromChild.reader);
  const writeFd = freeDescriptor(fds, 63);
  fds.set(writeFd, toChild.writer);
  shell.variables.force(name, IndexedArray.of([String(readFd), String(writeFd)]));
  shell.variables.force(`${name}_PID`, String(child.pid));
  const text = printNode(node, shell.source);
  const job = shell.jobs.add([{ child, text: () => text }], child.process.processGroup, () => text, true);
  shell.state.lastBackgroundPid = child.pid;
  shell.state.lastStatus = 0;
  if (shell.state.isInteractive) await shell.writeError(`[${job.number}] ${child.pid}\n`);
  return 0;
}

function freeDescriptor(fds: ReadonlyMap<number, unknown>, from: number): number {
  let fd = from;
  while (fds.has(fd)) fd--;
  return fd;
}
