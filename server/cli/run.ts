/** `netpol-lab run`: a bash script, or a transcript of commands, on the terminal host of a fresh world. */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import type { World } from "../sim/world-types.ts";
import { atHome, CommandError, makeFolder } from "./host-files.ts";
import { commandHost, openWorld, type WorldSelection } from "./open-world.ts";

export interface RunCommandOptions extends WorldSelection {
  readonly cwd?: string;
  /** Real seconds. */
  readonly limit?: number;
  readonly transcript?: boolean;
}

export interface CommandStreams {
  readonly write: (text: string | Uint8Array) => void;
  readonly writeError: (text: string | Uint8Array) => void;
}

const EXIT_LIMIT = 124;

/** Resolves with the exit status. Throws `CommandError`. */
export async function run(
  source: string,
  args: readonly string[],
  options: RunCommandOptions,
  streams: CommandStreams,
): Promise<number> {
  const text = readSource(source);
  const world = await openWorld(options, commandHost(streams.writeError));
  const cwd = options.cwd === undefined ? undefined : atHome(world, options.cwd);
  if (cwd !== undefined) makeFolder(world, cwd);
  try {
    const work = options.transcript
      ? playTranscript(world, text, cwd, streams)
      : playScript(world, source, text, args, cwd, streams);
    return await withLimit(work, options.limit, streams);
  } finally {
    world.stop();
  }
}

function readSource(source: string): string {
  try {
    return readFileSync(source === "-" ? 0 : source, "utf8");
  } catch (error) {
    throw new CommandError(`cannot read ${source}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function withLimit(work: Promise<number>, seconds: number | undefined, streams: CommandStreams): Promise<number> {
  if (seconds === undefined) return work;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<number>((resolve) => {
    timer = setTimeout(() => {
      streams.writeError(`netpol-lab: stopped after ${seconds} seconds (--limit)\n`);
      resolve(EXIT_LIMIT);
    }, seconds * 1000);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function playScript(
  world: World,
  source: string,
  text: string,
  args: readonly string[],
  cwd: string | undefined,
  streams: CommandStreams,
): Promise<number> {
  const output = {
    ...(cwd === undefined ? {} : { cwd }),
    onStdout: streams.write,
    onStderr: streams.writeError,
  };
  if (source === "-") return (await world.runCommand(text, { ...output, args })).exitCode;
  // A file, so that messages name the script as bash does.
  const path = `/tmp/${basename(source)}`;
  world.terminalHost.fs.writeFile(path, text, { mode: 0o755 });
  const words = [path, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  return (await world.runCommand(`bash ${words.join(" ")}`, output)).exitCode;
}

const stepSchema = z.looseObject({
  cmd: z.string(),
  stdin: z.string().optional(),
  tty: z.boolean().optional(),
  keys: z.array(z.tuple([z.number(), z.string()])).optional(),
});

const TTY_SIZE = { columns: 80, rows: 24 };

/** One JSON line in, one JSON line out; all in one shell. The status is that of the last command. */
async function playTranscript(
  world: World,
  text: string,
  cwd: string | undefined,
  streams: CommandStreams,
): Promise<number> {
  const shell = world.openShell(cwd === undefined ? {} : { cwd });
  let status = 0;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const step = parseStep(line, index + 1);
    const result = await shell.execute(step.cmd, {
      ...(step.stdin === undefined ? {} : { stdin: step.stdin }),
      ...(step.tty ? { tty: TTY_SIZE } : {}),
      ...(step.keys ? { keys: step.keys } : {}),
    });
    status = result.exitCode;
    const { stdout, stderr, seconds } = result;
    streams.write(`${JSON.stringify({ cmd: step.cmd, stdout, stderr, exit: status, seconds })}\n`);
  }
  shell.close();
  return status;
}

function parseStep(line: string, number: number): z.infer<typeof stepSchema> {
  let raw: unknown;
  try {
    raw = JSON.parse(line);
  } catch {
    throw new CommandError(`line ${number} of the transcript is no JSON`);
  }
  const parsed = stepSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new CommandError(`line ${number} of the transcript: ${issue?.path.join(".")}: ${issue?.message}`);
}
