/** Pods with names that stay, made and removed in order. Models the statefulset controller, v1.36. */
import type { ApiClient } from "../api/types.ts";
import type { Controller, ControllerContext } from "./context.ts";
import { messageOf } from "./errors.ts";
import type { KubeObject, Pod, StatefulSet } from "./objects.ts";
import { claim, controllerOf } from "./owners.ts";
import { availableInMs, isFinished, isPodReady, isTerminating } from "./pods.ts";
import {
  type ControllerRevision,
  currentRevision,
  REVISION_LABEL,
  revisionHash,
  revisionsOf,
  trimRevisions,
} from "./revisions.ts";
import { runController } from "./run-controller.ts";
import { matchesSelector } from "./selectors.ts";
import { canonical, podFromTemplate } from "./template.ts";
import { keyOf, splitKey } from "./work-queue.ts";

const COMPONENT = "statefulset-controller";

export function startStatefulSetController(context: ControllerContext): Controller {
  const { api } = context;
  return runController(context, {
    name: COMPONENT,
    sync: (key, again) => sync(context, key, again),
    watch: (queue, options) => [
      api.watch<StatefulSet>("statefulsets.apps", ({ object }) => queue.add(keyOf(object)), options),
      api.watch<Pod>(
        "pods",
        ({ object }) => {
          for (const key of ownersOf(api, object)) queue.add(key);
        },
        options,
      ),
    ],
  });
}

function ownersOf(api: ApiClient, pod: Pod): readonly string[] {
  const namespace = pod.metadata.namespace ?? "";
  const owner = controllerOf(pod);
  if (owner !== undefined) return owner.kind === "StatefulSet" ? [`${namespace}/${owner.name}`] : [];
  return api
    .list<StatefulSet>("statefulsets.apps", namespace)
    .filter((set) => matchesSelector(set.spec.selector, pod.metadata.labels))
    .map(keyOf);
}

interface Round {
  readonly context: ControllerContext;
  readonly set: StatefulSet;
  readonly pods: readonly Pod[];
  readonly update: ControllerRevision;
  readonly current: ControllerRevision;
  readonly replicas: number;
  readonly start: number;
  readonly isParallel: boolean;
}

function sync(context: ControllerContext, key: string, again: (delayMs: number) => void): void {
  const { api } = context;
  const [namespace, name] = splitKey(key);
  const set = api.get<StatefulSet>("statefulsets.apps", namespace, name);
  if (set === undefined || set.metadata.deletionTimestamp !== undefined) return;
  const round = roundOf(context, set);
  step(round, again);
  const after = roundOf(context, api.get<StatefulSet>("statefulsets.apps", namespace, name) ?? set);
  writeStatus(after);
  const inUse = new Set([revisionHash(after.update), revisionHash(after.current)]);
  // Pods name their revision whole: the set's name and the hash.
  for (const pod of after.pods) inUse.add((pod.metadata.labels?.[REVISION_LABEL] ?? "").slice(name.length + 1));
  trimRevisions(api, set, inUse);
}

function roundOf(context: ControllerContext, set: StatefulSet): Round {
  const pods = claim<Pod>(context.api, "pods", set, set.spec.selector).filter((pod) => ordinalOf(set, pod) >= 0);
  const update = currentRevision(context.api, set);
  const currentName = set.status?.["currentRevision"];
  const current = revisionsOf(context.api, set).find((revision) => revision.metadata.name === currentName) ?? update;
  return {
    context,
    set,
    pods,
    update,
    current,
    replicas: set.spec.replicas ?? 1,
    start: set.spec.ordinals?.start ?? 0,
    isParallel: set.spec.podManagementPolicy === "Parallel",
  };
}

function ordinalOf(set: KubeObject, pod: Pod): number {
  const prefix = `${set.metadata.name}-`;
  const rest = pod.metadata.name.startsWith(prefix) ? pod.metadata.name.slice(prefix.length) : "";
  return /^\d+$/.test(rest) ? Number(rest) : -1;
}

/** One pass: first missing pods from below, then surplus ones from above, then outdated ones from above. */
function step(round: Round, again: (delayMs: number) => void): void {
  const byOrdinal = new Map(round.pods.map((pod) => [ordinalOf(round.set, pod), pod]));
  for (let ordinal = round.start; ordinal < round.start + round.replicas; ordinal++) {
    if (!settleReplica(round, ordinal, byOrdinal.get(ordinal), again) && !round.isParallel) return;
  }
  const surplus = round.pods
    .filter(
      (pod) => ordinalOf(round.set, pod) >= round.start + round.replicas || ordinalOf(round.set, pod) < round.start,
    )
    .sort((left, right) => ordinalOf(round.set, right) - ordinalOf(round.set, left));
  for (const pod of surplus) {
    if (!isTerminating(pod)) deletePod(round, pod);
    if (!round.isParallel) return;
  }
  updateOutdated(round, byOrdinal);
}

