import { BreakLoop, ExitShell, ReturnFromFunction } from "../control.ts";
import type { Builtin, BuiltinCall } from "./builtin.ts";

/** The status given, or the last one. Null after a message. */
async function statusArgument(call: BuiltinCall): Promise<number | null> {
  const { shell, args } = call;
  const [text] = args[0] === "--" ? args.slice(1) : args;
  if (text === undefined) return shell.state.lastStatus;
  if (/^[-+]?[0-9]+$/.test(text)) return Number(BigInt.asUintN(8, BigInt(text.replace(/^\+/, ""))));
  await shell.report(shell.isBash ? `${text}: numeric argument required` : `Illegal number: ${text}`);
  return null;
}

export const exit: Builtin = {
  name: "exit",
  isSpecial: true,
  synopsis: "exit [n]",
  summary: "Exit the shell.",
  async run(call) {
    const { shell } = call;
    if (shell.state.isInteractive) {
      if (shell.isBash) await shell.writeError(shell.state.isLogin ? "logout\n" : "exit\n");
      if (await shell.refusesExit()) return 1;
    }
    const status = await statusArgument(call);
    if (shell.isBash && call.args.length > 1 && status !== null) {
      await shell.report("too many arguments");
      return 1;
    }
    throw new ExitShell(status ?? 2);
  },
};

export const logout: Builtin = {
  name: "logout",
  flavours: ["bash"],
  synopsis: "logout [n]",
  summary: "Exit a login shell.",
  async run(call) {
    if (!call.shell.state.isLogin) {
      await call.shell.report("not login shell: use `exit'");
      return 1;
    }
    return exit.run(call);
  },
};

export const returnBuiltin: Builtin = {
  name: "return",
  isSpecial: true,
  synopsis: "return [n]",
  summary: "Return from a shell function.",
  async run(call) {
    const { shell } = call;
    const canReturn = shell.functionDepth > 0 || shell.frames.some((frame) => frame.kind === "source");
    if (!canReturn && shell.isBash) {
      await shell.report("can only `return' from a function or sourced script");
      return 2;
    }
    const status = await statusArgument(call);
    throw new ReturnFromFunction(status ?? 2);
  },
};

function loopControl(action: "break" | "continue"): Builtin {
  return {
    name: action,
    isSpecial: true,
    synopsis: `${action} [n]`,
    summary: action === "break" ? "Exit for, while, or until loops." : "Resume for, while, or until loops.",
    async run(call) {
      const { shell, args } = call;
      const text = args[0] ?? "1";
      if (shell.loopDepth === 0) {
        if (shell.isBash) await shell.report("only meaningful in a `for', `while', or `until' loop");
        return 0;
      }
      if (!/^[0-9]+$/.test(text)) {
        await shell.report(shell.isBash ? `${text}: numeric argument required` : `Illegal number: ${text}`);
        throw new ExitShell(shell.isBash ? 128 : 2);
      }
      const levels = Number(text);
      if (levels < 1) {
        await shell.report(shell.isBash ? `${text}: loop count out of range` : `Illegal number: ${text}`);
        throw new BreakLoop("break", shell.loopDepth);
      }
      throw new BreakLoop(action, Math.min(levels, shell.loopDepth));
    },
  };
}

export const breakBuiltin = loopControl("break");
export const continueBuiltin = loopControl("continue");
