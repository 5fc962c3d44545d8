/**
 * What the node lifecycle controller does with nodes and the pods on them: the taint of a
 * cordoned node, `NoExecute` taints, and pods of nodes that are gone. Models v1.36.
 */
import type { ApiClient } from "../api/types.ts";
import { type Controller, type ControllerContext, timestamp } from "./context.ts";
import { tolerates } from "./node-selection.ts";
import type { Node, Pod, Taint } from "./objects.ts";
import { isTerminating } from "./pods.ts";
import { runController } from "./run-controller.ts";

const UNSCHEDULABLE = "node.kubernetes.io/unschedulable";

export function startNodeLifecycleController(context: ControllerContext): Controller {
  const { api } = context;
  const missingSince = new Map<string, number>();
  return runController(context, {
    name: "node-controller",
    sync: (key, again) => sync(context, key.slice(1), again, missingSince),
    watch: (queue, options) => [
      api.watch<Node>("nodes", ({ object }) => queue.add(`/${object.metadata.name}`), options),
      api.watch<Pod>(
        "pods",
        ({ object }, old) => {
          if (object.spec.nodeName && !old?.spec.nodeName) queue.add(`/${object.spec.nodeName}`);
        },
        options,
      ),
    ],
  });
}

/** Pods of a node that is not there are left alone for so long: it may yet come, or come again. */
const QUARANTINE_MS = 40_000;

function sync(
  context: ControllerContext,
  name: string,
  again: (delayMs: number) => void,
  missingSince: Map<string, number>,
): void {
  const { api, clock } = context;
  const pods = api.list<Pod>("pods").filter((pod) => pod.spec.nodeName === name);
  const node = api.get<Node>("nodes", "", name);
  if (node === undefined && pods.length > 0) {
    const since = missingSince.get(name) ?? clock.now();
    missingSince.set(name, since);
    const leftMs = since + QUARANTINE_MS - clock.now();
    if (leftMs > 0) again(leftMs);
    else for (const pod of pods) remove(api, pod, 0);
    return;
  }
  missingSince.delete(name);
  if (node === undefined) return;
  markCordon(context, node);
  const taints = (api.get<Node>("nodes", "", name)?.spec.taints ?? []).filter(({ effect }) => effect === "NoExecute");
  if (taints.length > 0) for (const pod of pods) evict(context, pod, taints, again);
}

function markCordon({ api, clock }: ControllerContext, node: Node): void {
  const taints = node.spec.taints ?? [];
  const isTainted = taints.some(({ key }) => key === UNSCHEDULABLE);
  const isCordoned = node.spec.unschedulable === true;
  if (isTainted === isCordoned) return;
  api.mutate<Node>("nodes", "", node.metadata.name, (current) => {
    const others = (current.spec.taints ?? []).filter(({ key }) => key !== UNSCHEDULABLE);
    const taint = { key: UNSCHEDULABLE, effect: "NoSchedule", timeAdded: timestamp(clock.now()) };
    const { taints: _old, ...spec } = current.spec;
    const next = isCordoned ? [...others, taint] : others;
    return { ...current, spec: { ...spec, ...(next.length > 0 ? { taints: next } : {}) } };
  });
}

/** A pod leaves at once, or when the shortest of its tolerations has run out. */
function evict(
  { api, clock }: ControllerContext,
  pod: Pod,
  taints: readonly Taint[],
  again: (delayMs: number) => void,
): void {
  if (isTerminating(pod)) return;
  let waitMs = Number.POSITIVE_INFINITY;
  for (const taint of taints) {
    const matching = (pod.spec.tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
    if (matching.length === 0) {
      waitMs = 0;
      break;
    }
    const added = Date.parse((taint as Taint & { readonly timeAdded?: string }).timeAdded ?? "") || clock.now();
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds !== undefined) waitMs = Math.min(waitMs, added + tolerationSeconds * 1000 - clock.now());
    }
  }
  if (waitMs <= 0) {
    api.recordEvent({
      involved: pod,
      type: "Normal",
      reason: "TaintManagerEviction",
      message: `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
      component: "taint-eviction-controller",
    });
    remove(api, pod);
  } else if (Number.isFinite(waitMs)) again(waitMs);
}

function remove(api: ApiClient, pod: Pod, gracePeriodSeconds?: number): void {
  const { namespace = "", name, uid } = pod.metadata;
  api.delete("pods", namespace, name, { uid, ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }) });
}
