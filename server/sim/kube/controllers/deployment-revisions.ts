/** ReplicaSets as a Deployment's revisions: finding, creating and numbering them. */
import type { ApiClient } from "../api/types.ts";
import { setCondition } from "./conditions.ts";
import { type ControllerContext, timestamp } from "./context.ts";
import { isReason } from "./errors.ts";
import type { Deployment, ReplicaSet } from "./objects.ts";
import { controllerReference, isControlledBy } from "./owners.ts";
import { canonical, hashOf, isSameTemplate } from "./template.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const HASH = "pod-template-hash";
/** Annotations of a Deployment that its ReplicaSets do not take over. */
const OWN_ANNOTATIONS = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  HISTORY,
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
  "deprecated.deployment.rollback.to",
]);

export function findNewReplicaSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  return sets.find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
}

export const revisionOf = (set: { readonly metadata: ReplicaSet["metadata"] }): number =>
  Number(set.metadata.annotations?.[REVISION] ?? 0);

const nextRevision = (oldSets: readonly ReplicaSet[]): number => Math.max(0, ...oldSets.map(revisionOf)) + 1;

function inheritedAnnotations(deployment: Deployment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.has(key)),
  );
}

/** Creates the ReplicaSet of the present template and notes the revision on the Deployment. */
export function createReplicaSet(
  context: ControllerContext,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  size: number,
  maxReplicas: number,
): void {
  const { api } = context;
  const hash = hashOf(deployment.spec.template, deployment.status?.collisionCount ?? 0);
  const revision = String(nextRevision(oldSets));
  const { template } = deployment.spec;
  const { creationTimestamp: _time, ...templateMetadata } = template.metadata ?? {};
  const labels = { ...template.metadata?.labels, [HASH]: hash };
  const name = `${deployment.metadata.name}-${hash}`;
  try {
    api.create<ReplicaSet>("replicasets.apps", {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name,
        namespace: deployment.metadata.namespace,
        labels,
        annotations: {
          ...inheritedAnnotations(deployment),
          "deployment.kubernetes.io/desired-replicas": String(deployment.spec.replicas ?? 1),
          "deployment.kubernetes.io/max-replicas": String(maxReplicas),
          [REVISION]: revision,
        },
        ownerReferences: [controllerReference(deployment)],
      },
      spec: {
        replicas: size,
        ...(deployment.spec.minReadySeconds ? { minReadySeconds: deployment.spec.minReadySeconds } : {}),
        selector: {
          ...deployment.spec.selector,
          matchLabels: { ...deployment.spec.selector.matchLabels, [HASH]: hash },
        },
        template: { ...template, metadata: { ...templateMetadata, labels } },
      },
    });
  } catch (error) {
    noteCollision(api, deployment, name, error);
    throw error;
  }
  noteCreation(context, deployment, revision, `Created new replica set "${name}"`);
}

/** A foreign ReplicaSet has our name: the next try hashes with one more collision. */
function noteCollision(api: ApiClient, deployment: Deployment, name: string, error: unknown): void {
  if (!isReason(error, "AlreadyExists")) return;
  const { namespace = "" } = deployment.metadata;
  const present = api.get<ReplicaSet>("replicasets.apps", namespace, name);
  if (present !== undefined && isControlledBy(present, deployment)) return;
  api.mutate<Deployment>(
    "deployments.apps",
    namespace,
    deployment.metadata.name,
    (now) => ({ ...now, status: { ...now.status, collisionCount: (now.status?.collisionCount ?? 0) + 1 } }),
    { subresource: "status" },
  );
}

function noteRevision(api: ApiClient, deployment: Deployment, revision: string): void {
  const { namespace = "", name } = deployment.metadata;
  api.mutate<Deployment>("deployments.apps", namespace, name, (now) => {
    if (now.metadata.annotations?.[REVISION] === revision) return undefined;
    const annotations = { ...now.metadata.annotations, [REVISION]: revision };
    return { ...now, metadata: { ...now.metadata, annotations } };
  });
}

/** Revision and condition go out in one write of the status, which keeps annotations. */
function noteCreation(
  { api, clock }: ControllerContext,
  deployment: Deployment,
  revision: string,
  message: string,
): void {
  const now = timestamp(clock.now());
  const { namespace = "", name } = deployment.metadata;
  const condition = {
    type: "Progressing",
    status: "True",
    lastUpdateTime: now,
    lastTransitionTime: now,
    reason: "NewReplicaSetCreated",
    message,
  };
  api.mutate<Deployment>(
    "deployments.apps",
    namespace,
    name,
    (present) => ({
      ...present,
      metadata: { ...present.metadata, annotations: { ...present.metadata.annotations, [REVISION]: revision } },
      status: { ...present.status, conditions: setCondition(present.status?.conditions ?? [], condition) },
    }),
    { subresource: "status" },
  );
}

/** An existing ReplicaSet is the new one (again): it gets the highest revision and the present annotations. */
export function publishRevision(
  api: ApiClient,
  deployment: Deployment,
  newSet: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): void {
  const revision = Math.max(nextRevision(oldSets), revisionOf(newSet));
  const { namespace = "", name } = newSet.metadata;
  api.mutate<ReplicaSet>("replicasets.apps", namespace, name, (set) => {
    const before = set.metadata.annotations?.[REVISION];
    const annotations: Record<string, string> = {
      ...set.metadata.annotations,
      ...inheritedAnnotations(deployment),
      [REVISION]: String(revision),
    };
    if (before !== undefined && Number(before) < revision) {
      const history = set.metadata.annotations?.[HISTORY];
      annotations[HISTORY] = history === undefined ? before : `${history},${before}`;
    }
    const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
    const isSame =
      canonical(annotations) === canonical(set.metadata.annotations) &&
      minReadySeconds === (set.spec.minReadySeconds ?? 0);
    if (isSame) return undefined;
    return { ...set, metadata: { ...set.metadata, annotations }, spec: { ...set.spec, minReadySeconds } };
  });
  noteRevision(api, deployment, String(revision));
}
