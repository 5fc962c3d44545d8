/** `kubectl set image|env|resources|selector|serviceaccount|subject`: changes pod templates. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { combine, Failures, KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { threeWayPatch } from "../resources/strategic-diff.ts";
import { collect } from "../resources/select.ts";
import { sendObject, type Target } from "../resources/target.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter, writeQuery } from "./common.ts";
import { subjectsOf } from "./create/role-binding.ts";
import { parseSelector } from "./set-selector.ts";
import type { Verb } from "./verb.ts";

type Fields = { readonly [key: string]: unknown };

interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly Fields[];
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Fields;
}

interface PodSpec extends Fields {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
}

/** Where a kind keeps its pod spec. */
const POD_SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ["spec"],
  CronJob: ["spec", "jobTemplate", "spec", "template", "spec"],
};
const TEMPLATE_PATH = ["spec", "template", "spec"];

export function podSpecPath(kind: string): readonly string[] | undefined {
  if (["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "ReplicationController"].includes(kind))
    return TEMPLATE_PATH;
  return POD_SPEC_PATHS[kind];
}

export function getPath(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Fields | undefined)?.[key], object);
}

export function setPath(object: unknown, path: readonly string[], value: unknown): ApiObject {
  const [key, ...rest] = path;
  if (key === undefined) return value as ApiObject;
  const fields = (object ?? {}) as Fields;
  return { ...fields, [key]: setPath(fields[key], rest, value) };
}

/** Changes each selected object and sends what differs; `operation` is `image updated`. */
export async function changeObjects(
  kubectl: Kubectl,
  resources: readonly string[],
  operation: string,
  change: (target: Target) => ApiObject | Promise<ApiObject>,
): Promise<number> {
  const { flags } = kubectl;
  const dryRun = await dryRunOf(kubectl);
  const results = new ResultPrinter(kubectl, dryRun);
  const isLocal = flags.bool("local");
  const { targets, failure } = await collect(kubectl, {
    ...fileSelection(kubectl),
    args: resources,
    labelSelector: flags.string("selector"),
    selectAll: flags.bool("all"),
    continuesOnError: true,
    isLatest: !isLocal,
  });
  if (failure !== undefined) throw failure;
  const failures: Error[] = [];
  for (const target of targets) {
    try {
      const changed = await change(target);
      const { contentType, patch } = threeWayPatch(target.object, changed, target.object);
      const body = compactJson(patch);
      if (body === "{}" && !results.isSilent) continue;
      const isSent = !isLocal && dryRun !== "client" && body !== "{}";
      const updated = isSent
        ? await sendObject(kubectl, "PATCH", target, { query: writeQuery(kubectl, dryRun), contentType, body })
        : changed;
      await results.print(target.type, target.name, operation, updated);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      if (error instanceof Failures) failures.push(...error.failures);
      else failures.push(error);
    }
  }
  const combined = combine(failures);
  if (combined !== undefined) throw combined;
  return 0;
}

/** Splits `TYPE NAME key=value …`. */
function splitPairs(args: readonly string[]): {
  readonly resources: readonly string[];
  readonly pairs: readonly string[];
} {
  const isPair = (arg: string) => (arg.includes("=") && !arg.startsWith("=")) || (arg.endsWith("-") && arg !== "-");
  const first = args.findIndex(isPair);
  return first < 0 ? { resources: args, pairs: [] } : { resources: args.slice(0, first), pairs: args.slice(first) };
}

function updatePodSpec(target: Target, change: (spec: PodSpec) => PodSpec): ApiObject {
  const path = podSpecPath(target.type.kind);
  if (path === undefined)
    throw new KubectlError(`the object is not a pod or does not have a pod template: *unstructured.Unstructured`);
  return setPath(target.object, path, change((getPath(target.object, path) ?? {}) as PodSpec));
}

function requireResources(kubectl: Kubectl, resources: readonly string[]): void {
  if (resources.length === 0 && hasNoFiles(kubectl)) {
    throw new KubectlError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  }
}

// ---------------------------------------------------------------------- image

