/**
 * script from util-linux 2.39: runs a command on a terminal of its own and copies what
 * appears there. Understood: -q, -e, -c COMMAND, -a, -f and the file. Left out: timing, replay.
 */
import type { Process, Program, Tty, TtySize } from "../../machine/types.ts";

const DEFAULT_SIZE: TtySize = { columns: 80, rows: 24 };
/** ^D: what the terminal is given when standard input ends. */
const END_OF_TRANSMISSION = "\x04";

interface Options {
  readonly command: string;
  readonly file: string;
  readonly isQuiet: boolean;
  readonly returnsStatus: boolean;
  readonly appends: boolean;
}

/** Undefined for an unknown option. */
function parseOptions(args: readonly string[]): Options | string {
  const rest = [...args];
  let options: Options = { command: "", file: "typescript", isQuiet: false, returnsStatus: false, appends: false };
  while (rest.length > 0) {
    const arg = rest.shift() ?? "";
    if (!arg.startsWith("-") || arg === "-") {
      options = { ...options, file: arg };
      continue;
    }
    for (let index = 1; index < arg.length; index++) {
      const letter = arg[index] ?? "";
      if (letter === "q") options = { ...options, isQuiet: true };
      else if (letter === "e") options = { ...options, returnsStatus: true };
      else if (letter === "a") options = { ...options, appends: true };
      else if (letter === "c") {
        options = { ...options, command: arg.slice(index + 1) || (rest.shift() ?? "") };
        break;
      } else if (letter !== "f") return letter;
    }
  }
  return options;
}

export const script: Program = {
  name: "script",
  async run(process) {
    const options = parseOptions(process.argv.slice(1));
    if (typeof options === "string") {
      await process.stderr.write(`script: invalid option -- '${options}'\nTry 'script --help' for more information.\n`);
      return 1;
    }
    const own = process.stdin.file.tty;
    const tty = process.machine.openTty(own?.size ?? DEFAULT_SIZE);
    const record = process.machine.fs.open(process.resolve(options.file), options.appends ? "a" : "w", {
      as: process.credentials,
    });
    if (!options.isQuiet) await process.stdout.write(`Script started, output log file is '${options.file}'.\n`);
    const stop = tty.onOutput(async (bytes) => {
      await process.stdout.write(bytes);
      await record.write(bytes);
    });
    const restore = own === undefined ? () => {} : rawMode(own);
    try {
      return await runOn(process, tty, options);
    } finally {
      restore();
      stop();
      record.release();
      if (!options.isQuiet) await process.stdout.write("Script done.\n");
    }
  },
};

function rawMode(tty: Tty): () => void {
  const before = tty.modes;
  tty.setModes({ isCanonical: false, echoes: false, makesSignals: false, mapsNewlines: false });
  return () => tty.setModes(before);
}

async function runOn(process: Process, tty: Tty, options: Options): Promise<number> {
  const shell = process.env.get("SHELL") ?? "/bin/sh";
  const argv = options.command === "" ? [shell, "-i"] : [shell, "-c", options.command];
  const child = process.spawn(shell, argv, {
    fds: new Map([0, 1, 2].map((descriptor) => [descriptor, tty.file.retain()] as const)),
    processGroup: 0,
    session: { tty },
  });
  void forwardInput(process, tty).catch(() => {});
  const status = await child.exit;
  if (!options.returnsStatus) return 0;
  return status.kind === "exited" ? status.code : 1;
}

async function forwardInput(process: Process, tty: Tty): Promise<void> {
  for (;;) {
    const bytes = await process.stdin.read();
    if (bytes.length === 0) break;
    tty.input(bytes);
  }
  tty.input(END_OF_TRANSMISSION);
}
