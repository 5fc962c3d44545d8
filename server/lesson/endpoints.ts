/** The ends of a flow as lessons write them: `[NAMESPACE/]KIND/NAME`, or an address. */
import type { KubeObject } from "../sim/kube/api/types.ts";
import type { World } from "../sim/world-types.ts";
import { isRecord } from "./yaml.ts";
import { LessonError } from "./types.ts";

export type EndReference =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "object"; readonly resource: string; readonly namespace: string; readonly name: string };

const RESOURCES: Readonly<Record<string, string>> = {
  pod: "pods",
  service: "services",
  deployment: "deployments.apps",
  statefulset: "statefulsets.apps",
  daemonset: "daemonsets.apps",
};

/** Throws `LessonError`. */
export function parseEnd(text: string): EndReference {
  if (/^[0-9.]+$/.test(text) || /^[0-9a-f:]+:[0-9a-f:]*$/i.test(text)) return { kind: "address", address: text };
  const parts = text.split("/");
  const [namespace, kind, name] = parts.length === 3 ? parts : ["default", ...parts];
  const resource = RESOURCES[kind ?? ""];
  if (!resource || !namespace || !name) {
    throw new LessonError(
      `"${text}" is no end of a flow; write [NAMESPACE/]KIND/NAME with ${Object.keys(RESOURCES).join(", ")}, or an address`,
    );
  }
  return { kind: "object", resource, namespace, name };
}

export function formatEnd(end: EndReference): string {
  if (end.kind === "address") return end.address;
  const kind = Object.keys(RESOURCES).find((candidate) => RESOURCES[candidate] === end.resource) ?? end.resource;
  return `${kind} ${end.namespace}/${end.name}`;
}

export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly isReady: boolean;
}

/** The pods an end stands for; those that are going away do not count. */
export function podsOf(world: World, end: EndReference): readonly RunningPod[] {
  if (end.kind === "address") return [];
  const { client } = world.cluster;
  if (end.resource === "pods") {
    const pod = client.get("pods", end.namespace, end.name);
    return pod ? runningPods([pod]) : [];
  }
  const owner = client.get(end.resource, end.namespace, end.name);
  if (!owner) return [];
  const selector = selectorOf(owner);
  const pods = client.list("pods", end.namespace).filter((pod) => matches(selector, pod.metadata.labels ?? {}));
  return runningPods(pods);
}

function runningPods(pods: readonly KubeObject[]): readonly RunningPod[] {
  return pods.flatMap((pod) => {
    const status = isRecord(pod["status"]) ? pod["status"] : {};
    const address = status["podIP"];
    if (pod.metadata.deletionTimestamp !== undefined || typeof address !== "string" || status["phase"] !== "Running")
      return [];
    const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
    const isReady = conditions.some(
      (condition: unknown) => isRecord(condition) && condition["type"] === "Ready" && condition["status"] === "True",
    );
    return [{ namespace: pod.metadata.namespace ?? "default", name: pod.metadata.name, address, isReady }];
  });
}

function selectorOf(owner: KubeObject): Readonly<Record<string, string>> {
  const spec = isRecord(owner["spec"]) ? owner["spec"] : {};
  const selector = isRecord(spec["selector"]) ? spec["selector"] : {};
  const labels = isRecord(selector["matchLabels"]) ? selector["matchLabels"] : selector;
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

function matches(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  const terms = Object.entries(selector);
  return terms.length > 0 && terms.every(([key, value]) => labels[key] === value);
}

/** What a connection to this end is made to: a Service's cluster IP, or a pod's address. */
export function addressOf(world: World, end: EndReference): string | undefined {
  if (end.kind === "address") return end.address;
  if (end.resource !== "services") return podsOf(world, end)[0]?.address;
  const service = world.cluster.client.get("services", end.namespace, end.name);
  const spec = service && isRecord(service["spec"]) ? service["spec"] : {};
  const address = spec["clusterIP"];
  if (typeof address === "string" && address !== "None") return address;
  // A headless Service has no address of its own: its name stands for its pods.
  return podsOf(world, end)[0]?.address;
}
