/** What kubectl plugins of the lab share: flags in pflag's manner, kubeconfig and client of kubectl, failures in its words. */
import type { NetworkFabric } from "../../net/index.ts";
import type { Process, Program } from "../../machine/types.ts";
import { openHttpTransport } from "../kubectl/client/http-transport.ts";
import type { ApiObject, Query } from "../kubectl/client/rest-client.ts";
import { answerCompletion, type CompletedCommand, flagValues } from "../kubectl/completion.ts";
import { Kubectl, type TransportFactory } from "../kubectl/context.ts";
import { asFailure, ConnectionFailure, describeFailure, StatusFailure } from "../kubectl/errors.ts";
import { flagSetOf } from "../kubectl/flags/find.ts";
import { FlagError, FlagSet, parseFlags } from "../kubectl/flags/parse.ts";
import type { FlagDefinition } from "../kubectl/flags/types.ts";
import { listItems } from "../kubectl/resources/select.ts";
import { wrapLines } from "./wrap.ts";

/** Trouble of any kind ends with this status: 1 already means "closed" or "different", as with diff and grep. */
const TROUBLE = 2;

export interface PluginDefinition {
  /** The word after `kubectl`. */
  readonly word: string;
  readonly flags: readonly FlagDefinition[];
  readonly help: string;
  /** What the shell offers for flags and arguments. */
  readonly values: Readonly<Record<string, readonly string[] | ((kubectl: Kubectl) => Promise<readonly string[]>)>>;
  readonly argumentsFor: CompletedCommand["argumentsFor"];
  run(plugin: Plugin): Promise<number>;
}

/** One run of a plugin. */
export interface Plugin {
  readonly process: Process;
  readonly kubectl: Kubectl;
  readonly fabric: NetworkFabric;
  /** Wrong use, in kubectl's style. */
  usage(message: string): Error;
}

class PluginUsageError extends Error {}

export function definePlugin(
  definition: PluginDefinition,
  openTransport: TransportFactory = openHttpTransport,
): Program {
  return { name: `kubectl-${definition.word}`, run: (process) => runPlugin(process, definition, openTransport) };
}

/** `kubectl_complete-WORD`, which kubectl asks for the plugin's candidates. */
export function definePluginCompletion({ word, flags, values, argumentsFor }: PluginDefinition): Program {
  const command: CompletedCommand = {
    words: word,
    flags: flagSetFor(flags),
    valuesOf: async (kubectl, flag) => {
      const own = values[flag];
      if (own === undefined) return flagValues(kubectl, flag);
      return typeof own === "function" ? own(kubectl) : own;
    },
    argumentsFor,
  };
  return {
    name: `kubectl_complete-${word}`,
    run: (process) => answerCompletion(process, command, process.argv.slice(1)),
  };
}

function flagSetFor(flags: readonly FlagDefinition[]): FlagSet {
  return new FlagSet([...flags, boolFlag("help", "h"), ...flagSetOf("options").byName.values()]);
}

export const stringFlag = (name: string, short = ""): FlagDefinition => ({
  name,
  short,
  type: "string",
  defaultText: "",
});
export const boolFlag = (name: string, short = ""): FlagDefinition => ({
  name,
  short,
  type: "bool",
  defaultText: "false",
  noOptionValue: "true",
});

async function runPlugin(
  process: Process,
  { word, flags, help, run }: PluginDefinition,
  openTransport: TransportFactory,
): Promise<number> {
  const refuse = async (message: string) => {
    await process.stderr.write(`error: ${message}\nSee 'kubectl ${word} --help' for usage.\n`);
    return TROUBLE;
  };
  try {
    const parsed = parseFlags(flagSetFor(flags), process.argv.slice(1));
    if (parsed.bool("help")) {
      await process.stdout.write(help);
      return 0;
    }
    const usage = (message: string) => new PluginUsageError(message);
    const kubectl = new Kubectl(process, word, parsed, openTransport);
    return await run({ process, kubectl, fabric: process.net.namespace.fabric, usage });
  } catch (error) {
    if (error instanceof FlagError || error instanceof PluginUsageError) return refuse(error.message);
    await process.stderr.write(describeFailure(asFailure(error)).text);
    return TROUBLE;
  }
}

/** All objects of one type: `list(kubectl, "/api/v1", "pods", "shop")`; an empty namespace means all. */
export async function list(
  { kubectl }: Plugin,
  root: string,
  resource: string,
  namespace: string,
  query: Query = [],
): Promise<readonly ApiObject[]> {
  const scope = namespace === "" ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return listItems(await kubectl.client().request("GET", `${root}${scope}/${resource}`, { query }));
}

export const NETWORKING = "/apis/networking.k8s.io/v1";

/** The same, with nothing where the server refuses or is away: for advice, which only gets scarcer without. */
export async function listIfAllowed(...args: Parameters<typeof list>): Promise<readonly ApiObject[]> {
  try {
    return await list(...args);
  } catch (error) {
    if (error instanceof StatusFailure || error instanceof ConnectionFailure) return [];
    throw error;
  }
}

/** The output format, checked against those there are. */
export function formatOf({ kubectl, usage }: Plugin, formats: readonly string[]): string {
  const format = kubectl.flags.string("output");
  if (format !== "" && !formats.includes(format)) {
    throw usage(
      `unable to match a printer suitable for the output format "${format}", allowed formats are: ${formats.join(",")}`,
    );
  }
  return format;
}

export interface Paint {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
  bold(text: string): string;
}

const sgr = (code: number) => (text: string) => `\x1b[${code}m${text}\x1b[0m`;
const plain = (text: string) => text;

/** Colours, on a terminal that has them. */
export function paintFor(process: Process): Paint {
  const isColoured =
    process.stdout.isTty && (process.env.get("TERM") ?? "dumb") !== "dumb" && !process.env.get("NO_COLOR");
  return isColoured
    ? { good: sgr(32), bad: sgr(31), dim: sgr(2), bold: sgr(1) }
    : { good: plain, bad: plain, dim: plain, bold: plain };
}

/** Prose for the terminal it goes to; files and pipes get whole lines. */
export function fitted({ stdout }: Process, text: string): string {
  const columns = stdout.isTty ? stdout.file.tty?.size.columns : undefined;
  return columns === undefined ? text : wrapLines(text, columns);
}

/** An age as kubectl prints it: `5s`, `3m20s`, `4h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${Math.floor(minutes / 1440)}d`;
}
