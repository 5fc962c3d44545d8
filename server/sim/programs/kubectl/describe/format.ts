/** Values as kubectl's describers write them. */
import type { KubeObject } from "../../../kube/api/types.ts";
import { at, type Fields, fields, integer, isAbsent, objects, stringMap, text } from "../../../kube/kinds/fields.ts";
import { ageOf } from "../../../kube/kinds/human-duration.ts";
import type { PrefixWriter } from "./prefix-writer.ts";
import { CURRENT_MINOR, type RelatedQuery, type RelatedResult, SINCE_MINOR } from "./types.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const MAX_ANNOTATION_LENGTH = 140;
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/** What Go prints for a time that was never set. */
const ZERO_TIME = "Mon, 01 Jan 0001 00:00:00 +0000";

/** `Sat, 21 Nov 2026 10:30:20 +0000` (RFC 1123 with a numeric zone). */
export function longTime(timestamp: unknown): string {
  if (text(timestamp) === "") return ZERO_TIME;
  const time = new Date(Date.parse(text(timestamp)));
  const clock = [time.getUTCHours(), time.getUTCMinutes(), time.getUTCSeconds()].map(two).join(":");
  return `${DAYS[time.getUTCDay()]}, ${two(time.getUTCDate())} ${MONTHS[time.getUTCMonth()]} ${time.getUTCFullYear()} ${clock} +0000`;
}

