/** Finding and loading executables: PATH, `#!` lines and programs of the registry. Source: execve(2). */
import { decodeText } from "./bytes.ts";
import { Errno } from "./errno.ts";
import { decodeExecutable } from "./fs/executable.ts";
import type { Credentials, FileSystem, Process, Program, ProgramReference, ProgramRegistry } from "./types.ts";

/** Interpreters of interpreters: BINPRM_MAX_RECURSION. */
const SCRIPT_DEPTH = 4;
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export interface LoadedProgram {
  readonly program: ProgramReference;
  readonly run: (process: Process) => Promise<number>;
  readonly argv: readonly string[];
}

/**
 * What runs when `path` is executed. Throws ENOENT (with the interpreter's path when that is
 * what is missing), EACCES, ENOEXEC (a text without `#!`: shells then read it themselves).
 */
export function loadExecutable(
  fs: FileSystem,
  registry: ProgramRegistry,
  path: string,
  argv: readonly string[],
  as: Credentials,
): LoadedProgram {
  let current = path;
  let currentArgv = argv;
  for (let depth = 0; depth <= SCRIPT_DEPTH; depth++) {
    const stat = fs.stat(current, as);
    if (stat.kind !== "file" || !fs.access(current, 1, as)) throw new Errno("EACCES", current);
    const reference = stat.program ?? decodeExecutable(fs.readFile(current));
    if (reference) {
      const program = registry.get(reference.name);
      if (!program) throw new Errno("ENOEXEC", current);
      return { program: reference, run: (process) => program.run(process), argv: currentArgv };
    }
    const interpreter = parseInterpreter(fs.readFile(current));
    if (!interpreter) throw new Errno("ENOEXEC", current);
    currentArgv = [...interpreter, current, ...currentArgv.slice(1)];
    current = interpreter[0];
  }
  throw new Errno("ELOOP", path);
}

/** The words of a `#!` line: the interpreter and, undivided, its argument. */
function parseInterpreter(content: Uint8Array): readonly [string, ...string[]] | undefined {
  if (content[0] !== 0x23 || content[1] !== 0x21) return undefined;
  const head = decodeText(content.subarray(2, 258));
  const line = (head.split("\n", 1)[0] ?? "").trim();
  const match = /^(\S+)(?:[ \t]+(.*))?$/.exec(line);
  const interpreter = match?.[1];
  if (!interpreter) return undefined;
  return match[2] ? [interpreter, match[2]] : [interpreter];
}

/** Searches PATH, or checks a path with a slash. */
export function findInPath(process: Process, name: string): string | undefined {
  if (name === "") return undefined;
  if (name.includes("/")) return isExecutable(process, process.resolve(name)) ? name : undefined;
  const searchPath = process.env.get("PATH") ?? DEFAULT_PATH;
  for (const directory of searchPath.split(":")) {
    const candidate = `${directory === "" ? "." : directory.replace(/\/+$/, "")}/${name}`;
    if (isExecutable(process, process.resolve(candidate))) return candidate;
  }
  return undefined;
}

function isExecutable(process: Process, path: string): boolean {
  const { fs } = process.machine;
  return fs.access(path, 1, process.credentials) && fs.stat(path).kind === "file";
}

/** A registry of these programs, for tests and small worlds. */
export function programRegistry(programs: Iterable<Program>): ProgramRegistry {
  const byName = new Map<string, Program>();
  for (const program of programs) byName.set(program.name, program);
  return byName;
}
