/**
 * Objects seen through their schema as structured-merge-diff sees them: which lists and maps are one
 * value, which are merged item by item. Comparison, the fields an object sets, merging, pruning.
 */
import { definition, type FieldSchema } from "../../kinds/schema.ts";
import { equalTrees } from "../../store/freeze.ts";
import { type FieldSet, FieldSetBuilder, isEmptySet } from "./field-set.ts";

type Tree = Readonly<Record<string, unknown>>;

export type Shape = "scalar" | "atomic" | "struct" | "map" | "list-map" | "list-set";

/** How a value of this schema is treated; decides by the value where the schema says nothing. */
export function shapeOf(schema: FieldSchema | undefined, value: unknown): Shape {
  if (Array.isArray(value)) {
    if (schema?.listType === "map") return "list-map";
    return schema?.listType === "set" ? "list-set" : "atomic";
  }
  if (typeof value !== "object" || value === null) return "scalar";
  if (schema?.mapType === "atomic") return "atomic";
  if (schema?.ref !== undefined) {
    const named = definition(schema.ref);
    if (named?.mapType === "atomic") return "atomic";
    return named?.type === undefined ? "struct" : "map";
  }
  return "map";
}

export function childSchema(schema: FieldSchema | undefined, field: string): FieldSchema | undefined {
  if (schema?.ref !== undefined) return definition(schema.ref)?.fields[field];
  return schema?.values;
}

const KEY_DEFAULTS: Readonly<Record<string, unknown>> = { protocol: "TCP" };

