/** `netpol-lab verdicts`: runs a policy scenario and prints verdict hashes and times, one JSON line. */
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { evaluateList, type PolicyScenario } from "../sim/net/scenario/scenario.ts";
import { evaluateScenario, type Instruments } from "../sim/net/scenario/scenario-run.ts";

export interface VerdictsIo {
  readFile(path: string): Uint8Array;
  write(text: string): void;
  writeError?(text: string): void;
}

const USAGE = "usage: netpol-lab verdicts FILE [--rowstep N] [--update] | --cases FILE.jsonl[.gz]";

export const PROCESS_INSTRUMENTS: Instruments = {
  now: () => performance.now(),
  cpuMs: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  },
  peakRssMB: () => process.resourceUsage().maxRSS / 1024,
  createSha256: () => {
    const hash = createHash("sha256");
    return { update: (bytes) => hash.update(bytes), hex: () => hash.digest("hex") };
  },
};

/** Exit status: 0, or 1 with one line on stderr when the file or the options cannot be used. */
export async function runVerdicts(args: readonly string[], io: VerdictsIo): Promise<number> {
  try {
    const options = parseArguments(args);
    const text = readText(io, options.file);
    if (options.cases) runCases(text, io);
    else {
      const report = evaluateScenario(parseScenario(text, options.file), PROCESS_INSTRUMENTS, options);
      io.write(`${JSON.stringify(report)}\n`);
    }
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    (io.writeError ?? io.write)(`netpol-lab verdicts: ${message.replace(/\s+/g, " ")}\n`);
    return 1;
  }
}

interface Options {
  readonly file: string;
  readonly cases: boolean;
  readonly rowStep: number;
  readonly update: boolean;
}

function parseArguments(args: readonly string[]): Options {
  let file: string | null = null;
  let cases = false;
  let rowStep = 1;
  let update = false;
  for (let i = 0; i < args.length; i++) {
    const [flag = "", inline] = splitFlag(args[i] ?? "");
    const value = () => inline ?? args[++i] ?? "";
    if (flag === "--rowstep") rowStep = Number(value());
    else if (flag === "--update") update = true;
    else if (flag === "--cases") {
      cases = true;
      file = value();
    } else if (flag.startsWith("-") || file !== null) throw new Error(`unknown argument ${flag}; ${USAGE}`);
    else file = flag;
  }
  if (!file) throw new Error(USAGE);
  if (!Number.isInteger(rowStep) || rowStep < 1) throw new Error("--rowstep wants a whole number from 1");
  return { file, cases, rowStep, update };
}

function splitFlag(argument: string): readonly [string, string?] {
  const equals = argument.indexOf("=");
  return argument.startsWith("--") && equals > 0 ? [argument.slice(0, equals), argument.slice(equals + 1)] : [argument];
}

function readText(io: VerdictsIo, path: string): string {
  let bytes = io.readFile(path);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes);
  return new TextDecoder().decode(bytes);
}

function parseScenario(text: string, place: string): PolicyScenario {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${place} is no JSON: ${error instanceof Error ? error.message : error}`);
  }
  const scenario = value as Partial<PolicyScenario> | null;
  if (scenario?.format !== "netpol-scenario/1") throw new Error(`${place} is not in the format netpol-scenario/1`);
  const { cluster } = scenario;
  for (const part of ["namespaces", "pods", "policies"] as const) {
    if (!Array.isArray(cluster?.[part])) throw new Error(`${place} has no list cluster.${part}`);
  }
  return scenario as PolicyScenario;
}

function runCases(text: string, io: VerdictsIo): void {
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const scenario = parseScenario(line, `line ${i + 1}`);
    io.write(`${JSON.stringify({ id: scenario.id ?? null, verdicts: evaluateList(scenario) })}\n`);
  }
}
