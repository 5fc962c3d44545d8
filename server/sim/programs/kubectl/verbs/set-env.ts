/** `kubectl set env`: sets, removes and lists variables of pod templates. Left out: variables from standard input. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, KubectlError } from "../errors.ts";
import { collect } from "../resources/select.ts";
import { resourcePath, stringMap, type Target } from "../resources/target.ts";
import { fileSelection } from "./common.ts";
import {
  changeObjects,
  type Container,
  type EnvVar,
  type Fields,
  forContainers,
  getPath,
  type PodSpec,
  podSpecPath,
  requireResources,
  splitPairs,
  updatePodSpec,
  wantedContainers,
} from "./pod-template-change.ts";
import type { Verb } from "./verb.ts";

interface Changes {
  readonly set: readonly EnvVar[];
  readonly removed: readonly string[];
}

export const setEnv: Verb = {
  words: "set env",
  async run(kubectl) {
    const { flags } = kubectl;
    const { resources, pairs } = splitPairs(kubectl.args);
    requireResources(kubectl, resources);
    if (flags.list("keys").length > 0 && flags.string("from") === "") {
      throw new KubectlError("when specifying --keys, a configmap or secret must be provided with --from");
    }
    const changes = await changesOf(kubectl, [...flags.list("env"), ...pairs]);
    if (flags.bool("list")) return listEnv(kubectl, resources, changes);
    if (changes.set.length === 0 && changes.removed.length === 0) {
      throw new KubectlError("at least one environment variable must be provided");
    }
    return changeObjects(kubectl, resources, "env updated", async (target) => {
      await warnOfNoContainer(kubectl, target);
      return updatePodSpec(target, (spec) =>
        forContainers(kubectl, spec, (container) => withEnv(kubectl, target, container, changes)),
      );
    });
  },
};

async function changesOf(kubectl: Kubectl, pairs: readonly string[]): Promise<Changes> {
  const from = kubectl.flags.string("from");
  const prefix = kubectl.flags.string("prefix");
  const given = pairs
    .filter((pair) => pair.includes("="))
    .map((pair): EnvVar => ({ name: pair.slice(0, pair.indexOf("=")), value: pair.slice(pair.indexOf("=") + 1) }));
  const read = from === "" ? [] : await variablesFrom(kubectl, from);
  return {
    set: [...given, ...read].map((variable) => ({ ...variable, name: `${prefix}${variable.name}` })),
    removed: pairs.filter((pair) => !pair.includes("=")).map((pair) => pair.slice(0, -1)),
  };
}

/** `--from=configmap/x`: one variable for each key. */
async function variablesFrom(kubectl: Kubectl, from: string): Promise<readonly EnvVar[]> {
  const { targets, failure } = await collect(kubectl, { args: [from] });
  if (failure !== undefined) throw failure;
  const wanted = kubectl.flags.list("keys");
  const variables: EnvVar[] = [];
  for (const { type, name: source, object } of targets) {
    if (type.kind !== "Secret" && type.kind !== "ConfigMap") {
      throw new KubectlError("unsupported resource specified in --from");
    }
    const reference = type.kind === "Secret" ? "secretKeyRef" : "configMapKeyRef";
    for (const key of Object.keys((object["data"] ?? {}) as Fields).sort()) {
      if (wanted.length > 0 && !wanted.includes(key)) continue;
      const name = key.replace(/[^a-zA-Z0-9_]/g, "_").toUpperCase();
      if (name !== key) await kubectl.warn(`key ${key} transferred to ${name}`);
      variables.push({ name, valueFrom: { [reference]: { name: source, key } } });
    }
  }
  return variables;
}

const podSpecOf = ({ type, object }: Target): PodSpec => {
  const path = podSpecPath(type.kind);
  return (path === undefined ? {} : (getPath(object, path) ?? {})) as PodSpec;
};

async function warnOfNoContainer(kubectl: Kubectl, target: Target): Promise<void> {
  if (podSpecPath(target.type.kind) === undefined || wantedContainers(kubectl, podSpecOf(target)).length > 0) return;
  const pattern = JSON.stringify(kubectl.flags.string("containers"));
  await kubectl.warn(`${target.type.kind}/${target.name} does not have any containers matching ${pattern}`);
}

function withEnv(kubectl: Kubectl, target: Target, container: Container, { set, removed }: Changes): Container {
  if (!kubectl.flags.bool("overwrite")) refuseOverwrites(target, container, set);
  const kept = (container.env ?? []).filter(({ name }) => !removed.includes(name));
  const env = kept.map((variable) => set.findLast(({ name }) => name === variable.name) ?? variable);
  for (const variable of set) {
    if (!removed.includes(variable.name) && !env.some(({ name }) => name === variable.name)) env.push(variable);
  }
  const { env: _, ...rest } = container;
  return env.length > 0 ? { ...rest, env } : rest;
}

function refuseOverwrites({ type, name }: Target, container: Container, set: readonly EnvVar[]): void {
  for (const variable of set) {
    const present = container.env?.find((other) => other.name === variable.name);
    if (present === undefined) continue;
    const object = `${type.name}${type.group === "" ? "" : `.${type.group}`}/${name}`;
    throw new KubectlError(
      `${object} '${variable.name}' already has a value (${present.value ?? ""}), and --overwrite is false`,
    );
  }
}