/** `2026-11-21 10:30:52 +0000 UTC`: how Go writes a time of its own accord. */
export function goTime(timestamp: unknown): string {
  const iso = new Date(Date.parse(text(timestamp))).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} +0000 UTC`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}

export function orNone(value: string): string {
  return value === "" ? "<none>" : value;
}

/** `True` or `False`. */
export function capitalBoolean(value: unknown): string {
  return value === true ? "True" : "False";
}

/** `[a b]`: how Go prints a slice. */
export function goList(values: readonly unknown[]): string {
  return `[${values.map(String).join(" ")}]`;
}

/** `Name`, and `Namespace` for what has one. */
export function writeName(w: PrefixWriter, { metadata }: KubeObject, isNamespaced = true): void {
  w.field("Name", metadata.name);
  if (isNamespaced) w.field("Namespace", metadata.namespace ?? "");
}

export function writeLabels(w: PrefixWriter, title: string, labels: unknown, indent = ""): void {
  const entries = sortedEntries(stringMap(labels)).map(([key, value]) => `${key}=${value}`);
  writeMultiline(w, `${indent}${title}`, entries, indent);
}

/** The first entry beside the title, each further one below it. */
export function writeMultiline(w: PrefixWriter, title: string, entries: readonly string[], indent = ""): void {
  w.write(0, `${title}:\t`);
  if (entries.length === 0) w.line(0, "<none>");
  for (const [index, entry] of entries.entries()) w.line(0, `${index > 0 ? `${indent}\t` : ""}${entry}`);
}

/** Long annotations, and those of several lines, stand below their key. */
export function writeAnnotations(w: PrefixWriter, annotations: unknown, title = "Annotations"): void {
  const entries = sortedEntries(stringMap(annotations)).filter(([key]) => key !== LAST_APPLIED);
  w.write(0, `${title}:\t`);
  if (entries.length === 0) w.line(0, "<none>");
  for (const [index, [key, raw]] of entries.entries()) {
    if (index > 0) w.write(0, "\t");
    const value = raw.replace(/\n$/, "");
    if (value.length + key.length + 2 <= MAX_ANNOTATION_LENGTH && !value.includes("\n")) {
      w.line(0, `${key}: ${value}`);
      continue;
    }
    w.line(0, `${key}:`);
    for (const part of value.split("\n")) w.line(0, `\t  ${shorten(part, MAX_ANNOTATION_LENGTH - 2)}`);
  }
}

function shorten(value: string, maxLength: number): string {
  return value.length > maxLength ? `${value.slice(0, maxLength)}...` : value;
}

export function sortedEntries(map: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}

/** `ReplicaSet/web-5d4f`: the owner that controls an object, empty when there is none. */
export function controllerOf({ metadata }: KubeObject): string {
  const owner = metadata.ownerReferences?.find((reference) => reference.controller === true);
  return owner === undefined ? "" : `${owner.kind}/${owner.name}`;
}

/** Conditions with two times: nodes and claims say when they were last looked at. */
export function writeTimedConditions(
  w: PrefixWriter,
  conditions: readonly Fields[],
  seenAt: "lastHeartbeatTime" | "lastProbeTime",
): void {
  if (conditions.length === 0) return;
  const column = seenAt === "lastProbeTime" ? "LastProbeTime" : "LastHeartbeatTime";
  w.write(0, `Conditions:\n  Type\tStatus\t${column}\tLastTransitionTime\tReason\tMessage\n`);
  w.row(1, "----", "------", "-----------------", "------------------", "------", "-------");
  for (const condition of conditions) {
    w.row(
      1,
      `${text(condition["type"])} `,
      `${text(condition["status"])} `,
      `${longTime(condition[seenAt])} `,
      `${longTime(condition["lastTransitionTime"])} `,
      `${text(condition["reason"])} `,
      text(condition["message"]),
    );
  }
}

/** `Type / Status / Reason` of workloads. */
export function writeConditions(w: PrefixWriter, conditions: unknown): void {
  const list = objects(conditions);
  if (list.length === 0) return;
  w.write(0, "Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n");
  for (const condition of list) {
    w.row(1, `${text(condition["type"])} `, text(condition["status"]), text(condition["reason"]));
  }
}

/** The events about an object. Nodes go by their name where others go by their UID. */
export function eventsQuery(object: KubeObject): RelatedQuery {
  const { name, namespace = "", uid = "" } = object.metadata;
  const selector = [
    `involvedObject.name=${name}`,
    `involvedObject.namespace=${namespace}`,
    `involvedObject.kind=${object.kind}`,
    `involvedObject.uid=${object.kind === "Node" ? name : uid}`,
  ];
  return {
    name: "events",
    group: "",
    version: "v1",
    resource: "events",
    ...(namespace === "" ? {} : { namespace }),
    fieldSelector: selector.join(","),
  };
}

/** Says nothing when events were not asked for. */
export function writeEvents(
  w: PrefixWriter,
  events: RelatedResult | undefined,
  nowMs: number,
  kubectlMinor = CURRENT_MINOR,
): void {
  if (events === undefined) return;
  if (events.items.length === 0) {
    w.line(0, "Events:\t<none>");
    return;
  }
  w.flush();
  w.write(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage\n");
  w.row(1, "----", "------", "----", "----", "-------");
  const byLastSeen = [...events.items].sort((left, right) => lastSeen(left) - lastSeen(right));
  for (const event of byLastSeen) {
    const source = text(at(event, "source", "component")) || text(event["reportingComponent"]);
    const message = kubectlMinor >= SINCE_MINOR.eventParts ? eventMessage(event) : text(event["message"]).trim();
    w.row(1, text(event["type"]), text(event["reason"]), eventAge(event, nowMs), source, message);
  }
}

function lastSeen(event: KubeObject): number {
  const timestamp = text(event["lastTimestamp"]);
  return timestamp === "" ? 0 : Date.parse(timestamp);
}

function eventAge(event: KubeObject, nowMs: number): string {
  const first = ageOf(text(event["eventTime"]) || text(event["firstTimestamp"]), nowMs);
  const series = event["series"];
  if (!isAbsent(series)) {
    return `${ageOf(at(series, "lastObservedTime"), nowMs)} (x${integer(at(series, "count"))} over ${first})`;
  }
  const count = integer(event["count"]);
  return count > 1 ? `${ageOf(event["lastTimestamp"], nowMs)} (x${count} over ${first})` : first;
}

/** Events about a part of the object name it first: `spec.containers{web}: Started …`. */
function eventMessage(event: KubeObject): string {
  const part = text(at(event, "involvedObject", "fieldPath"));
  const message = text(event["message"]).trim();
  return part === "" ? message : `${part}: ${message}`;
}

/** Resource amounts sorted by name. */
export function writeResources(w: PrefixWriter, title: string, amounts: unknown, level: number): void {
  const entries = sortedEntries(stringMap(amounts));
  if (entries.length === 0) return;
  w.line(level, `${title}:`);
  for (const [name, value] of entries) w.field(name, value, level + 1);
}

export function specOf(object: KubeObject): Fields {
  return fields(object["spec"]);
}

export function statusOf(object: KubeObject): Fields {
  return fields(object["status"]);
}
