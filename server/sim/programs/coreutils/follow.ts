/** `tail -f` and `tail -F` of coreutils 9.1: what is added to files, files that come, go and are replaced. */
import type { OpenFile, Process } from "../../machine/types.ts";
import { openInput } from "../toolkit/input.ts";
import { inLocale, isErrno, quote, toolName } from "../toolkit/tool.ts";

export interface Followed {
  readonly operand: string;
  /** Null for a file that is not there (yet). */
  file: OpenFile | null;
}

export interface FollowOptions {
  readonly hasTitles: boolean;
  /** -F: the name is followed, whatever file bears it. */
  readonly byName: boolean;
  /** --pid: ends once this process has. */
  readonly pid?: number;
  /** How often `pid` is looked for. */
  readonly intervalMs: number;
}

/** Ends with the process, or with the process that --pid names. */
export async function follow(process: Process, files: readonly Followed[], options: FollowOptions): Promise<void> {
  let wake = (): void => {};
  const cancels = files.map(({ operand }) => process.machine.fs.watch(process.resolve(operand), () => wake()));
  cancels.push(process.interruption.onInterrupt(() => wake()));
  const printer = new FollowPrinter(process, files.at(-1)?.operand, options.hasTitles);
  try {
    while (!process.interruption.isInterrupted) {
      const changed = new Promise<void>((resolve) => {
        wake = resolve;
      });
      // Looked at before the files: what it wrote at last is printed still.
      const isLastRound = options.pid !== undefined && !process.machine.processes.has(options.pid);
      for (const each of files) {
        if (options.byName) await reopen(process, each);
        await printer.print(each);
      }
      if (isLastRound) return;
      const cancel = options.pid === undefined ? null : process.clock.setTimer(options.intervalMs, () => wake());
      await changed;
      cancel?.();
    }
  } finally {
    for (const cancel of cancels) cancel();
  }
}

class FollowPrinter {
  constructor(
    private readonly process: Process,
    private latest: string | undefined,
    private readonly hasTitles: boolean,
  ) {}

  /** What has been added since the last time. */
  async print({ operand, file }: Followed): Promise<void> {
    if (!file) return;
    if ((file.stat?.().sizeBytes ?? 0) < (file.seek?.(0, "current") ?? 0)) {
      await this.process.stderr.write(`${toolName(this.process)}: ${operand}: file truncated\n`);
      file.seek?.(0, "set");
    }
    while (true) {
      const bytes = await this.process.readFrom(file);
      if (bytes.length === 0) return;
      if (this.hasTitles && this.latest !== operand) await this.process.stdout.write(`\n==> ${operand} <==\n`);
      this.latest = operand;
      await this.process.stdout.write(bytes);
    }
  }
}

/** Looks whether the name still means the file that is open, and takes the new one otherwise. */
async function reopen(process: Process, followed: Followed): Promise<void> {
  const { fs } = process.machine;
  const path = process.resolve(followed.operand);
  const say = (text: string): Promise<void> =>
    process.stderr.write(`${toolName(process)}: ${inLocale(process, quote(followed.operand))} ${text}\n`);
  const isThere = fs.exists(path);
  if (!isThere) {
    if (!followed.file) return;
    followed.file.release();
    followed.file = null;
    return say("has become inaccessible: No such file or directory");
  }
  if (followed.file && followed.file.stat?.().inode === fs.stat(path).inode) return;
  const isReplaced = followed.file !== null;
  try {
    const file = openInput(process, followed.operand);
    followed.file?.release();
    followed.file = file;
  } catch (error) {
    if (!isErrno(error)) throw error;
    return;
  }
  await say(isReplaced ? "has been replaced;  following new file" : "has appeared;  following new file");
}