const setImage: Verb = {
  words: "set image",
  async run(kubectl) {
    const { resources, pairs } = splitPairs(kubectl.args);
    requireResources(kubectl, resources);
    if (pairs.length === 0) throw new KubectlError("at least one image update is required");
    const images = pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)] as const);
    return changeObjects(kubectl, resources, "image updated", (target) =>
      updatePodSpec(target, (spec) => images.reduce((current, [name, image]) => withImage(current, name, image), spec)),
    );
  },
};

function withImage(spec: PodSpec, name: string, image: string): PodSpec {
  let isFound = false;
  const update = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => {
      if (name !== "*" && container.name !== name) return container;
      isFound = true;
      return { ...container, image };
    });
  const containers = update(spec.containers);
  const initContainers = name === "*" || isFound ? spec.initContainers : update(spec.initContainers);
  if (!isFound) throw new KubectlError(`unable to find container named ${JSON.stringify(name)}`);
  return { ...spec, ...(containers ? { containers } : {}), ...(initContainers ? { initContainers } : {}) };
}

// ------------------------------------------------------------------------ env

const setEnv: Verb = {
  words: "set env",
  async run(kubectl) {
    const { flags } = kubectl;
    const { resources, pairs } = splitPairs(kubectl.args);
    const all = [...pairs, ...flags.list("env")];
    requireResources(kubectl, resources);
    const from = flags.string("from");
    const lists = flags.bool("list");
    if (!lists && from === "" && all.length === 0)
      throw new KubectlError("at least one environment variable must be provided");
    if (lists) return listEnv(kubectl, resources);
    const added = from === "" ? [] : await envFrom(kubectl, from);
    const set = all
      .filter((pair) => pair.includes("="))
      .map((pair): EnvVar => ({ name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1) }));
    const removed = all.filter((pair) => !pair.includes("=")).map((pair) => pair.slice(0, -1));
    return changeObjects(kubectl, resources, "env updated", (target) =>
      updatePodSpec(target, (spec) =>
        forContainers(kubectl, spec, (container) => withEnv(container, [...added, ...set], removed)),
      ),
    );
  },
};

function forContainers(kubectl: Kubectl, spec: PodSpec, change: (container: Container) => Container): PodSpec {
  const pattern = new RegExp(
    `^${(kubectl.flags.string("containers") || "*").replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`,
  );
  const update = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => (pattern.test(container.name) ? change(container) : container));
  const containers = update(spec.containers);
  return { ...spec, ...(containers ? { containers } : {}) };
}

function withEnv(container: Container, set: readonly EnvVar[], removed: readonly string[]): Container {
  const kept = (container.env ?? []).filter(({ name }) => !removed.includes(name));
  const env = kept.map((variable) => set.find(({ name }) => name === variable.name) ?? variable);
  for (const variable of set) if (!env.some(({ name }) => name === variable.name)) env.push(variable);
  const { env: _, ...rest } = container;
  return env.length > 0 ? { ...rest, env } : rest;
}

/** `--from=configmap/x`: one variable for each key. */
async function envFrom(kubectl: Kubectl, from: string): Promise<readonly EnvVar[]> {
  const { targets, failure } = await collect(kubectl, { args: from.includes("/") ? [from] : [from] });
  if (failure !== undefined) throw failure;
  const [target] = targets;
  if (target === undefined) return [];
  const keys = Object.keys((target.object["data"] ?? {}) as Fields).sort();
  const wanted = kubectl.flags.list("keys");
  const ref = target.type.kind === "Secret" ? "secretKeyRef" : "configMapKeyRef";
  return keys
    .filter((key) => wanted.length === 0 || wanted.includes(key))
    .map((key) => ({
      name: `${kubectl.flags.string("prefix")}${key}`.toUpperCase().replace(/[^A-Z0-9_]/g, "_"),
      valueFrom: { [ref]: { name: target.name, key } },
    }));
}