/** `k:{"name":"web"}` or `v:"x"`. */
export function elementOf(schema: FieldSchema | undefined, shape: Shape, item: unknown): string {
  if (shape === "list-set") return `v:${JSON.stringify(item)}`;
  const keys: Record<string, unknown> = {};
  for (const key of [...(schema?.listMapKeys ?? [])].sort()) {
    const value = (item as Tree)[key] ?? KEY_DEFAULTS[key];
    if (value !== undefined) keys[key] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

/**
 * Struct fields that Go holds by value: they are there in an empty object already, so that setting
 * something below does not set the field itself. Only those that are reached without a list count.
 */
const VALUE_STRUCTS: ReadonlySet<string> = new Set([
  "metadata",
  "spec",
  "status",
  "template",
  "jobTemplate",
  "strategy",
  "updateStrategy",
  "loadBalancer",
  "roleRef",
  "scaleTargetRef",
  "involvedObject",
  "regarding",
  "source",
  "target",
  "nodeInfo",
  "daemonEndpoints",
  "names",
  "acceptedNames",
]);

/** Value structs that have the name of a pointer elsewhere. */
const VALUE_STRUCTS_OF: ReadonlySet<string> = new Set([
  "NetworkPolicySpec.podSelector",
  "PersistentVolumeClaimSpec.resources",
]);

/** Lists without `omitempty`: an empty object has them as null. */
const PLAIN_LISTS: ReadonlySet<string> = new Set([
  "PodSpec.containers",
  "Role.rules",
  "ClusterRole.rules",
  "EndpointSlice.endpoints",
  "EndpointSlice.ports",
]);

/** What an absent field of a struct is in Go: undefined, or the empty value it always has. */
function absentValue(struct: FieldSchema | undefined, field: string, other: unknown): unknown {
  const name = struct?.ref?.split(".").at(-1) ?? "";
  if (typeof other === "object" && other !== null && !Array.isArray(other)) {
    return VALUE_STRUCTS.has(field) || VALUE_STRUCTS_OF.has(`${name}.${field}`) ? {} : undefined;
  }
  return Array.isArray(other) && PLAIN_LISTS.has(`${name}.${field}`) ? null : undefined;
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function isSame({ added, modified, removed }: Comparison): boolean {
  return isEmptySet(added) && isEmptySet(modified) && isEmptySet(removed);
}

/** What differs between two objects of one type. */
export function compare(schema: FieldSchema | undefined, old: unknown, next: unknown): Comparison {
  const comparer = new Comparer();
  comparer.walk(schema, old, next, []);
  return comparer.result();
}

class Comparer {
  readonly #added = new FieldSetBuilder();
  readonly #modified = new FieldSetBuilder();
  readonly #removed = new FieldSetBuilder();

  result(): Comparison {
    return { added: this.#added.build(), modified: this.#modified.build(), removed: this.#removed.build() };
  }

  /** `undefined` is absent; null is a value. */
  walk(schema: FieldSchema | undefined, old: unknown, next: unknown, path: readonly string[]): void {
    if (old === next) return;
    const shape = shapeOf(schema, next ?? old);
    if (shape === "scalar" || shape === "atomic" || (isEmptyValue(old) && isEmptyValue(next))) {
      this.#leaf(old, next, path);
      return;
    }
    if (shape === "struct" || shape === "map") this.#fields(schema, shape, old, next, path);
    else this.#items(schema, shape, old, next, path);
    if (old === undefined) this.#added.insert(path);
    else if (next === undefined) this.#removed.insert(path);
  }

  #leaf(old: unknown, next: unknown, path: readonly string[]): void {
    if (old === undefined) this.#added.insert(path);
    else if (next === undefined) this.#removed.insert(path);
    else if (!equalTrees(old, next)) this.#modified.insert(path);
  }

  #fields(schema: FieldSchema | undefined, shape: Shape, old: unknown, next: unknown, path: readonly string[]): void {
    const before = asTree(old);
    const after = asTree(next);
    const absent = (field: string, present: unknown, owner: unknown) =>
      shape === "struct" && owner !== undefined ? absentValue(schema, field, present) : undefined;
    for (const name in after) {
      const value = after[name];
      const was = before[name] ?? absent(name, value, old);
      this.walk(childSchema(schema, name), was, value, [...path, `f:${name}`]);
    }
    for (const name in before) {
      if (after[name] !== undefined) continue;
      const was = before[name];
      this.walk(childSchema(schema, name), was, absent(name, was, next), [...path, `f:${name}`]);
    }
  }

  #items(schema: FieldSchema | undefined, shape: Shape, old: unknown, next: unknown, path: readonly string[]): void {
    const before = indexItems(schema, shape, old);
    const after = indexItems(schema, shape, next);
    for (const [element, item] of after) this.walk(schema?.items, before.get(element), item, [...path, element]);
    for (const [element, item] of before) {
      if (!after.has(element)) this.walk(schema?.items, item, undefined, [...path, element]);
    }
  }
}

function asTree(value: unknown): Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Tree) : {};
}

function indexItems(schema: FieldSchema | undefined, shape: Shape, list: unknown): Map<string, unknown> {
  if (!Array.isArray(list)) return new Map();
  return new Map(list.map((item) => [elementOf(schema, shape, item), item]));
}

