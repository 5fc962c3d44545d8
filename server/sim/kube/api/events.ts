/**
 * Writes core/v1 Events as client-go's recorder does: an equal event within the correlator's
 * memory raises `count` and `lastTimestamp` of the first instead of making a new one, and many
 * that differ in their text only become one. Left out: the recorder's limit per object.
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

/** So many different texts of one reason stand alone; later ones are combined. */
const SIMILAR_LIMIT = 9;
const SIMILAR_WINDOW_MS = 600_000;
const COMBINED = "(combined from similar events): ";

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
  const similar = resources.list(kind, namespace).filter((present) => isSimilarEvent(present, event));
  let same = similar.find((present) => isSameEvent(present, event));
  let { message } = event;
  if (same === undefined && isTooMany(similar, resources.nowMs())) {
    message = `${COMBINED}${message}`;
    same = similar.find(isCombined);
  }
  if (same) {
    resources.update(
      kind,
      namespace,
      same.metadata.name,
      (old) => ({ ...cloneTree(old), count: Number(old["count"] ?? 1) + 1, lastTimestamp: time, message }) as Draft,
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
    message,
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

const isCombined = (event: KubeObject): boolean => String(event["message"]).startsWith(COMBINED);

function isTooMany(similar: readonly KubeObject[], nowMs: number): boolean {
  const recent = similar.filter(
    (event) => !isCombined(event) && Date.parse(String(event["lastTimestamp"])) > nowMs - SIMILAR_WINDOW_MS,
  );
  return recent.length >= SIMILAR_LIMIT;
}

/** Of one source about one object for one reason. */
function isSimilarEvent(present: KubeObject, event: EventInput): boolean {
  const involved = present["involvedObject"] as Record<string, unknown> | undefined;
  const source = present["source"] as Record<string, unknown> | undefined;
  return (
    present["reason"] === event.reason &&
    present["type"] === event.type &&
    involved?.["uid"] === event.involved.metadata.uid &&
    involved?.["name"] === event.involved.metadata.name &&
    involved?.["kind"] === event.involved.kind &&
    source?.["component"] === event.component &&
    source?.["host"] === event.host
  );
}

function isSameEvent(similar: KubeObject, event: EventInput): boolean {
  const involved = similar["involvedObject"] as Record<string, unknown> | undefined;
  return similar["message"] === event.message && involved?.["fieldPath"] === event.fieldPath;
}
