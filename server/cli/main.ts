/** The `netpol-lab` command. Each subcommand is a file of this folder, loaded when it is used. */
import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";

const io = {
  write: (text: string): void => void process.stdout.write(text),
  writeError: (text: string): void => void process.stderr.write(text),
  readFile: (path: string): Uint8Array => readFileSync(path === "-" ? 0 : path),
};

const program = new Command("netpol-lab")
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

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`netpol-lab: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