function isEmptyValue(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The fields an applied configuration sets: leaves, empty values, and the items of lists. */
export function fieldsOf(schema: FieldSchema | undefined, value: unknown): FieldSet {
  const builder = new FieldSetBuilder();
  collect(schema, value, [], builder);
  return builder.build();
}

function collect(schema: FieldSchema | undefined, value: unknown, path: readonly string[], set: FieldSetBuilder): void {
  const shape = shapeOf(schema, value);
  switch (shape) {
    case "scalar":
    case "atomic":
      set.insert(path);
      return;
    case "struct":
    case "map":
      for (const [name, child] of Object.entries(asTree(value))) {
        const childPath = [...path, `f:${name}`];
        if (isEmptyValue(child) && !Array.isArray(child)) set.insert(childPath);
        else collect(childSchema(schema, name), child, childPath, set);
      }
      return;
    case "list-map":
    case "list-set":
      for (const item of value as unknown[]) {
        const itemPath = [...path, elementOf(schema, shape, item)];
        set.insert(itemPath);
        if (shape === "list-map") collect(schema?.items, item, itemPath, set);
      }
  }
}

/** `live` with what `config` says laid over it. */
export function mergeTyped(schema: FieldSchema | undefined, live: unknown, config: unknown): unknown {
  if (config === undefined) return live;
  const shape = shapeOf(schema, config);
  switch (shape) {
    case "scalar":
    case "atomic":
      return config;
    case "struct":
    case "map": {
      const result: Record<string, unknown> = { ...asTree(live) };
      for (const [name, value] of Object.entries(asTree(config))) {
        result[name] = mergeTyped(childSchema(schema, name), result[name], value);
      }
      return result;
    }
    case "list-map":
    case "list-set":
      return mergeItems(schema, shape, Array.isArray(live) ? live : [], config as unknown[]);
  }
}

/** Shared items take the order of `config`; items only `live` has keep their places between them. */
function mergeItems(
  schema: FieldSchema | undefined,
  shape: Shape,
  live: readonly unknown[],
  config: readonly unknown[],
): unknown[] {
  const liveItems = live.map((item) => [elementOf(schema, shape, item), item] as const);
  const configItems = config.map((item) => [elementOf(schema, shape, item), item] as const);
  const inLive = new Map(liveItems);
  const inConfig = new Set(configItems.map(([element]) => element));
  const shared = configItems.map(([element]) => element).filter((element) => inLive.has(element));
  const merge = (element: string, item: unknown) => mergeTyped(schema?.items, inLive.get(element), item);
  const result: unknown[] = [];
  let [liveIndex, configIndex] = [0, 0];
  while (liveIndex < liveItems.length || configIndex < configItems.length) {
    const left = liveItems[liveIndex];
    const right = configItems[configIndex];
    if (left && right) {
      if (left[0] === right[0]) {
        result.push(merge(right[0], right[1]));
        shared.shift();
        liveIndex++;
        configIndex++;
        continue;
      }
      if (inConfig.has(left[0]) && shared[0] !== left[0]) {
        // A shared item whose turn has not come, or has passed.
        liveIndex++;
        continue;
      }
    }
    if (left && !inConfig.has(left[0])) {
      result.push(left[1]);
      liveIndex++;
      continue;
    }
    if (right) {
      result.push(merge(right[0], right[1]));
      if (shared[0] === right[0]) shared.shift();
      configIndex++;
      continue;
    }
    liveIndex++;
  }
  return result;
}

/** `value` without the members of `set`; containers that become empty by it vanish too. */
export function removeFields(schema: FieldSchema | undefined, value: unknown, set: FieldSet): unknown {
  const shape = shapeOf(schema, value);
  switch (shape) {
    case "scalar":
    case "atomic":
      return value;
    case "struct":
    case "map": {
      const result: Record<string, unknown> = {};
      for (const [name, child] of Object.entries(asTree(value))) {
        const below = set.children.get(`f:${name}`);
        const kept = below ? removeBelow(childSchema(schema, name), child, below) : child;
        if (kept !== undefined) result[name] = kept;
      }
      return result;
    }
    case "list-map":
    case "list-set":
      return (value as unknown[]).flatMap((item) => {
        const below = set.children.get(elementOf(schema, shape, item));
        const kept = below ? removeBelow(schema?.items, item, below) : item;
        return kept === undefined ? [] : [kept];
      });
  }
}

function removeBelow(schema: FieldSchema | undefined, value: unknown, set: FieldSet): unknown {
  const shape = shapeOf(schema, value);
  if (shape === "scalar" || shape === "atomic") return set.isMember ? undefined : value;
  if (set.isMember && set.children.size === 0) return undefined;
  const rest = removeFields(schema, value, set);
  return isEmptyValue(rest) && !isEmptyValue(value) ? undefined : rest;
}
