/** `-f`, `-d`, `-nt` and the other questions about files. */
import type { FileKind, FileStat } from "../machine/types.ts";
import type { Interpreter } from "./interpreter.ts";

const KINDS: Readonly<Record<string, FileKind>> = { "-f": "file", "-d": "directory", "-p": "fifo", "-S": "socket" };

/** Bit of the mode that `-u`, `-g`, `-k` look at. */
const MODE_BITS: Readonly<Record<string, number>> = { "-u": 0o4000, "-g": 0o2000, "-k": 0o1000 };

const ACCESS: Readonly<Record<string, number>> = { "-r": 4, "-w": 2, "-x": 1 };

function statOf(shell: Interpreter, path: string, followsLinks = true): FileStat | undefined {
  if (path === "") return undefined;
  const { fs } = shell.process.machine;
  try {
    const fd = /^\/dev\/(?:fd\/([0-9]+)|std(in|out|err))$/.exec(path);
    if (fd) {
      const number = fd[1] !== undefined ? Number(fd[1]) : ["in", "out", "err"].indexOf(fd[2] ?? "");
      const file = shell.process.fds.get(number);
      if (!file) return undefined;
      if (file.stat) return file.stat();
    }
    const absolute = shell.process.resolve(path);
    return followsLinks ? fs.stat(absolute, shell.process.credentials) : fs.lstat(absolute, shell.process.credentials);
  } catch {
    return undefined;
  }
}

function is(shell: Interpreter, operator: string, path: string): boolean {
  if (operator === "-L" || operator === "-h") return statOf(shell, path, false)?.kind === "symlink";
  const stat = statOf(shell, path);
  if (!stat) return false;
  const kind = KINDS[operator];
  if (kind) return stat.kind === kind;
  const bit = MODE_BITS[operator];
  if (bit !== undefined) return (stat.mode & bit) !== 0;
  const access = ACCESS[operator];
  if (access !== undefined)
    return shell.process.machine.fs.access(shell.process.resolve(path), access, shell.process.credentials);
  const { uid, gid } = shell.process.credentials;
  switch (operator) {
    case "-e":
    case "-a":
      return true;
    case "-s":
      return stat.sizeBytes > 0;
    case "-b":
      return false;
    case "-c":
      return stat.kind === "device";
    case "-O":
      return stat.uid === uid;
    case "-G":
      return stat.gid === gid;
    case "-N":
      return stat.modifiedMs > stat.accessedMs;
    default:
      return false;
  }
}

function compare(shell: Interpreter, operator: string, left: string, right: string): boolean {
  const a = statOf(shell, left);
  const b = statOf(shell, right);
  if (operator === "-ef") return a !== undefined && b !== undefined && a.inode === b.inode && a.device === b.device;
  if (operator === "-nt") return a !== undefined && (b === undefined || a.modifiedMs > b.modifiedMs);
  return b !== undefined && (a === undefined || a.modifiedMs < b.modifiedMs);
}

export const testFile = { is, compare };
