/** `history` and `fc`. */
import { isErrno } from "../../machine/errno.ts";
import { addToHistory, appendHistoryFile, historyPath, readHistoryFile, writeHistoryFile } from "../history.ts";
import { SourceText } from "../source-text.ts";
import { BASH_ONLY, type Builtin, parseOptions, refuseOptions } from "./builtin.ts";

export const history: Builtin = {
  name: "history",
  flavours: ["bash", "ash"],
  synopsis: "history [-c] [-d offset] [n] or history -anrw [filename] or history -ps arg [arg...]",
  summary: "Display or manipulate the history list.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "cd:anrwps");
    const refused = await refuseOptions(call, options, history.synopsis);
    if (refused !== undefined) return refused;
    const { flags, operands } = options;
    const { state } = shell;
    const path = operands[0] ?? historyPath(shell);
    const deleted = flags.get("d");
    if (flags.has("c")) state.history = [];
    if (deleted !== undefined) {
      const index =
        (Number(deleted) < 0 ? state.history.length + Number(deleted) : Number(deleted) - state.historyBase) | 0;
      if (!(index >= 0 && index < state.history.length)) {
        await shell.report(`${deleted}: history position out of range`);
        return 1;
      }
      state.history = state.history.filter((_, each) => each !== index);
    }
    if (flags.has("s")) state.history = [...state.history, operands.join(" ")];
    if (flags.has("p")) await shell.write(operands.map((operand) => `${operand}\n`).join(""));
    if (flags.has("w")) writeHistoryFile(shell, path);
    if (flags.has("a")) appendHistoryFile(shell, path);
    if (flags.has("r") || flags.has("n")) readHistoryFile(shell, path);
    if (flags.size > 0) return 0;
    const count = operands[0];
    if (count !== undefined && !/^[0-9]+$/.test(count)) {
      await shell.report(`${count}: numeric argument required`);
      return 1;
    }
    const from = count === undefined ? 0 : Math.max(0, state.history.length - Number(count));
    const lines = state.history
      .slice(from)
      .map((line, index) => `${String(state.historyBase + from + index).padStart(5)}  ${line}\n`);
    await shell.write(lines.join(""));
    return 0;
  },
};

export const fc: Builtin = {
  name: "fc",
  flavours: BASH_ONLY,
  synopsis: "fc [-e ename] [-lnr] [first] [last] or fc -s [pat=rep] [command]",
  summary: "Display or execute commands from the history list.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(
      call.args.map((arg) => (/^-[0-9]+$/.test(arg) ? `\u0000${arg}` : arg)),
      "e:lnrs",
    );
    const refused = await refuseOptions(call, options, fc.synopsis);
    if (refused !== undefined) return refused;
    const { flags } = options;
    const operands = options.operands.map((operand) => operand.replace("\u0000", ""));
    // The line that calls `fc` is the last of the list and does not count.
    const entries = shell.state.isInteractive ? shell.state.history.slice(0, -1) : shell.state.history;
    if (flags.has("l")) {
      const first = locate(entries, shell.state.historyBase, operands[0] ?? "-16");
      const last = locate(entries, shell.state.historyBase, operands[1] ?? "-1");
      const range = entries
        .slice(Math.max(0, Math.min(first, last)), Math.max(first, last) + 1)
        .map((line, index) => ({ line, number: shell.state.historyBase + Math.max(0, Math.min(first, last)) + index }));
      if (flags.has("r") !== first > last) range.reverse();
      await shell.write(range.map(({ line, number }) => `${flags.has("n") ? "" : number}\t ${line}\n`).join(""));
      return 0;
    }
    if (!flags.has("s")) return editAndRun(call, entries, operands, flags.get("e"));
    const replacement = operands[0]?.includes("=") ? operands[0] : undefined;
    const index = locate(entries, shell.state.historyBase, operands[replacement ? 1 : 0] ?? "-1");
    const line = entries[index];
    if (line === undefined) {
      await shell.report("no command found");
      return 1;
    }
    const equals = replacement?.indexOf("=") ?? -1;
    const text = replacement ? line.replace(replacement.slice(0, equals), replacement.slice(equals + 1)) : line;
    await shell.writeError(`${text}\n`);
    // The line that ran counts, not the `fc` that called it.
    if (shell.state.isInteractive) {
      shell.state.history = shell.state.history.slice(0, -1);
      addToHistory(shell, text);
    }
    return shell.runProgram(new SourceText(text, shell.source.name, shell.line));
  },
};

async function editAndRun(
  { shell }: Parameters<Builtin["run"]>[0],
  entries: readonly string[],
  operands: readonly string[],
  editor: string | undefined,
): Promise<number> {
  const first = locate(entries, shell.state.historyBase, operands[0] ?? "-1");
  const last = operands[1] === undefined ? first : locate(entries, shell.state.historyBase, operands[1]);
  const text = entries.slice(Math.min(first, last), Math.max(first, last) + 1).join("\n");
  if (text === "") {
    await shell.report("history specification out of range");
    return 1;
  }
  const { fs } = shell.process.machine;
  const path = `/tmp/bash-fc.${shell.process.random.text(6)}`;
  try {
    fs.writeFile(path, `${text}\n`, { mode: 0o600, as: shell.process.credentials });
    const program = editor ?? shell.variables.scalar("FCEDIT") ?? shell.variables.scalar("EDITOR") ?? "vi";
    await shell.runProgram(new SourceText(`${program} ${path}`, shell.source.name, shell.line));
    const edited = fs.readText(path);
    fs.unlink(path);
    await shell.writeError(edited);
    return await shell.runProgram(new SourceText(edited, shell.source.name, shell.line));
  } catch (error) {
    if (!isErrno(error)) throw error;
    await shell.report(`${path}: cannot open temp file: ${error.message}`);
    return 1;
  }
}

function locate(entries: readonly string[], base: number, spec: string): number {
  if (/^-[0-9]+$/.test(spec)) return Math.max(0, entries.length + Number(spec));
  if (/^[0-9]+$/.test(spec)) return Math.min(Math.max(0, Number(spec) - base), entries.length - 1);
  return entries.findLastIndex((line) => line.startsWith(spec));
}
