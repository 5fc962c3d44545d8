/** Tab completion of commands, flags, types and names: what `kubectl __complete` answers the shell's script. */
import type { Process } from "../../machine/types.ts";
import { openHttpTransport } from "./client/http-transport.ts";
import { Kubectl, type TransportFactory } from "./context.ts";
import { findCommand, flagSetOf, subcommandsOf } from "./flags/find.ts";
import { type FlagSet, ParsedFlags, parseFlags } from "./flags/parse.ts";
import type { FlagDefinition } from "./flags/types.ts";
import { completePlugin, pluginWords } from "./plugins.ts";
import { GET_FORMATS } from "./printers/output.ts";
import { groupResourceOf, matchResource, type ResourceType } from "./resources/discovery.ts";
import { podPath, type Pod } from "./resources/pods.ts";
import { listItems } from "./resources/select.ts";
import { nameOf, resourcePath } from "./resources/target.ts";

/** Verbs whose arguments are a type and names of it. */
const TYPE_AND_NAMES = new Set([
  "get",
  "describe",
  "delete",
  "edit",
  "label",
  "annotate",
  "patch",
  "wait",
  "expose",
  "autoscale",
  "scale",
  "set image",
  "set env",
  "set resources",
  "set serviceaccount",
  "set selector",
  "apply view-last-applied",
]);
const ROLLOUTS = new Set(["history", "pause", "restart", "resume", "status", "undo"].map((word) => `rollout ${word}`));
const ROLLOUT_TYPES = ["deployments.apps", "daemonsets.apps", "statefulsets.apps"];
const POD_VERBS = new Set(["exec", "logs", "attach", "port-forward", "debug", "cp", "top pod"]);
const NODE_VERBS = new Set(["cordon", "uncordon", "drain", "top node"]);
const CONTEXT_VERBS = new Set(
  ["use-context", "delete-context", "rename-context", "get-contexts", "set-context"].map((word) => `config ${word}`),
);

/** A command as completion knows it. */
export interface CompletedCommand {
  readonly words: string;
  readonly flags: FlagSet;
  /** What a flag may be set to; null where the shell's file names serve. */
  valuesOf(kubectl: Kubectl, flag: string): Promise<readonly string[] | null>;
  /** The same for the next argument after `args`. */
  argumentsFor(kubectl: Kubectl, args: readonly string[], current: string): Promise<readonly string[] | null>;
}

/** cobra's directives: what the shell is to do besides. */
const DEFAULT = { code: 0, name: "ShellCompDirectiveDefault" };
const NO_FILES = { code: 4, name: "ShellCompDirectiveNoFileComp" };

/**
 * `kubectl __complete WORD… CURRENT`: the candidates for the last word, one a line, and the directive,
 * as the completion script of the shell wants them. Plugins answer by `kubectl_complete-NAME`.
 */
export async function runComplete(process: Process, args: readonly string[], open: TransportFactory): Promise<number> {
  const plugin = await completePlugin(process, args);
  if (plugin !== undefined) return plugin;
  const found = findCommand(args.slice(0, -1));
  const command = { words: found.words, flags: flagSetOf(found.words), valuesOf: flagValues, argumentsFor };
  return answerCompletion(process, command, [...found.args, args.at(-1) ?? ""], open);
}

/** Completes the last of the arguments of a command; nothing where the cluster is away. */
export async function answerCompletion(
  process: Process,
  command: CompletedCommand,
  args: readonly string[],
  open: TransportFactory = openHttpTransport,
): Promise<number> {
  const current = args.at(-1) ?? "";
  const found = await candidatesFor(process, command, args.slice(0, -1), current, open).catch(() => []);
  const directive = found === null ? DEFAULT : NO_FILES;
  const lines = (found ?? []).filter((candidate) => candidate.startsWith(current)).sort();
  await process.stdout.write([...lines, `:${directive.code}`, ""].join("\n"));
  await process.stderr.write(`Completion ended with directive: ${directive.name}\n`);
  return 0;
}

async function candidatesFor(
  process: Process,
  { words, flags: set, valuesOf, argumentsFor }: CompletedCommand,
  before: readonly string[],
  current: string,
  open: TransportFactory,
): Promise<readonly string[] | null> {
  if (before.includes("--")) return null;
  const pending = pendingFlag(set, before);
  const kubectl = contextOf(process, words, set, pending === undefined ? before : before.slice(0, -1), open);
  if (pending !== undefined) return valuesOf(kubectl, pending.name);
  const inline = /^--([\w-]+)=/.exec(current)?.[1];
  if (inline !== undefined) {
    const values = set.byName.has(inline) ? await valuesOf(kubectl, inline) : [];
    return values?.map((value) => `--${inline}=${value}`) ?? null;
  }
  return current.startsWith("-") ? flagNames(set) : argumentsFor(kubectl, kubectl.args, current);
}

/** The flag whose value the cursor is at. */
function pendingFlag(set: FlagSet, before: readonly string[]): FlagDefinition | undefined {
  const last = before.at(-1) ?? "";
  if (last.startsWith("--")) {
    const flag = last.includes("=") ? undefined : set.byName.get(last.slice(2));
    return flag?.noOptionValue === undefined ? flag : undefined;
  }
  if (!/^-[^-]/.test(last)) return undefined;
  const flag = set.byShort.get(last.at(-1) ?? "");
  // Only a cluster that ends in a flag with a value (`-itn`) leaves one open.
  const isOpen = [...last.slice(1, -1)].every((letter) => set.byShort.get(letter)?.noOptionValue !== undefined);
  return isOpen && flag?.noOptionValue === undefined ? flag : undefined;
}

