/** The Kubernetes project's test image program, 2.53. Left out: the subcommands not listed in COMMANDS. */
import type { Process, Program } from "../../machine/types.ts";
import { connect } from "./connect.ts";
import { netexec, pause, porter, serveHostname } from "./servers.ts";

type Command = (process: Process, operands: readonly string[], flags: ReadonlyMap<string, string>) => Promise<number>;

const COMMANDS: Readonly<Record<string, Command>> = {
  connect,
  netexec: (process, _, flags) => netexec(process, flags),
  pause,
  porter,
  "serve-hostname": (process, _, flags) => serveHostname(process, flags),
};

const BOOLEAN_FLAGS = new Set(["http", "tcp", "udp", "close"]);

export const agnhost: Program = {
  name: "agnhost",
  async run(process) {
    const [name, ...rest] = process.argv.slice(1);
    const command = name === undefined ? undefined : COMMANDS[name];
    if (!command) {
      if (name === undefined || name === "--help") {
        await process.stdout.write("Usage:\n  app [command]\n\nAvailable Commands:\n");
        await process.stdout.write(
          Object.keys(COMMANDS)
            .map((one) => `  ${one}\n`)
            .join(""),
        );
        return 0;
      }
      await process.stderr.write(`Error: unknown command "${name}" for "app"\nRun 'app --help' for usage.\n`);
      return 1;
    }
    const flags = new Map<string, string>();
    const operands: string[] = [];
    for (let index = 0; index < rest.length; index++) {
      const word = rest[index] ?? "";
      const match = /^--?([\w-]+)(?:=(.*))?$/.exec(word);
      if (!match) operands.push(word);
      else if (match[2] !== undefined) flags.set(match[1] ?? "", match[2]);
      else flags.set(match[1] ?? "", BOOLEAN_FLAGS.has(match[1] ?? "") ? "true" : (rest[++index] ?? ""));
    }
    return command(process, operands, flags);
  },
};
