/** Calling shell functions. */
import { DiscardCommand, ReturnFromFunction } from "./control.ts";
import { runCompoundBody } from "./compound.ts";
import type { Interpreter } from "./interpreter.ts";
import { limits } from "./limits.ts";
import type { ShellFunction } from "./state.ts";

export async function callFunction(
  shell: Interpreter,
  definition: ShellFunction,
  args: readonly string[],
): Promise<number> {
  const bound = Number(shell.variables.scalar("FUNCNEST") ?? 0) || limits.nesting;
  if (shell.functionDepth >= bound) {
    await shell.reportPlain(`${definition.name}: maximum function nesting level exceeded (${bound})`);
    throw new DiscardCommand(1);
  }
  const { state, variables } = shell;
  const outer = {
    positional: state.positional,
    source: shell.source,
    position: shell.position,
    loopDepth: shell.loopDepth,
  };
  const scope = variables.pushScope("function");
  shell.frames.push({ kind: "function", name: definition.name, source: definition.source, callLine: shell.line });
  shell.functionDepth++;
  state.positional = args;
  shell.source = definition.source;
  shell.loopDepth = 0;
  const restoreTraps = shell.traps.enterFunction();
  const builtin = shell.currentBuiltin;
  shell.currentBuiltin = undefined;
  try {
    return await runBody(shell, definition);
  } finally {
    shell.currentBuiltin = builtin;
    restoreTraps();
    variables.popScope(scope);
    shell.frames.pop();
    shell.functionDepth--;
    state.positional = outer.positional;
    shell.source = outer.source;
    shell.position = outer.position;
    shell.loopDepth = outer.loopDepth;
  }
}

async function runBody(shell: Interpreter, definition: ShellFunction): Promise<number> {
  // Unwinds the host's stack, so that deep recursion of the learner's is no deep recursion of ours.
  await shell.checkpoint();
  let status: number;
  try {
    status = await runCompoundBody(shell, definition.node.body);
  } catch (error) {
    if (!(error instanceof ReturnFromFunction)) throw error;
    status = error.status;
  }
  shell.state.lastStatus = status;
  if (shell.traps.has("RETURN")) await shell.traps.run("RETURN");
  return status;
}
