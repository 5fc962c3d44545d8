/**
 * Who set which field: keeps `metadata.managedFields`. Follows `apimachinery/pkg/util/managedfields`
 * for objects of one version.
 */
import type { Draft, KindDefinition } from "../kinds/types.ts";
import {
  difference,
  EMPTY_SET,
  equalSets,
  type FieldSet,
  type FieldsV1,
  formatFields,
  intersection,
  isEmptySet,
  parseFields,
  pathsOf,
  union,
  without,
} from "./fields/field-set.ts";
import { compare, type Comparison, isSame } from "./fields/typed.ts";
import { apiVersionOf } from "./kind-registry.ts";
import type { KubeObject } from "./types.ts";
import { shareTree } from "../store/freeze.ts";

export interface ManagerEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string;
  readonly fields: FieldSet;
}

/** Fields the server sets itself. */
const STRIPPED: readonly (readonly string[])[] = [
  ["f:apiVersion"],
  ["f:kind"],
  ...[
    "name",
    "namespace",
    "creationTimestamp",
    "selfLink",
    "uid",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ].map((field) => ["f:metadata", `f:${field}`]),
];

/** More managers than this with operation Update are put together, oldest first. */
const UPDATE_MANAGERS_LIMIT = 10;

export function strip(set: FieldSet): FieldSet {
  const rest = STRIPPED.reduce(without, set);
  const metadata = rest.children.get("f:metadata");
  return metadata?.isMember && metadata.children.size === 0 ? without(rest, ["f:metadata"]) : rest;
}

export function schemaRefOf(kind: KindDefinition): { readonly ref: string } | undefined {
  return kind.schema ? { ref: kind.schema } : undefined;
}

export function parseManagers(managedFields: unknown): ManagerEntry[] {
  return ((managedFields ?? []) as Draft[]).map((entry) => ({
    manager: String(entry["manager"] ?? ""),
    operation: entry["operation"] === "Apply" ? "Apply" : "Update",
    apiVersion: String(entry["apiVersion"] ?? ""),
    subresource: String(entry["subresource"] ?? ""),
    time: String(entry["time"] ?? ""),
    fields: parseFields(entry["fieldsV1"] as FieldsV1 | undefined),
  }));
}

export function formatManagers(entries: readonly ManagerEntry[]): Draft[] {
  return [...entries].sort(byOrder).map((entry) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    time: entry.time,
    fieldsType: "FieldsV1",
    fieldsV1: formatFields(entry.fields),
    ...(entry.subresource ? { subresource: entry.subresource } : {}),
  }));
}

