/**
 * The multi-call binary: `argv[0]` (or the first argument) names the applet. Applets are
 * the programs of this room, which read `process.program` to speak busybox's dialect.
 */
import type { Process, Program, ProgramRegistry } from "../../machine/types.ts";
import { busyboxVersion } from "../toolkit/tool.ts";

export function createBusybox(applets: ProgramRegistry, isApplet: (name: string) => boolean): Program {
  return {
    name: "busybox",
    async run(process) {
      if (process.name !== "busybox") return runApplet(applets, isApplet, process, process);
      const [, name, ...rest] = process.argv;
      if (name === undefined || name === "--help") {
        await process.stdout.write(
          `BusyBox v${busyboxVersion(process)} multi-call binary.\n\nUsage: busybox [function [arguments]...]\n`,
        );
        return 0;
      }
      const child = process.fork([name, ...rest], (applet) => runApplet(applets, isApplet, applet, process));
      const status = await child.exit;
      return status.kind === "exited" ? status.code : 1;
    },
  };
}

async function runApplet(
  applets: ProgramRegistry,
  isApplet: (name: string) => boolean,
  process: Process,
  reporter: Process,
): Promise<number> {
  const program = isApplet(process.name) ? applets.get(process.name) : undefined;
  if (program) return program.run(process);
  await reporter.stderr.write(`${process.name}: applet not found\n`);
  return 127;
}
