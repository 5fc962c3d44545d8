/** The `netpol-lab` command. Each subcommand is a file of this folder, loaded when it is used. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";

const io = {
  write: (text: string | Uint8Array): void => void process.stdout.write(text),
  writeError: (text: string | Uint8Array): void => void process.stderr.write(text),
  readFile: (path: string): Uint8Array => readFileSync(path === "-" ? 0 : path),
};

const program = new Command("netpol-lab")
  .enablePositionalOptions()
  .description("A learning sandbox for Kubernetes networking")
  .showHelpAfterError();

program
  .command("serve")
  .description("serve the lab to browsers")
  .option("--host <address>", "address to listen on", "127.0.0.1")
  .option("--port <number>", "port to listen on", portNumber, 8080)
  .option("--data <folder>", "where progress and sleeping worlds are kept (default: .data)")
  .option("--database <url>", "PostgreSQL instead of a folder")
  .option("--lessons <folder>", "lessons other than the product's own")
  .option("--origin <url...>", "other origins whose pages may use this server")
  .action(async (options) => {
    const { serve } = await import("./serve.ts");
    process.exitCode = await serve(options, io);
  });

program
  .command("run")
  .description("run a bash script, or a transcript, on the terminal host of a fresh world")
  .argument("[script]", "a file, or - for standard input", "-")
  .argument("[arguments...]", "given to the script")
  .option("--transcript", "the input is JSON lines of commands; so is the output")
  .option("--env <name>", "lab, killercoda, exam")
  .option("--profile <version>", "Kubernetes version, such as v1.36")
  .option("--plugin <name>", "network plugin, such as canal or flannel")
  .option("--scenario <file>", "a scenario file")
  .option("--lesson <id>", "the scenario of a lesson")
  .option("--lessons <folder>", "lessons other than the product's own")
  .option("--file <dest=src>", "a real file or folder for the simulated host (repeatable)", collect, [])
  .option("--cwd <folder>", "directory to start in; made if missing")
  .option("--clock <mode>", "virtual or real", clockMode, "virtual")
  .option("--seed <number>", "seed of all chance", Number)
  .option("--limit <seconds>", "stop after so many real seconds, with exit status 124", Number)
  .passThroughOptions()
  .action(async (script: string, args: readonly string[], options) => {
    const { run } = await import("./run.ts");
    await leaveWith(run(script, args, options, { write: io.write, writeError: io.writeError }));
  });

const lesson = program.command("lesson").description("tools for authors of lessons");

lesson
  .command("check")
  .description("replay lessons: untouched fails, the solution passes, wrong answers fail")
  .argument("[id...]")
  .option("--lessons <folder>", "lessons other than the product's own")
  .action(async (ids: readonly string[], options: { readonly lessons?: string }) => {
    const { checkLessons } = await import("./lesson.ts");
    await leaveWith(checkLessons(ids, options.lessons, { write: io.write, writeError: io.writeError }));
  });

lesson
  .command("new")
  .description("write a small lesson to start from")
  .argument("<id>")
  .option("--lessons <folder>", "where to write it")
  .action(async (id: string, options: { readonly lessons?: string }) => {
    const { newLesson } = await import("./lesson.ts");
    process.exitCode = newLesson(id, options.lessons, { write: io.write, writeError: io.writeError });
  });

program
  .command("verdicts", { hidden: true })
  .allowUnknownOption()
  .argument("[arguments...]")
  .action(async (args: readonly string[]) => {
    const { runVerdicts } = await import("./verdicts.ts");
    process.exitCode = await runVerdicts(args, io);
  });

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError("must be a number from 0 to 65535");
  return port;
}

function clockMode(text: string): "virtual" | "real" {
  if (text !== "virtual" && text !== "real") throw new InvalidArgumentError("must be virtual or real");
  return text;
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

/** Ends the process once everything is written: timers of a world may still be set. */
async function leaveWith(work: Promise<number>): Promise<never> {
  const status = await work;
  await new Promise<void>((resolve) => process.stdout.write("", () => resolve()));
  process.exit(status);
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`netpol-lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