function byOrder(a: ManagerEntry, b: ManagerEntry): number {
  const key = (entry: ManagerEntry) => [
    entry.operation,
    entry.time,
    entry.manager,
    entry.apiVersion,
    entry.subresource,
  ];
  const [left, right] = [key(a), key(b)];
  for (let index = 0; index < left.length; index++) {
    const [x, y] = [left[index] as string, right[index] as string];
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

/**
 * Records in `draft.metadata.managedFields` that `manager` wrote what differs from `old` (undefined:
 * the object is new). Others lose the fields that were changed or removed.
 */
export function recordManager(
  kind: KindDefinition,
  draft: Draft,
  old: KubeObject | undefined,
  manager: string,
  subresource: string,
  time: string,
): void {
  const meta = draft["metadata"] as Draft;
  const present = old ? old.metadata.managedFields : undefined;
  // An empty list sent on purpose resets the record.
  if (isReset(meta["managedFields"])) {
    delete meta["managedFields"];
    return;
  }
  delete meta["managedFields"];
  const comparison = visibleChanges(kind, draft, old, subresource);
  if (isSame(comparison)) {
    if (present) meta["managedFields"] = present;
    return;
  }
  const entries = present ? parseManagers(present) : [];
  const self = { manager, operation: "Update" as const, apiVersion: apiVersionOf(kind), subresource };
  const updated = capManagers(applyComparison(entries, self, comparison, time));
  if (updated.length === 0) return;
  meta["managedFields"] = shareTree(present, formatManagers(updated));
}

function isReset(managedFields: unknown): boolean {
  if (!Array.isArray(managedFields) || managedFields.length !== 1) return false;
  return Object.keys((managedFields[0] ?? {}) as object).length === 0;
}

type ManagerIdentity = Pick<ManagerEntry, "manager" | "operation" | "apiVersion" | "subresource">;

export function isSameManager(a: ManagerIdentity, b: ManagerIdentity): boolean {
  return (
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === "Apply" || a.apiVersion === b.apiVersion)
  );
}

function applyComparison(
  entries: readonly ManagerEntry[],
  self: ManagerIdentity,
  { added, modified, removed }: Comparison,
  time: string,
): ManagerEntry[] {
  const changed = union(added, modified);
  const lost = union(changed, removed);
  const own = entries.find((entry) => isSameManager(entry, self));
  const fields = union(difference(own?.fields ?? EMPTY_SET, removed), changed);
  const others = entries
    .filter((entry) => entry !== own)
    .map((entry) => reduced(entry, lost, time))
    .filter((entry) => !isEmptySet(entry.fields));
  if (isEmptySet(fields)) return others;
  const isChanged = own === undefined || !equalSets(own.fields, fields);
  return [...others, { ...self, time: isChanged ? time : own.time, fields }];
}

function reduced(entry: ManagerEntry, lost: FieldSet, time: string): ManagerEntry {
  const fields = difference(entry.fields, lost);
  return equalSets(fields, entry.fields) ? entry : { ...entry, fields, time };
}

function capManagers(entries: readonly ManagerEntry[]): ManagerEntry[] {
  const updates = entries.filter((entry) => entry.operation === "Update").sort(byOrder);
  if (updates.length <= UPDATE_MANAGERS_LIMIT) return [...entries];
  const merged = updates.slice(0, updates.length - UPDATE_MANAGERS_LIMIT + 1);
  const kept = entries.filter((entry) => !merged.includes(entry));
  const fields = merged.reduce((set, entry) => union(set, entry.fields), EMPTY_SET);
  const last = merged.at(-1) as ManagerEntry;
  return [...kept, { ...last, manager: "ancient-changes", subresource: "", fields }];
}

/** The changes that this request can make: the status is not the main resource's, nor the spec the status's. */
function visibleChanges(
  kind: KindDefinition,
  draft: Draft,
  old: KubeObject | undefined,
  subresource: string,
): Comparison {
  const schema = schemaRefOf(kind);
  const before = old ? { ...old, metadata: { ...old.metadata, managedFields: undefined } } : {};
  const { added, modified, removed } = compare(schema, withoutUndefined(before), draft);
  const hasStatus = kind.subresources?.["status"] !== undefined;
  const reset = (set: FieldSet) => {
    const stripped = strip(set);
    if (subresource === "status") return without(stripped, ["f:spec"]);
    return hasStatus && subresource !== "binding" ? without(stripped, ["f:status"]) : stripped;
  };
  return { added: reset(added), modified: reset(modified), removed: reset(removed) };
}

function withoutUndefined(object: Readonly<Record<string, unknown>>): Draft {
  const metadata = object["metadata"] as Draft | undefined;
  if (!metadata) return { ...object, metadata: {} };
  const { managedFields: _managed, ...rest } = metadata;
  return { ...object, metadata: rest };
}

export interface ApplyConflict {
  readonly manager: ManagerEntry;
  readonly path: string;
}

/** Fields of others that an apply would change, in the order they are reported. */
export function conflictsOf(
  entries: readonly ManagerEntry[],
  self: ManagerIdentity,
  { added, modified }: Comparison,
): ApplyConflict[] {
  const changed = union(added, modified);
  return entries
    .filter((entry) => !isSameManager(entry, self))
    .flatMap((entry) => pathsOf(intersection(entry.fields, changed)).map((path) => ({ manager: entry, path })));
}
