/** Changes of pod templates, as all of `kubectl set` make them: which objects, which containers, what is sent. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { combine, Failures, KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { threeWayPatch } from "../resources/strategic-diff.ts";
import { collect } from "../resources/select.ts";
import { sendObject, type Target } from "../resources/target.ts";
import { withChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter, writeQuery } from "./common.ts";

export type Fields = { readonly [key: string]: unknown };

export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly Fields[];
  readonly resources?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Fields;
}

export interface PodSpec extends Fields {
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

export interface ChangeOptions {
  /** Whether a type without a name means all objects of the namespace. */
  readonly allowsBareType?: boolean;
  /** What `change` finds wrong without giving up the object: told at the end. */
  readonly problems?: readonly Error[];
}

/** Changes each selected object and sends what differs; `operation` is `image updated`. */
export async function changeObjects(
  kubectl: Kubectl,
  resources: readonly string[],
  operation: string,
  change: (target: Target) => ApiObject | Promise<ApiObject>,
  options: ChangeOptions = {},
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
    allowsBareType: options.allowsBareType === true,
  });
  if (failure !== undefined) throw failure;
  if (targets.length === 0 && options.allowsBareType === true) {
    await kubectl.err(`No resources found in ${kubectl.namespace} namespace.\n`);
  }
  const failures: Error[] = [];
  for (const target of targets) {
    try {
      const changed = withChangeCause(kubectl, await change(target));
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
  const combined = combine([...(options.problems ?? []), ...failures]);
  if (combined !== undefined) throw combined;
  return 0;
}

/** Splits `TYPE NAME key=value …`. */
export function splitPairs(args: readonly string[]): {
  readonly resources: readonly string[];
  readonly pairs: readonly string[];
} {
  const isPair = (arg: string) => (arg.includes("=") && !arg.startsWith("=")) || (arg.endsWith("-") && arg !== "-");
  const first = args.findIndex(isPair);
  return first < 0 ? { resources: args, pairs: [] } : { resources: args.slice(0, first), pairs: args.slice(first) };
}

export function updatePodSpec(target: Target, change: (spec: PodSpec) => PodSpec): ApiObject {
  const path = podSpecPath(target.type.kind);
  if (path === undefined)
    throw new KubectlError(`the object is not a pod or does not have a pod template: *unstructured.Unstructured`);
  return setPath(target.object, path, change((getPath(target.object, path) ?? {}) as PodSpec));
}

export function requireResources(kubectl: Kubectl, resources: readonly string[]): void {
  if (resources.length === 0 && hasNoFiles(kubectl)) {
    throw new KubectlError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  }
}

/** Changes the containers and init containers that `--containers` names; `*` stands for any text. */
export function forContainers(kubectl: Kubectl, spec: PodSpec, change: (container: Container) => Container): PodSpec {
  const update = (containers: readonly Container[] | undefined) =>
    containers?.map((container) => (isWanted(kubectl, container) ? change(container) : container));
  const containers = update(spec.containers);
  const initContainers = update(spec.initContainers);
  return { ...spec, ...(containers ? { containers } : {}), ...(initContainers ? { initContainers } : {}) };
}

const isWanted = (kubectl: Kubectl, { name }: Container): boolean =>
  new RegExp(
    `^${(kubectl.flags.string("containers") || "*").replace(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`,
  ).test(name);

export const wantedContainers = (
  kubectl: Kubectl,
  { containers = [], initContainers = [] }: PodSpec,
): readonly Container[] => [...containers, ...initContainers].filter((container) => isWanted(kubectl, container));
