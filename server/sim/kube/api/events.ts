/**
 * Writes core/v1 Events as client-go's recorder does: an equal event within the correlator's
 * memory raises `count` and `lastTimestamp` of the first instead of making a new one.
 */
import type { Draft } from "../kinds/types.ts";
import { cloneTree } from "../store/freeze.ts";
import { isStatusError } from "./errors.ts";
import { storageKey } from "./kind-registry.ts";
import type { Operation } from "./operation.ts";
import type { Resources } from "./resources.ts";
import type { EventInput, KubeObject } from "./types.ts";

/** Events of cluster-scoped objects live here. */
const CLUSTER_EVENT_NAMESPACE = "default";

/** The server keeps events for an hour (`--event-ttl`). */
const EVENT_TTL_MS = 3_600_000;

/** Removes events that are too old. Called where events are read or written, so that no timer is needed. */
export function expireEvents(resources: Resources, namespace: string): void {
  const kind = resources.registry.resource("events");
  const oldest = resources.nowMs() - EVENT_TTL_MS;
  for (const event of resources.list(kind, namespace)) {
    const time = event["lastTimestamp"] ?? event["eventTime"] ?? event.metadata.creationTimestamp;
    if (typeof time !== "string" || Date.parse(time) >= oldest) continue;
    resources.store.delete(storageKey(kind, event.metadata.namespace ?? "", event.metadata.name));
  }
}

export function recordEvent(resources: Resources, event: EventInput, operation: Operation): void {
  const kind = resources.registry.resource("events");
  const { involved } = event;
  const namespace = involved.metadata.namespace ?? CLUSTER_EVENT_NAMESPACE;
  const time = resources.timestamp();
  expireEvents(resources, namespace);
  const same = resources.list(kind, namespace).find((present) => isSameEvent(present, event));
  if (same) {
    resources.update(
      kind,
      namespace,
      same.metadata.name,
      (old) => ({ ...cloneTree(old), count: Number(old["count"] ?? 1) + 1, lastTimestamp: time }) as Draft,
      operation,
    );
    return;
  }
  // Names carry the time in nanoseconds as hexadecimal digits.
  let nanoseconds = BigInt(Math.floor(resources.nowMs())) * 1_000_000n;
  const nameAt = () => `${involved.metadata.name}.${nanoseconds.toString(16)}`;
  while (resources.find(kind, namespace, nameAt())) nanoseconds += 1n;
  const draft: Draft = {
    metadata: { name: nameAt(), namespace },
    involvedObject: reference(event),
    reason: event.reason,
    message: event.message,
    source: { component: event.component, ...(event.host ? { host: event.host } : {}) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: event.type,
    eventTime: null,
    reportingComponent: event.component,
    reportingInstance: event.host ?? "",
  };
  try {
    resources.create(kind, namespace, draft, operation);
  } catch (error) {
    // The recorder drops what a terminating or missing namespace refuses.
    if (!isStatusError(error)) throw error;
  }
}

function reference({ involved, fieldPath }: EventInput): Record<string, unknown> {
  const { name, namespace, uid, resourceVersion } = involved.metadata;
  return {
    kind: involved.kind,
    ...(namespace ? { namespace } : {}),
    name,
    ...(uid ? { uid } : {}),
    apiVersion: involved.apiVersion,
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(fieldPath ? { fieldPath } : {}),
  };
}

function isSameEvent(present: KubeObject, event: EventInput): boolean {
  const involved = present["involvedObject"] as Record<string, unknown> | undefined;
  const source = present["source"] as Record<string, unknown> | undefined;
  return (
    present["reason"] === event.reason &&
    present["message"] === event.message &&
    present["type"] === event.type &&
    involved?.["uid"] === event.involved.metadata.uid &&
    involved?.["name"] === event.involved.metadata.name &&
    involved?.["kind"] === event.involved.kind &&
    involved?.["fieldPath"] === event.fieldPath &&
    source?.["component"] === event.component &&
    source?.["host"] === event.host
  );
}
