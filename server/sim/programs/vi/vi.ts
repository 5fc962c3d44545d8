/** vim 9 and busybox vi on a terminal: reads keys, draws, reads and writes files. */
import { RAW_MODES } from "../../machine/tty.ts";
import { createInterruption } from "../../machine/interruption.ts";
import type { OpenFile, Process, Program, Tty } from "../../machine/types.ts";
import { exitCode } from "../system/time.ts";
import { isBusybox, isErrno } from "../toolkit/tool.ts";
import { Editor } from "./editor.ts";
import type { EditorHost, EditorState } from "./editor-state.ts";
import { runEx } from "./ex.ts";
import { KeyReader } from "./keys.ts";
import { Screen } from "./screen.ts";

const ENTER = "\u001b[?1049h\u001b[?2004h\u001b[H\u001b[2J";
const LEAVE = "\u001b[?2004l\u001b[?1049l";

/** Where ^Z is a command; elsewhere it is a character. */
const SUSPENDABLE: ReadonlySet<EditorState["mode"]> = new Set(["normal", "visual", "visual-line", "visual-block"]);

interface Invocation {
  readonly files: readonly string[];
  /** Ex commands run at the start: from `+N`, `+/text`, `-c`. */
  readonly commands: readonly string[];
  readonly isReadOnly: boolean;
  readonly scripts: readonly string[];
}

function parseArguments(process: Process): Invocation | { readonly refusal: string; readonly status: number } {
  const files: string[] = [];
  const commands: string[] = [];
  const scripts: string[] = [];
  let isReadOnly = process.name === "view";
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const argument = args[index] ?? "";
    if (argument === "--") {
      files.push(...args.slice(index + 1));
      break;
    }
    if (argument === "+") commands.push("$");
    else if (argument.startsWith("+")) commands.push(argument.slice(1));
    else if (argument === "-c" || argument === "--cmd") commands.push(args[++index] ?? "");
    else if (argument === "-R") isReadOnly = true;
    else if (argument === "-s") scripts.push(args[++index] ?? "");
    else if (argument === "-u" || argument === "-T") index++;
    else if (argument === "--version" || argument === "-h" || argument === "--help") {
      return { refusal: "VIM - Vi IMproved 9.0 (2022 Jun 28)\n", status: 0 };
    } else if (/^-[nNeEbyZmMovOpdXil]+$/.test(argument) || argument === "--noplugin" || argument === "--clean")
      continue;
    else if (argument.startsWith("-") && argument !== "-") {
      return {
        refusal: `VIM - Vi IMproved 9.0 (2022 Jun 28)\nUnknown option argument: "${argument}"\nMore info with: "vim -h"\n`,
        status: 1,
      };
    } else files.push(argument);
  }
  return { files, commands, isReadOnly, scripts };
}

function editorHost(process: Process, shell: EditorHost["shell"]): EditorHost {
  const { fs } = process.machine;
  const path = (name: string): string =>
    process.resolve(name.replace(/^~(?=\/|$)/, process.env.get("HOME") ?? "/root"));
  return {
    exists: (name) => fs.exists(path(name)),
    readFile: (name) => fs.readText(path(name), process.credentials),
    writeFile(name, text, append) {
      try {
        if (append) fs.appendFile(path(name), text, { as: process.credentials });
        else
          fs.writeFile(path(name), text, {
            mode: fs.exists(path(name)) ? fs.stat(path(name)).mode : 0o666 & ~process.umask,
            as: process.credentials,
          });
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code === "EISDIR") throw new Error(`"${name}" E502: is a directory`);
        throw new Error(
          error.code === "ENOENT"
            ? `"${name}" E212: Can't open file for writing`
            : `"${name}" E212: Can't open file for writing: ${error.message}`,
        );
      }
    },
    shell,
  };
}

/** The terminal in raw mode, and out of it while a shell command runs. */
class TerminalSession {
  private readonly savedModes: Tty["modes"];

  constructor(
    private readonly process: Process,
    readonly tty: Tty,
  ) {
    this.savedModes = { ...tty.modes };
  }

  async enter(): Promise<void> {
    this.tty.setModes({ ...RAW_MODES, mapsNewlines: true });
    await this.process.stdout.write(ENTER);
  }

  async leave(): Promise<void> {
    this.tty.setModes(this.savedModes);
    await this.process.stdout.write(LEAVE).catch(() => undefined);
  }

  /** ^Z: the shell has the terminal until it continues this job. */
  async suspend(): Promise<void> {
    await this.leave();
    this.process.onSignal("SIGTSTP", "default");
    this.process.kill(-this.process.processGroup, "SIGTSTP");
    await this.process.breathe();
    this.process.onSignal("SIGTSTP", "ignore");
    await this.enter();
  }

  /** With input: filters it. Without: shows the output and waits for Enter. */
  async shell(command: string, input: string | null): Promise<string> {
    const { fs } = this.process.machine;
    const shell = this.process.env.get("SHELL") ?? "/bin/sh";
    if (input === null) {
      await this.leave();
      const child = this.process.spawn(shell, [shell, "-c", command]);
      const status = exitCode(await child.exit);
      await this.process.stdout.write(
        `${status === 0 ? "" : `\nshell returned ${status}\n`}\nPress ENTER or type command to continue`,
      );
      await this.process.stdin.read(1);
      await this.enter();
      return "";
    }
    const base = `/tmp/.vim-${this.process.pid}`;
    fs.writeFile(`${base}.in`, input, { mode: 0o600 });
    const fds = new Map<number, OpenFile>([
      [0, fs.open(`${base}.in`, "r")],
      [1, fs.open(`${base}.out`, "w", { mode: 0o600 })],
    ]);
    fds.set(2, (fds.get(1) as OpenFile).retain());
    await this.process.spawn(shell, [shell, "-c", command], { fds }).exit;
    for (const file of fds.values()) file.release();
    const output = fs.readText(`${base}.out`);
    fs.unlink(`${base}.in`);
    fs.unlink(`${base}.out`);
    return output;
  }
}

