import { BASH_ONLY, type Builtin } from "./builtin.ts";

export const caller: Builtin = {
  name: "caller",
  flavours: BASH_ONLY,
  synopsis: "caller [expr]",
  summary: "Return the context of the current subroutine call.",
  async run({ shell, args }) {
    const calls = shell.frames.filter((frame) => frame.kind === "function" || frame.kind === "source").reverse();
    const level = Number(args[0] ?? 0);
    const frame = calls[level];
    if (!frame) return 1;
    const outer = calls[level + 1];
    const source = outer ? outer.source.name : (shell.frames[0]?.source.name ?? shell.shellName);
    const sourceName = source === "main" ? (shell.frames[0]?.source.name === "main" ? "NULL" : source) : source;
    await shell.write(
      args.length > 0
        ? `${frame.callLine} ${outer?.name ?? "main"} ${sourceName}\n`
        : `${frame.callLine} ${sourceName}\n`,
    );
    return 0;
  },
};

export const suspend: Builtin = {
  name: "suspend",
  flavours: BASH_ONLY,
  synopsis: "suspend [-f]",
  summary: "Suspend shell execution.",
  async run({ shell, args }) {
    if (!shell.hasJobControl) {
      await shell.report("cannot suspend: no job control");
      return 1;
    }
    if (shell.state.isLogin && args[0] !== "-f") {
      await shell.report("cannot suspend a login shell");
      return 1;
    }
    shell.process.kill(shell.process.pid, "SIGSTOP");
    await shell.checkpoint();
    return 0;
  },
};
