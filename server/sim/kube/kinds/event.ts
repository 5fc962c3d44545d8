/** Events: core/v1 stores them, events.k8s.io/v1 is a second view of the same objects. */
import type { KubeObject } from "../api/types.ts";
import { defineKind, type KindInput } from "./define.ts";
import { at, draftAt, fields, fill, integer, isAbsent, isObject, text } from "./fields.ts";
import { ageOf } from "./human-duration.ts";
import { invalid } from "./validation/errors.ts";
import { isPathSegment } from "./validation/names.ts";

export interface EventTimes {
  /** RFC 3339, empty when unknown. */
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** When an event was first and last seen, and how often; newer reporters use `eventTime` and `series`. */
export function eventTimes(event: unknown): EventTimes {
  const { firstTimestamp, lastTimestamp, eventTime, series, count } = fields(event);
  const first = text(firstTimestamp) || text(eventTime);
  if (isObject(series)) return { first, last: text(series["lastObservedTime"]), count: integer(series["count"]) };
  return { first, last: text(lastTimestamp) || first, count: integer(count) || 1 };
}

function lastSeen(object: KubeObject, nowMs: number): string {
  return ageOf(eventTimes(object).last, nowMs);
}

/** `kubelet, node01`. */
function sourceCell(object: KubeObject): string {
  const component = text(at(object, "source", "component")) || text(object["reportingComponent"]);
  const host = text(at(object, "source", "host")) || text(object["reportingInstance"]);
  return host === "" ? component : `${component}, ${host}`;
}

function objectCell(object: KubeObject): string {
  const involved = fields(object["involvedObject"]);
  const kind = text(involved["kind"]).toLowerCase();
  return text(involved["name"]) === "" ? kind : `${kind}/${text(involved["name"])}`;
}

const cells: KindInput["cells"] = {
  "Last Seen": lastSeen,
  Type: (object) => text(object["type"]),
  Reason: (object) => text(object["reason"]),
  Object: objectCell,
  Subobject: (object) => text(at(object, "involvedObject", "fieldPath")),
  Source: sourceCell,
  Message: (object) => text(object["message"]).trim(),
  "First Seen": (object, nowMs) => ageOf(eventTimes(object).first, nowMs),
  Count: (object) => eventTimes(object).count,
};

const INVOLVED = ["kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath"] as const;

export const event = defineKind({
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  checkName: isPathSegment,
  cells,
  selectableFields: {
    ...Object.fromEntries(
      INVOLVED.map((name) => [
        `involvedObject.${name}`,
        (object: KubeObject) => text(at(object, "involvedObject", name)),
      ]),
    ),
    reason: (object) => text(object["reason"]),
    reportingComponent: (object) => text(object["reportingComponent"]),
    source: (object) => text(at(object, "source", "component")) || text(object["reportingComponent"]),
    type: (object) => text(object["type"]),
  },

  applyDefaults(draft) {
    draftAt(draft, "involvedObject");
    draftAt(draft, "source");
    for (const field of ["firstTimestamp", "lastTimestamp", "eventTime"])
      if (isAbsent(draft[field])) draft[field] = null;
    fill(draft, "reportingComponent", "");
    fill(draft, "reportingInstance", "");
  },

  validateSpec(object) {
    const involved = text(at(object, "involvedObject", "namespace")) || "default";
    return involved === object.metadata.namespace
      ? []
      : [
          invalid(
            "involvedObject.namespace",
            text(at(object, "involvedObject", "namespace")),
            "does not match event.namespace",
          ),
        ];
  },
});

export const eventsV1Event = defineKind({
  group: "events.k8s.io",
  kind: "Event",
  plural: "events",
  shortNames: ["ev"],
  checkName: isPathSegment,
  cells,
  servedFrom: {
    resource: "events",
    version: "v1",
    toStored: (object) =>
      renamed(object, "v1", [
        ["regarding", "involvedObject"],
        ["note", "message"],
        ["reportingController", "reportingComponent"],
        ["deprecatedSource", "source"],
        ["deprecatedFirstTimestamp", "firstTimestamp"],
        ["deprecatedLastTimestamp", "lastTimestamp"],
        ["deprecatedCount", "count"],
      ]),
    fromStored: (object) =>
      renamed(object, "events.k8s.io/v1", [
        ["involvedObject", "regarding"],
        ["message", "note"],
        ["reportingComponent", "reportingController"],
        ["source", "deprecatedSource"],
        ["firstTimestamp", "deprecatedFirstTimestamp"],
        ["lastTimestamp", "deprecatedLastTimestamp"],
        ["count", "deprecatedCount"],
      ]),
  },
});

function renamed(object: KubeObject, apiVersion: string, names: readonly (readonly [string, string])[]): KubeObject {
  const to = new Map(names);
  const entries = Object.entries(object).map(([name, value]) => [to.get(name) ?? name, value] as const);
  return { ...Object.fromEntries(entries), apiVersion } as KubeObject;
}
