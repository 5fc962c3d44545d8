/** Pods behind other objects, and the containers in them. */
import type { ApiObject, Query } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { nameOf, type Target } from "./target.ts";
import { listItems } from "./select.ts";
import { resourcePath } from "./target.ts";
import { readWatch } from "../client/watch.ts";
import { withDeadline } from "../verbs/deadline.ts";
import type { ResourceType } from "./discovery.ts";

/** The fields of a pod that verbs read. */
export interface Pod extends ApiObject {
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly ephemeralContainers?: readonly Container[];
    readonly nodeName?: string;
    readonly restartPolicy?: string;
  };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

export interface Container {
  readonly name: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
}

export interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly ready?: boolean;
  readonly state?: {
    readonly terminated?: { readonly exitCode: number; readonly reason?: string; readonly message?: string };
  };
}

const POD_TYPE: ResourceType = {
  group: "",
  version: "v1",
  kind: "Pod",
  name: "pods",
  singularName: "pod",
  shortNames: ["po"],
  categories: ["all"],
  isNamespaced: true,
  verbs: [],
  subresources: [],
};

/** `pods` without asking the server for its types. */
export function podType(): ResourceType {
  return POD_TYPE;
}

export function podPath(namespace: string, name = "", subresource = ""): string {
  return resourcePath(POD_TYPE, namespace, name, subresource);
}

export async function listPods(kubectl: Kubectl, namespace: string, query: Query): Promise<readonly Pod[]> {
  return listItems(await kubectl.client().request("GET", podPath(namespace), { query })) as readonly Pod[];
}

/** The label selector text of a workload or Service. Throws for what has none. */
export function selectorOf(target: Target, action: string): string {
  const { kind } = target.type;
  const spec = (target.object["spec"] ?? {}) as { readonly selector?: unknown };
  if (kind === "Service" || kind === "ReplicationController") {
    const selector = (spec.selector ?? {}) as Readonly<Record<string, string>>;
    if (Object.keys(selector).length === 0) {
      throw new KubectlError(
        `${action} *v1.${kind}: invalid service '${target.name}': Service is defined without a selector`,
      );
    }
    return labelsText(selector);
  }
  if (["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"].includes(kind))
    return formatSelector(spec.selector);
  throw new KubectlError(
    `${action} *${goPackage(target.type)}.${kind}: selector for *${goPackage(target.type)}.${kind} not implemented`,
  );
}

const goPackage = (type: ResourceType) => type.version;

function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

/** A LabelSelector in the form of `-l`. */
export function formatSelector(selector: unknown): string {
  const { matchLabels = {}, matchExpressions = [] } = (selector ?? {}) as {
    readonly matchLabels?: Readonly<Record<string, string>>;
    readonly matchExpressions?: readonly Requirement[];
  };
  const parts = matchExpressions.map(({ key, operator, values = [] }) => {
    switch (operator) {
      case "In":
        return `${key} in (${[...values].sort().join(",")})`;
      case "NotIn":
        return `${key} notin (${[...values].sort().join(",")})`;
      case "Exists":
        return key;
      default:
        return `!${key}`;
    }
  });
  return [...(Object.keys(matchLabels).length > 0 ? [labelsText(matchLabels)] : []), ...parts].join(",");
}

/** The best pod of a workload: running and ready ones first, as kubectl's ActivePods order. Waits up to `timeoutMs`. */
export async function firstPod(
  kubectl: Kubectl,
  target: Target,
  timeoutMs: number,
  action: string,
): Promise<{ readonly pod: Pod; readonly count: number }> {
  if (target.type.kind === "Pod") return { pod: target.object as Pod, count: 1 };
  const selector = selectorOf(target, action);
  const pods = await listPods(kubectl, target.namespace, [["labelSelector", selector]]);
  const [best] = [...pods].sort(compareActivity);
  if (best !== undefined) return { pod: best, count: pods.length };
  const found = await withDeadline(kubectl, timeoutMs, async (interruption) => {
    const query = [
      ["labelSelector", selector],
      ["watch", "true"],
    ] as const;
    for await (const event of readWatch(kubectl.client(), podPath(target.namespace), { query, interruption })) {
      if (event.type === "ADDED" || event.type === "MODIFIED") return event.object as Pod;
    }
    return undefined;
  });
  if (found === undefined) throw new KubectlError("timed out waiting for the condition");
  return { pod: found, count: 1 };
}

