/** What a shell does before its first command: variables, imported functions, startup files. */
import { decodeBytes } from "./bytes.ts";
import { sourceText } from "./builtins/eval.ts";
import { DiscardCommand } from "./control.ts";
import { BASH_VERSION } from "./flavour.ts";
import type { Interpreter } from "./interpreter.ts";
import { restoreFunction } from "./snapshot.ts";
import { SourceText } from "./source-text.ts";
import { homeOf, userName } from "./users.ts";
import { isValidName } from "./variables.ts";

const DEFAULT_PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin";

export function initialiseVariables(shell: Interpreter): void {
  const { process, variables, state } = shell;
  for (const [name, value] of process.env) {
    const exported = /^BASH_FUNC_(.+)%%$/.exec(name);
    if (exported)
      restoreFunction(
        shell,
        { name: exported[1] ?? "", source: `${exported[1]} ${value}`, isExported: true },
        "environment",
      );
    else if (isValidName(name)) variables.force(name, value, ["x"]);
  }
  const setDefault = (name: string, value: string): void => {
    if (!variables.isSet(name)) variables.force(name, value);
  };
  variables.force("IFS", " \t\n");
  setDefault("PATH", DEFAULT_PATH);
  setDefault("PS4", "+ ");
  variables.force("OPTIND", "1");
  variables.force("PPID", String(process.ppid), ["r", "i"]);
  initialisePwd(shell);
  if (!shell.isBash) {
    if (state.flavour === "ash") setDefault("SHLVL", "1");
    return;
  }
  initialiseBash(shell, setDefault);
}

function initialiseBash(shell: Interpreter, setDefault: (name: string, value: string) => void): void {
  const { process, variables, state } = shell;
  variables.force("BASH", state.shellName.startsWith("/") ? state.shellName : "/bin/bash");
  variables.force("BASH_VERSION", BASH_VERSION);
  variables.force("UID", String(process.credentials.uid), ["r", "i"]);
  variables.force("EUID", String(process.credentials.uid), ["r", "i"]);
  variables.force("SHLVL", String((Number(process.env.get("SHLVL") ?? 0) || 0) + 1), ["x"]);
  variables.force("OPTERR", "1");
  setDefault("HOSTNAME", process.machine.hostname);
  setDefault("HOSTTYPE", "x86_64");
  setDefault("MACHTYPE", "x86_64-pc-linux-gnu");
  setDefault("OSTYPE", process.machine.libc === "musl" ? "linux-musl" : "linux-gnu");
  setDefault("TERM", "dumb");
  setDefault("SHELL", "/bin/bash");
  const home = homeOf(process, undefined);
  if (home !== undefined) setDefault("HOME", home);
  setDefault("_", state.shellName);
}

/** PWD is believed when it names the working directory. */
function initialisePwd(shell: Interpreter): void {
  const { process, variables } = shell;
  const claimed = variables.scalar("PWD");
  const { fs } = process.machine;
  let isRight = false;
  try {
    isRight = claimed?.startsWith("/") === true && fs.realpath(claimed) === fs.realpath(process.cwd);
  } catch {
    // A directory that is gone.
  }
  variables.force("PWD", isRight && claimed !== undefined ? claimed : process.cwd, ["x"]);
}

export function initialiseInteractive(shell: Interpreter): void {
  const { variables, process } = shell;
  const setDefault = (name: string, value: string): void => {
    if (!variables.isSet(name)) variables.force(name, value);
  };
  if (shell.isBash) {
    setDefault("PS1", "\\s-\\v\\$ ");
    setDefault("PS2", "> ");
    setDefault("HISTFILE", `${variables.scalar("HOME") ?? ""}/.bash_history`);
    setDefault("HISTSIZE", "500");
    setDefault("HISTFILESIZE", "500");
    if (process.tty) {
      variables.force("COLUMNS", String(process.tty.size.columns));
      variables.force("LINES", String(process.tty.size.rows));
    }
    return;
  }
  const mark = process.credentials.uid === 0 ? "# " : "$ ";
  setDefault("PS1", shell.state.flavour === "ash" ? `\\w ${mark}` : mark);
  setDefault("PS2", "> ");
  if (shell.state.flavour === "ash") setDefault("USER", userName(process));
}

export interface StartupChoice {
  readonly isLogin: boolean;
  readonly readsProfile: boolean;
  readonly readsRc: boolean;
  readonly rcFile: string | undefined;
}

export async function readStartupFiles(shell: Interpreter, choice: StartupChoice): Promise<void> {
  const home = shell.variables.scalar("HOME") ?? "";
  if (choice.isLogin && choice.readsProfile) {
    await readFileIfThere(shell, "/etc/profile");
    const own = shell.isBash ? [".bash_profile", ".bash_login", ".profile"] : [".profile"];
    for (const name of own) if (await readFileIfThere(shell, `${home}/${name}`)) break;
    if (shell.isBash) return;
  }
  if (shell.state.isInteractive && shell.isBash && !choice.isLogin && choice.readsRc) {
    await readFileIfThere(shell, "/etc/bash.bashrc");
    await readFileIfThere(shell, choice.rcFile ?? `${home}/.bashrc`);
    return;
  }
  const variable = shell.isBash
    ? shell.state.isInteractive
      ? undefined
      : "BASH_ENV"
    : shell.state.isInteractive
      ? "ENV"
      : undefined;
  const file = variable && shell.variables.scalar(variable);
  if (file) await readFileIfThere(shell, file);
}

async function readFileIfThere(shell: Interpreter, path: string): Promise<boolean> {
  let text: string;
  try {
    text = decodeBytes(shell.process.machine.fs.readFile(shell.process.resolve(path), shell.process.credentials));
  } catch {
    return false;
  }
  try {
    await sourceText(shell, new SourceText(text, path), []);
  } catch (error) {
    if (!(error instanceof DiscardCommand)) throw error;
  }
  return true;
}