function viProgram(name: string): Program {
  return {
    name,
    async run(process) {
      const invocation = parseArguments(process);
      if ("refusal" in invocation) {
        await process.stdout.write(invocation.refusal);
        return invocation.status;
      }
      const tty = process.stdin.file.tty ?? process.tty;
      if (!tty || !process.stdin.isTty) {
        await process.stderr.write("Vim: Warning: Input is not from a terminal\n");
        if (!tty) return editFromInput(process, invocation);
      }
      return editOnTerminal(process, invocation, tty);
    },
  };
}

function openEditor(process: Process, session: TerminalSession, invocation: Invocation, file: string): Editor {
  const editor = new Editor(
    editorHost(process, (command, input) => session.shell(command, input)),
    { path: file, isReadOnly: invocation.isReadOnly },
  );
  loadFile(process, editor);
  for (const line of settingsOf(process)) runEx(editor, line);
  for (const command of invocation.commands) {
    if (command.startsWith("/")) {
      editor.setSearch(command.slice(1));
      runEx(editor, command);
    } else runEx(editor, command);
  }
  return editor;
}

/** ~/.vimrc, as far as it is made of `set` lines. */
function settingsOf(process: Process): readonly string[] {
  if (isBusybox(process)) return [];
  const path = `${process.env.get("HOME") ?? "/root"}/.vimrc`;
  const { fs } = process.machine;
  if (!fs.exists(path)) return [];
  return fs
    .readText(path)
    .split("\n")
    .map((line) => line.trim().replace(/\s+".*$/, ""))
    .filter((line) => /^(set|setlocal|se)\s/.test(line));
}

function loadFile(process: Process, editor: Editor): void {
  if (editor.path === "") return;
  const { fs } = process.machine;
  const path = process.resolve(editor.path);
  try {
    if (fs.stat(path, process.credentials).kind === "directory") {
      editor.fail(`"${editor.path}" is a directory`);
      return;
    }
    const text = fs.readText(path, process.credentials);
    editor.buffer.load(text);
    const isWritable = fs.access(path, 2, process.credentials);
    const noEnd = text !== "" && !text.endsWith("\n") ? " [noeol]" : "";
    const lines = text === "" ? 0 : editor.buffer.lines.length;
    editor.say(
      `"${editor.path}"${isWritable ? "" : " [readonly]"}${noEnd} ${lines}L, ${new TextEncoder().encode(text).length}B`,
    );
  } catch (error) {
    if (!isErrno(error)) throw error;
    editor.say(error.code === "ENOENT" ? `"${editor.path}" [New]` : `"${editor.path}" [Permission Denied]`);
  }
}

async function editOnTerminal(process: Process, invocation: Invocation, tty: Tty): Promise<number> {
  const session = new TerminalSession(process, tty);
  const count = invocation.files.length;
  if (count > 1 && !isBusybox(process)) await process.stderr.write(`${count} files to edit\n`);
  await session.enter();
  const screen = new Screen();
  const reader = new KeyReader();
  let hasResized = createInterruption();
  const stopWatching = process.onSignal("SIGWINCH", () => hasResized.interrupt("resized"));
  process.onSignal("SIGINT", "ignore");
  process.onSignal("SIGTSTP", "ignore");
  let status = 0;
  try {
    const files = invocation.files.length === 0 ? [""] : invocation.files;
    for (const [index, file] of files.entries()) {
      const editor = openEditor(process, session, invocation, file);
      editor.filesLeft = files.length - 1 - index;
      while (editor.exitStatus === null) {
        await process.stdout.write(screen.draw(editor, tty.size));
        let bytes: Uint8Array;
        try {
          bytes = await process.readFrom(tty.file, 4096, hasResized.interruption);
        } catch (error) {
          if (!hasResized.interruption.isInterrupted) throw error;
          hasResized = createInterruption();
          continue;
        }
        if (bytes.length === 0) return 1;
        for (const key of reader.push(bytes)) {
          if (key.kind === "key" && key.name === "<C-z>" && SUSPENDABLE.has(editor.mode)) {
            await session.suspend();
            screen.invalidate();
            continue;
          }
          editor.feed(key);
          editor.drain();
          if (editor.busy) {
            await editor.busy.catch((error: unknown) => editor.fail(String(error)));
            editor.busy = null;
            screen.invalidate();
          }
          if (editor.exitStatus !== null) break;
        }
      }
      status = editor.exitStatus;
      if (status !== 0 || !editor.goesOn) break;
    }
  } finally {
    stopWatching();
    await session.leave();
  }
  return status;
}

/** Without any terminal keys come from standard input until it ends, as `vim < keys` would. */
async function editFromInput(process: Process, invocation: Invocation): Promise<number> {
  const editor = new Editor(
    editorHost(process, async () => ""),
    { path: invocation.files[0] ?? "", isReadOnly: invocation.isReadOnly },
  );
  loadFile(process, editor);
  const reader = new KeyReader();
  for (const key of reader.push(await process.stdin.readAll())) {
    editor.feed(key);
    editor.drain();
    if (editor.exitStatus !== null) return editor.exitStatus;
  }
  await process.stderr.write("Vim: Error reading input, exiting...\nVim: Finished.\n");
  return 1;
}

export const vim = viProgram("vim");
export const vi = viProgram("vi");