const PHASE_ORDER: Readonly<Record<string, number>> = { Running: 0, Unknown: 1, Pending: 2 };

function isReady(pod: Pod): boolean {
  return (
    pod.status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True") ?? false
  );
}

function compareActivity(a: Pod, b: Pod): number {
  const isAssigned = (pod: Pod) => ((pod.spec?.nodeName ?? "") === "" ? 1 : 0);
  const phase = (pod: Pod) => PHASE_ORDER[pod.status?.phase ?? ""] ?? 3;
  const isGoing = (pod: Pod) => Number(pod.metadata?.["deletionTimestamp"] !== undefined);
  return (
    isAssigned(a) - isAssigned(b) ||
    phase(a) - phase(b) ||
    Number(isReady(b)) - Number(isReady(a)) ||
    isGoing(a) - isGoing(b) ||
    compareText(readySince(a), readySince(b)) ||
    restartsOf(a) - restartsOf(b) ||
    compareText(String(a.metadata?.["creationTimestamp"] ?? ""), String(b.metadata?.["creationTimestamp"] ?? ""))
  );
}

/** Ready for longer comes first. */
function readySince(pod: Pod): string {
  const ready = pod.status?.conditions?.find((condition) => condition.type === "Ready" && condition.status === "True");
  return String((ready as { readonly lastTransitionTime?: string } | undefined)?.lastTransitionTime ?? "9");
}

function restartsOf(pod: Pod): number {
  const statuses = (
    pod.status as { readonly containerStatuses?: readonly { readonly restartCount?: number }[] } | undefined
  )?.containerStatuses;
  return Math.max(0, ...(statuses ?? []).map((status) => status.restartCount ?? 0));
}

const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);

/** Every container's name as kubectl lists them: `a, b, init (init)`. */
export function containerList(pod: Pod): string {
  return [
    ...(pod.spec?.containers ?? []).map(({ name }) => name),
    ...(pod.spec?.ephemeralContainers ?? []).map(({ name }) => `${name} (ephem)`),
    ...(pod.spec?.initContainers ?? []).map(({ name }) => `${name} (init)`),
  ].join(", ");
}

const DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";

export function findContainer(pod: Pod, name: string): Container | undefined {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = pod.spec ?? {};
  return [...containers, ...initContainers, ...ephemeralContainers].find((container) => container.name === name);
}

/** The container meant; says on stderr which one was taken when there is a choice. */
export async function chooseContainer(
  kubectl: Kubectl,
  pod: Pod,
  wanted: string,
  isQuiet: boolean,
): Promise<Container> {
  if (wanted !== "") {
    const found = findContainer(pod, wanted);
    if (found === undefined) {
      throw new KubectlError(`container ${wanted} is not valid for pod ${nameOf(pod)} out of: ${containerList(pod)}`);
    }
    return found;
  }
  const containers = pod.spec?.containers ?? [];
  const annotations = (pod.metadata?.["annotations"] ?? {}) as Readonly<Record<string, string>>;
  const annotated = annotations[DEFAULT_CONTAINER];
  if (annotated !== undefined && annotated !== "") {
    const found = containers.find(({ name }) => name === annotated);
    if (found !== undefined) return found;
    await kubectl.err(`Default container name ${JSON.stringify(annotated)} not found in pod ${nameOf(pod)}\n`);
  }
  const [first] = containers;
  if (first === undefined) throw new KubectlError(`no container specified and no containers found in pod`);
  const total =
    containers.length + (pod.spec?.initContainers ?? []).length + (pod.spec?.ephemeralContainers ?? []).length;
  if (total > 1 && !isQuiet)
    await kubectl.err(`Defaulted container ${JSON.stringify(first.name)} out of: ${containerList(pod)}\n`);
  return first;
}