async function listEnv(kubectl: Kubectl, resources: readonly string[]): Promise<number> {
  const { targets, failure } = await collect(kubectl, {
    ...fileSelection(kubectl),
    args: resources,
    selectAll: kubectl.flags.bool("all"),
    isLatest: true,
  });
  if (failure !== undefined) throw failure;
  for (const target of targets) {
    const path = podSpecPath(target.type.kind);
    const spec = (path === undefined ? {} : (getPath(target.object, path) ?? {})) as PodSpec;
    for (const container of spec.containers ?? []) {
      await kubectl.out(`# ${target.type.name} ${target.name}, container ${container.name}\n`);
      for (const variable of container.env ?? []) await kubectl.out(`${envLine(variable)}\n`);
    }
  }
  return 0;
}

function envLine({ name, value = "", valueFrom }: EnvVar): string {
  if (valueFrom === undefined) return `${name}=${value}`;
  const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom as Readonly<
    Record<string, Readonly<Record<string, string>>>
  >;
  if (configMapKeyRef !== undefined)
    return `# ${name} from configmap ${configMapKeyRef["name"]}, key ${configMapKeyRef["key"]}`;
  if (secretKeyRef !== undefined) return `# ${name} from secret ${secretKeyRef["name"]}, key ${secretKeyRef["key"]}`;
  return `# ${name} from field path ${fieldRef?.["fieldPath"] ?? ""}`;
}

// ------------------------------------------------------------------ resources

const setResources: Verb = {
  words: "set resources",
  async run(kubectl) {
    const { flags } = kubectl;
    requireResources(kubectl, kubectl.args);
    if (flags.string("limits") === "" && flags.string("requests") === "") {
      throw new KubectlError("you must specify an update to requests or limits (in the form of --requests/--limits)");
    }
    const parse = (text: string) =>
      text === "" ? undefined : Object.fromEntries(text.split(",").map((pair) => pair.split("=") as [string, string]));
    const limits = parse(flags.string("limits"));
    const requests = parse(flags.string("requests"));
    return changeObjects(kubectl, kubectl.args, "resource requirements updated", (target) =>
      updatePodSpec(target, (spec) =>
        forContainers(kubectl, spec, (container) => ({
          ...container,
          resources: {
            ...container.resources,
            ...(limits === undefined ? {} : { limits: { ...container.resources?.["limits"], ...limits } }),
            ...(requests === undefined ? {} : { requests: { ...container.resources?.["requests"], ...requests } }),
          },
        })),
      ),
    );
  },
};

// ------------------------------------------------------------ the other fields

const setServiceAccount: Verb = {
  words: "set serviceaccount",
  async run(kubectl) {
    const resources = kubectl.args.slice(0, -1);
    const name = kubectl.args.at(-1) ?? "";
    if (kubectl.args.length === 0) throw new KubectlError("serviceaccount is required");
    requireResources(kubectl, resources);
    return changeObjects(kubectl, resources, "serviceaccount updated", (target) =>
      updatePodSpec(target, (spec) => ({ ...spec, serviceAccountName: name })),
    );
  },
};

const setSelector: Verb = {
  words: "set selector",
  async run(kubectl) {
    const expression = kubectl.args.at(-1) ?? "";
    const resources = kubectl.args.slice(0, -1);
    if (kubectl.args.length < 2)
      throw new KubectlError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
    const selector = parseSelector(expression);
    return changeObjects(kubectl, resources, "selector updated", (target) => {
      if (target.type.kind !== "Service") throw new KubectlError(`setting a selector is only supported for Services`);
      return setPath(target.object, ["spec", "selector"], selector);
    });
  },
};

const setSubject: Verb = {
  words: "set subject",
  async run(kubectl) {
    requireResources(kubectl, kubectl.args);
    const subjects = subjectsOf(kubectl);
    if (subjects.length === 0)
      throw new KubectlError("you must specify at least one value of user, group or serviceaccount");
    return changeObjects(kubectl, kubectl.args, "subjects updated", (target) => {
      const existing = (target.object["subjects"] ?? []) as readonly unknown[];
      const known = new Set(existing.map((subject) => compactJson(subject)));
      return {
        ...target.object,
        subjects: [...existing, ...subjects.filter((subject) => !known.has(compactJson(subject)))],
      };
    });
  },
};

export const setVerbs: readonly Verb[] = [setImage, setEnv, setResources, setServiceAccount, setSelector, setSubject];