/** Whether this replica is as it should be, so that the next may follow. */
function settleReplica(round: Round, ordinal: number, pod: Pod | undefined, again: (delayMs: number) => void): boolean {
  if (pod === undefined) {
    createPod(round, ordinal);
    return false;
  }
  if (isTerminating(pod)) return false;
  if (isFinished(pod)) {
    deletePod(round, pod);
    return false;
  }
  const wait = availableInMs(pod, round.set.spec.minReadySeconds ?? 0, round.context.clock.now());
  if (wait !== undefined && wait > 0) again(wait);
  return wait === 0;
}

function updateOutdated(round: Round, byOrdinal: ReadonlyMap<number, Pod>): void {
  const { set, update, start, replicas } = round;
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  for (let ordinal = start + replicas - 1; ordinal >= start + partition; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (pod === undefined) continue;
    if (pod.metadata.labels?.[REVISION_LABEL] !== update.metadata.name) {
      if (!isTerminating(pod)) deletePod(round, pod);
      return;
    }
    if (!isPodReady(pod)) return;
  }
}

function createPod(round: Round, ordinal: number): void {
  const { context, set, update, current, start } = round;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const revision = ordinal < start + partition ? current : update;
  const template = revision.data?.spec?.template ?? set.spec.template;
  const name = `${set.metadata.name}-${ordinal}`;
  const claims = set.spec.volumeClaimTemplates ?? [];
  for (const claimTemplate of claims) ensureVolumeClaim(context.api, set, claimTemplate, ordinal);
  const base = podFromTemplate(set, { metadata: template.metadata, spec: template.spec }, { name });
  const claimVolumes = claims.map((claimTemplate) => ({
    name: claimTemplate.metadata.name,
    persistentVolumeClaim: { claimName: `${claimTemplate.metadata.name}-${name}` },
  }));
  const pod = {
    ...base,
    metadata: {
      ...base.metadata,
      labels: {
        ...base.metadata.labels,
        "apps.kubernetes.io/pod-index": String(ordinal),
        [REVISION_LABEL]: revision.metadata.name,
        "statefulset.kubernetes.io/pod-name": name,
      },
    },
    spec: {
      ...base.spec,
      hostname: name,
      ...(set.spec.serviceName ? { subdomain: set.spec.serviceName } : {}),
      ...(claimVolumes.length > 0 ? { volumes: [...(base.spec.volumes ?? []), ...claimVolumes] } : {}),
    },
  };
  try {
    context.api.create("pods", pod);
    record(round, "Normal", "SuccessfulCreate", `Create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  } catch (error) {
    const message = `Create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
    record(round, "Warning", "FailedCreate", message);
    throw error;
  }
}

function ensureVolumeClaim(api: ApiClient, set: StatefulSet, template: KubeObject, ordinal: number): void {
  const name = `${template.metadata.name}-${set.metadata.name}-${ordinal}`;
  const namespace = set.metadata.namespace ?? "";
  if (api.get("persistentvolumeclaims", namespace, name) !== undefined) return;
  api.create("persistentvolumeclaims", {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name, namespace, labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels } },
    spec: template["spec"],
  });
}

function deletePod(round: Round, pod: Pod): void {
  const { namespace = "", name, uid } = pod.metadata;
  round.context.api.delete("pods", namespace, name, { uid });
  record(
    round,
    "Normal",
    "SuccessfulDelete",
    `Delete Pod ${name} in StatefulSet ${round.set.metadata.name} successful`,
  );
}

function record({ context, set }: Round, type: "Normal" | "Warning", reason: string, message: string): void {
  context.api.recordEvent({ involved: set, type, reason, message, component: COMPONENT });
}

function writeStatus({ context, set, pods, update, current, replicas }: Round): void {
  const alive = pods.filter((pod) => !isTerminating(pod));
  const has = (revision: ControllerRevision) => (pod: Pod) =>
    pod.metadata.labels?.[REVISION_LABEL] === revision.metadata.name;
  const ready = pods.filter(isPodReady).length;
  const nowMs = context.clock.now();
  const available = pods.filter((pod) => availableInMs(pod, set.spec.minReadySeconds ?? 0, nowMs) === 0).length;
  const updated = alive.filter(has(update)).length;
  const isDone = updated === replicas && ready === replicas && pods.length === replicas;
  const shown = isDone ? update : current;
  const counts = {
    currentReplicas: alive.filter(has(shown)).length,
    readyReplicas: ready,
    updatedReplicas: updated,
  };
  const status = {
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    availableReplicas: available,
    collisionCount: 0,
    currentRevision: shown.metadata.name,
    updateRevision: update.metadata.name,
    observedGeneration: set.metadata.generation ?? 1,
    replicas: pods.length,
  };
  const { namespace = "", name } = set.metadata;
  context.api.mutate<StatefulSet>(
    "statefulsets.apps",
    namespace,
    name,
    (present) => (canonical(present.status) === canonical(status) ? undefined : { ...present, status }),
    { subresource: "status" },
  );
}
