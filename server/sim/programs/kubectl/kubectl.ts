/**
 * kubectl v1.36 as a program of the simulation: finds the command, parses its flags,
 * prints help and runs the verb. It knows the cluster only through the API server.
 */
import type { ErrnoError, Process, Program } from "../../machine/types.ts";
import { runComplete } from "./completion.ts";
import { Kubectl, type TransportFactory } from "./context.ts";
import { describeFailure, ExitFailure, KubectlError, asFailure } from "./errors.ts";
import { findCommand, firstArgument, flagSetOf, suggestionsFor } from "./flags/find.ts";
import { FlagError, parseFlags, type ParsedFlags } from "./flags/parse.ts";
import { helpText } from "./kubectl-help.ts";
import { runPlugin } from "./plugins.ts";
import { verbNamed } from "./verbs/index.ts";

/** Flags cobra insists on before a command runs. */
const REQUIRED_FLAGS: Readonly<Record<string, readonly string[]>> = {
  run: ["image"],
  scale: ["replicas"],
  autoscale: ["max"],
  "create deployment": ["image"],
  "create cronjob": ["image", "schedule"],
  "create priorityclass": ["value"],
  "create clusterrolebinding": ["clusterrole"],
  "create service externalname": ["external-name"],
};

/** Where a command group without a subcommand prints its help, and the exit code that follows. */
const GROUPS: Readonly<Record<string, { readonly toStdout: boolean; readonly code: number }>> = {
  "": { toStdout: true, code: 0 },
  rollout: { toStdout: true, code: 1 },
  certificate: { toStdout: true, code: 0 },
  set: { toStdout: false, code: 1 },
  auth: { toStdout: false, code: 1 },
  top: { toStdout: false, code: 1 },
  config: { toStdout: false, code: 1 },
  plugin: { toStdout: false, code: 1 },
  kuberc: { toStdout: false, code: 1 },
  "create service": { toStdout: false, code: 1 },
  "create secret": { toStdout: false, code: 1 },
};

/** The program, over the given way to reach API servers. */
export function createKubectl(openTransport: TransportFactory): Program {
  return { name: "kubectl", run: (process) => runKubectl(process, openTransport) };
}

async function runKubectl(process: Process, openTransport: TransportFactory): Promise<number> {
  const args = process.argv.slice(1);
  if (args[0] === "__complete" || args[0] === "__completeNoDesc")
    return runComplete(process, args.slice(1), openTransport);
  const found = findCommand(args);
  if (found.words === "" || found.words === "help" || found.words === "alpha") {
    const special = await runWithoutVerb(process, found.words, args, found.args);
    if (special !== undefined) return special;
  }
  const flags = await parseOrExplain(process, found.words, found.args);
  if (typeof flags === "number") return flags;
  if (flags.bool("help")) return found.words === "options" ? 0 : printHelp(process, found.words);
  const kubectl = new Kubectl(process, found.words, flags, openTransport);
  try {
    return await dispatch(kubectl);
  } catch (error) {
    return fail(process, fileFailure(error) ?? asFailure(error));
  }
}

/** A file that cannot be written ends the command in Go's words; a closed pipe ends it silently. */
function fileFailure(error: unknown): Error | undefined {
  const { code, path, message } = error as Partial<ErrnoError>;
  if (typeof code !== "string" || message === undefined) return undefined;
  if (code === "EPIPE") return new ExitFailure(1);
  const reason = message.charAt(0).toLowerCase() + message.slice(1);
  return new KubectlError(path === undefined ? reason : `open ${path}: ${reason}`);
}

async function fail(process: Process, failure: Error): Promise<number> {
  const { text, code } = describeFailure(failure);
  if (text !== "") await process.stderr.write(text);
  return code;
}

async function parseOrExplain(process: Process, words: string, args: readonly string[]): Promise<ParsedFlags | number> {
  try {
    const flags = parseFlags(flagSetOf(words), args);
    for (const notice of flags.notices) await process.stderr.write(`${notice}\n`);
    return flags;
  } catch (error) {
    if (!(error instanceof FlagError)) throw error;
    const command = words === "" ? "kubectl" : `kubectl ${words}`;
    await process.stderr.write(`error: ${error.message}\nSee '${command} --help' for usage.\n`);
    return 1;
  }
}

async function dispatch(kubectl: Kubectl): Promise<number> {
  const { words, flags, process } = kubectl;
  const missing = (REQUIRED_FLAGS[words] ?? []).filter((name) => !flags.isChanged(name));
  if (missing.length > 0) {
    throw new KubectlError(`required flag(s) ${missing.map((name) => JSON.stringify(name)).join(", ")} not set`);
  }
  const verb = verbNamed(words);
  if (verb === undefined) return runGroup(kubectl);
  const code = await verb.run(kubectl);
  if (code === 0 && kubectl.hasWarnings && flags.bool("warnings-as-errors")) {
    await process.stderr.write("error: 1 warning received\n");
    return 1;
  }
  return code;
}

async function runGroup(kubectl: Kubectl): Promise<number> {
  const { words, args, process } = kubectl;
  const group = GROUPS[words];
  if (group === undefined) throw new KubectlError(`unknown command ${JSON.stringify(words)} for "kubectl"`);
  if (args.length > 0 && words !== "certificate")
    throw kubectl.usage(`unknown command ${JSON.stringify(args.join(" "))}`);
  const text = await helpText(process, words);
  await (group.toStdout ? process.stdout : process.stderr).write(text);
  return group.code;
}

/** kubectl itself, `help` and words that are no command; undefined when flags alone were given. */
async function runWithoutVerb(
  process: Process,
  words: string,
  args: readonly string[],
  rest: readonly string[],
): Promise<number | undefined> {
  if (words === "help")
    return printHelpTopic(
      process,
      rest.filter((arg) => !arg.startsWith("-")),
    );
  if (words === "alpha") {
    await process.stderr.write("No alpha commands are available in this version of kubectl\n");
    return 0;
  }
  const unknown = firstArgument("", args);
  if (unknown === undefined) return undefined;
  const plugin = await runPlugin(process, args);
  if (plugin !== undefined) return plugin;
  const suggestions = suggestionsFor(unknown.value);
  const hint =
    suggestions.length === 0 ? "" : `\n\nDid you mean this?\n${suggestions.map((name) => `\t${name}\n`).join("")}`;
  await process.stderr.write(
    `error: unknown command ${JSON.stringify(unknown.value)} for "kubectl"${hint === "" ? "\n" : hint}`,
  );
  return 1;
}

async function printHelpTopic(process: Process, topic: readonly string[]): Promise<number> {
  const found = findCommand(topic);
  const isKnown = topic.length === 0 || (found.words !== "" && found.args.length === 0);
  if (isKnown) return printHelp(process, found.words);
  await process.stderr.write(`Unknown help topic [${topic.map((word) => `\`${word}\``).join(" ")}]\n\n`);
  // The root's usage, which leaves out the introduction.
  const text = await helpText(process, "");
  await process.stderr.write(text.slice(text.indexOf("\n\nBasic Commands") + 1));
  return 0;
}

async function printHelp(process: Process, words: string): Promise<number> {
  await process.stdout.write(await helpText(process, words));
  return 0;
}
