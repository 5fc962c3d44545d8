/** Pods that a manifest would bring into being, as the packet filter would see them. */
import type { ContainerPort, EngineState, Labels, PodFacts } from "../../net/index.ts";
import type { ApiObject } from "../kubectl/client/rest-client.ts";
import { nameOf } from "../kubectl/resources/target.ts";

interface PodTemplate {
  readonly metadata?: { readonly labels?: Labels } | null;
  readonly spec?: PodSpec | null;
}

interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly containers?: readonly Container[] | null;
  readonly initContainers?: readonly (Container & { readonly restartPolicy?: string })[] | null;
}

interface Container {
  readonly ports?: readonly ContainerPort[] | null;
}

const WORKLOADS = new Set(["DaemonSet", "Deployment", "Job", "ReplicaSet", "ReplicationController", "StatefulSet"]);

/** Null for kinds that make no pods, and for hostNetwork pods, which policies do not concern. */
export function podToBe(object: ApiObject, namespace: string): PodFacts | null {
  const template = templateOf(object);
  if (template === null || template.spec?.hostNetwork === true) return null;
  const { containers, initContainers } = template.spec ?? {};
  // Ports of sidecars count, those of ordinary init containers do not (rule 62).
  const sidecars = (initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  return {
    namespace,
    // Pods of a workload get names by chance.
    name: object.kind === "Pod" ? nameOf(object) : `${nameOf(object)}-*`,
    labels: template.metadata?.labels ?? {},
    addresses: [],
    nodeName: "",
    hostNetwork: false,
    ports: [...(containers ?? []), ...sidecars].flatMap(({ ports }) => ports ?? []),
    isFinished: false,
  };
}

function templateOf(object: ApiObject): PodTemplate | null {
  if (object.kind === "Pod") return object as PodTemplate;
  const spec = object["spec"] as { readonly template?: PodTemplate; readonly jobTemplate?: ApiObject } | undefined;
  if (object.kind === "CronJob") return templateOf({ ...spec?.jobTemplate, kind: "Job" });
  return WORKLOADS.has(object.kind ?? "") ? (spec?.template ?? {}) : null;
}

/** Whether the cluster has such a pod already: the same one, or one of the workload with these labels. */
export function existingPod(state: EngineState, pod: PodFacts): PodFacts | undefined {
  const there = state.pods.filter(({ namespace }) => namespace === pod.namespace);
  if (!pod.name.endsWith("-*")) return there.find(({ name }) => name === pod.name);
  const prefix = pod.name.slice(0, -1);
  const hasLabels = ({ labels }: PodFacts) => Object.entries(pod.labels).every(([key, value]) => labels[key] === value);
  return there.find((one) => one.name.startsWith(prefix) && hasLabels(one));
}