function contextOf(
  process: Process,
  words: string,
  set: FlagSet,
  args: readonly string[],
  open: TransportFactory,
): Kubectl {
  let flags: ParsedFlags;
  try {
    flags = parseFlags(set, args);
  } catch {
    flags = new ParsedFlags(set);
  }
  return new Kubectl(process, words, flags, open);
}

function flagNames(set: FlagSet): readonly string[] {
  return [...set.byName.values()].filter(({ deprecated }) => deprecated === undefined).map(({ name }) => `--${name}`);
}

/** Of the flags that all commands have. */
export async function flagValues(kubectl: Kubectl, flag: string): Promise<readonly string[] | null> {
  switch (flag) {
    case "namespace":
      return names(kubectl, "/api/v1/namespaces");
    case "context":
      return [...kubectl.kubeconfig().merged.contexts.keys()];
    case "cluster":
      return [...kubectl.kubeconfig().merged.clusters.keys()];
    case "user":
      return [...kubectl.kubeconfig().merged.users.keys()];
    case "output":
      return GET_FORMATS;
    case "dry-run":
      return ["none", "server", "client"];
    case "cascade":
      return ["background", "orphan", "foreground"];
    case "restart":
      return ["Always", "OnFailure", "Never"];
    case "container":
      return containers(kubectl);
    default:
      return null;
  }
}

async function names(kubectl: Kubectl, path: string): Promise<readonly string[]> {
  return listItems(await kubectl.client().request("GET", path)).map(nameOf);
}

async function namesOf(kubectl: Kubectl, type: ResourceType): Promise<readonly string[]> {
  return names(kubectl, resourcePath(type, type.isNamespaced ? kubectl.namespace : ""));
}

async function containers(kubectl: Kubectl): Promise<readonly string[]> {
  const [pod = ""] = kubectl.args;
  const name = pod.includes("/") ? pod.slice(pod.indexOf("/") + 1) : pod;
  if (name === "") return [];
  const { spec } = (await kubectl.client().request("GET", podPath(kubectl.namespace, name))) as Pod;
  return [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].map((container) => container.name);
}

async function argumentsFor(
  kubectl: Kubectl,
  args: readonly string[],
  current: string,
): Promise<readonly string[] | null> {
  const { words } = kubectl;
  if (args.length === 0) {
    const children = subcommandsOf(words).filter((name) => name !== "alpha");
    if (children.length > 0) return words === "" ? [...children, ...pluginWords(kubectl.process)] : children;
  }
  if (TYPE_AND_NAMES.has(words)) return typesThenNames(kubectl, args, current, undefined);
  if (ROLLOUTS.has(words)) return typesThenNames(kubectl, args, current, ROLLOUT_TYPES);
  if (words === "explain" || (words === "auth can-i" && args.length === 1))
    return (await typesOf(kubectl)).map(groupResourceOf);
  if (POD_VERBS.has(words)) {
    if (words === "logs" && args.length === 1) return containers(kubectl);
    return args.length === 0 ? podsOrNames(kubectl, current) : words === "cp" ? null : [];
  }
  if (NODE_VERBS.has(words)) return names(kubectl, "/api/v1/nodes");
  if (words === "taint") return args.length === 0 ? ["nodes"] : names(kubectl, "/api/v1/nodes");
  if (CONTEXT_VERBS.has(words)) return [...kubectl.kubeconfig().merged.contexts.keys()];
  if (words === "config delete-cluster" || words === "config set-cluster")
    return [...kubectl.kubeconfig().merged.clusters.keys()];
  if (words === "config delete-user" || words === "config set-credentials")
    return [...kubectl.kubeconfig().merged.users.keys()];
  return words === "completion" ? ["bash", "zsh", "fish", "powershell"] : null;
}

/** Pods of the namespace, or behind `TYPE/` the names of that type. */
export async function podsOrNames(kubectl: Kubectl, current: string): Promise<readonly string[]> {
  return current.includes("/") ? namesAfterSlash(kubectl, current) : names(kubectl, podPath(kubectl.namespace));
}

async function typesOf(kubectl: Kubectl): Promise<readonly ResourceType[]> {
  const seen = new Set<string>();
  return (await kubectl.discovery().types()).filter((type) => {
    const name = groupResourceOf(type);
    if (seen.has(name) || !type.verbs.includes("get")) return false;
    seen.add(name);
    return true;
  });
}

async function typesThenNames(
  kubectl: Kubectl,
  args: readonly string[],
  current: string,
  allowed: readonly string[] | undefined,
): Promise<readonly string[]> {
  if (current.includes("/")) return namesAfterSlash(kubectl, current);
  const [first] = args;
  if (first === undefined) return completeTypes(kubectl, current, allowed);
  if (first.includes("/")) return [];
  const types = await kubectl.discovery().types();
  const chosen = first.split(",").flatMap((word) => matchResource(types, word) ?? []);
  const lists = await Promise.all(chosen.map((type) => namesOf(kubectl, type)));
  return lists.flat().filter((name) => !args.includes(name));
}

/** Type names; the part behind the last comma of `pods,se` is completed. */
async function completeTypes(
  kubectl: Kubectl,
  current: string,
  allowed: readonly string[] | undefined,
): Promise<readonly string[]> {
  const head = current.slice(0, current.lastIndexOf(",") + 1);
  const all = allowed ?? (await typesOf(kubectl)).map(groupResourceOf);
  return all.map((name) => head + name);
}

async function namesAfterSlash(kubectl: Kubectl, current: string): Promise<readonly string[]> {
  const word = current.slice(0, current.indexOf("/"));
  const type = matchResource(await kubectl.discovery().types(), word);
  return type === undefined ? [] : (await namesOf(kubectl, type)).map((name) => `${word}/${name}`);
}