// --------------------------------------------------------------------- --list

async function listEnv(kubectl: Kubectl, resources: readonly string[], changes: Changes): Promise<number> {
  const { flags } = kubectl;
  if (flags.string("output") !== "") throw new KubectlError("--list and --output may not be specified together");
  const { targets, failure } = await collect(kubectl, {
    ...fileSelection(kubectl),
    args: resources,
    labelSelector: flags.string("selector"),
    selectAll: flags.bool("all"),
    isLatest: true,
  });
  if (failure !== undefined) throw failure;
  const read = new ReferenceReader(kubectl);
  for (const target of targets) {
    await warnOfNoContainer(kubectl, target);
    for (const container of wantedContainers(kubectl, podSpecOf(target))) {
      await kubectl.out(`# ${target.type.kind} ${target.name}, container ${container.name}\n`);
      await listContainer(kubectl, read, target, withEnv(kubectl, target, container, changes));
    }
  }
  return 0;
}

async function listContainer(
  kubectl: Kubectl,
  read: ReferenceReader,
  target: Target,
  container: Container,
): Promise<void> {
  const resolves = kubectl.flags.bool("resolve");
  const problems = new Map<string, string[]>();
  for (const { name, value = "", valueFrom } of container.env ?? []) {
    if (valueFrom === undefined) {
      await kubectl.out(`${name}=${value}\n`);
      continue;
    }
    try {
      if (resolves) {
        await kubectl.out(`${name}=${await read.value(valueFrom, target)}\n`);
        continue;
      }
    } catch (error) {
      const { message } = asFailure(error);
      problems.set(message, [...(problems.get(message) ?? []), name]);
    }
    await kubectl.out(`# ${name} from ${referenceText(valueFrom)}\n`);
  }
  const lines = [...problems].map(
    ([message, names]) => `error retrieving reference for ${[...names].sort().join(", ")}: ${message}\n`,
  );
  for (const line of lines.sort()) await kubectl.err(line);
}

type References = Readonly<Record<string, Readonly<Record<string, string>>>>;

function referenceText(valueFrom: Fields): string {
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom as References;
  if (configMapKeyRef !== undefined) return `configmap ${configMapKeyRef["name"]}, key ${configMapKeyRef["key"]}`;
  if (secretKeyRef !== undefined) return `secret ${secretKeyRef["name"]}, key ${secretKeyRef["key"]}`;
  if (fieldRef !== undefined) return `field path ${fieldRef["fieldPath"]}`;
  if (resourceFieldRef === undefined) return "invalid valueFrom";
  const { containerName } = resourceFieldRef;
  return `resource field ${containerName ? `${containerName}/` : ""}${resourceFieldRef["resource"]}`;
}

/** What references stand for; each ConfigMap and Secret is read once. Throws in kubectl's words. */
class ReferenceReader {
  readonly #objects = new Map<string, ApiObject>();

  constructor(private readonly kubectl: Kubectl) {}

  async value(valueFrom: Fields, target: Target): Promise<string> {
    const { configMapKeyRef, secretKeyRef, fieldRef } = valueFrom as References;
    if (secretKeyRef !== undefined) {
      const value = await this.#entry("secrets", secretKeyRef, "secret");
      return new TextDecoder().decode(Uint8Array.from(atob(value), (char) => char.charCodeAt(0)));
    }
    if (configMapKeyRef !== undefined) return this.#entry("configmaps", configMapKeyRef, "config map");
    if (fieldRef !== undefined) return fieldText(target, fieldRef["fieldPath"] ?? "");
    throw new KubectlError(`Unsupported container resource : ${referenceText(valueFrom)}`);
  }

  async #entry(resource: string, { name = "", key = "" }: References[string], noun: string): Promise<string> {
    const path = resourcePath(
      { group: "", version: "v1", name: resource, isNamespaced: true } as Target["type"],
      this.kubectl.namespace,
      name,
    );
    const object = this.#objects.get(path) ?? (await this.kubectl.client().request("GET", path));
    this.#objects.set(path, object);
    const value = ((object["data"] ?? {}) as Readonly<Record<string, string>>)[key];
    if (value === undefined) throw new KubectlError(`key ${key} not found in ${noun} ${name}`);
    return value;
  }
}

function fieldText({ object }: Target, path: string): string {
  const entry = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (entry !== null) return stringMap(object, entry[1] as "labels" | "annotations")[entry[2] ?? ""] ?? "";
  if (path === "metadata.labels" || path === "metadata.annotations") {
    const map = stringMap(object, path === "metadata.labels" ? "labels" : "annotations");
    return Object.keys(map)
      .sort()
      .map((key) => `${key}=${JSON.stringify(map[key])}`)
      .join("\n");
  }
  if (["metadata.name", "metadata.namespace", "metadata.uid"].includes(path)) {
    return String(object.metadata?.[path.slice("metadata.".length)] ?? "");
  }
  throw new KubectlError(`unsupported fieldPath: ${path}`);
}
