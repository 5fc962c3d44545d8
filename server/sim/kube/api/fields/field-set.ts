/**
 * Sets of field paths, as `managedFields` states them. An element of a path is `f:name` (a field or
 * map key), `k:{"name":"web"}` (an item of a list that is a map) or `v:"x"` (a member of a list that
 * is a set). In JSON a member with no members below is `{}`; one with members below has a `.` too.
 */

export interface FieldSet {
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY_SET: FieldSet = { isMember: false, children: new Map() };
const LEAF: FieldSet = { isMember: true, children: new Map() };

export type FieldsV1 = { readonly [element: string]: FieldsV1 };

export function isEmptySet(set: FieldSet): boolean {
  return !set.isMember && set.children.size === 0;
}

export function parseFields(fields: FieldsV1 | undefined): FieldSet {
  return parseNode(fields ?? {}, false);
}

function parseNode(fields: FieldsV1, isBelowRoot: boolean): FieldSet {
  const names = Object.keys(fields);
  if (names.length === 0) return isBelowRoot ? LEAF : EMPTY_SET;
  const children = new Map<string, FieldSet>();
  for (const name of names) if (name !== ".") children.set(name, parseNode(fields[name] as FieldsV1, true));
  return { isMember: "." in fields, children };
}

/** Children in the order of Go's path elements: fields first, then keys, values; each sorted. */
export function formatFields(set: FieldSet): FieldsV1 {
  const result: Record<string, FieldsV1> = {};
  if (set.isMember && set.children.size > 0) result["."] = {};
  for (const name of [...set.children.keys()].sort()) result[name] = formatFields(set.children.get(name) as FieldSet);
  return result;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  if (isEmptySet(b)) return a;
  const children = new Map(a.children);
  for (const [name, child] of b.children) {
    const other = children.get(name);
    children.set(name, other ? union(other, child) : child);
  }
  return { isMember: a.isMember || b.isMember, children };
}

/** The members of `a` that are not members of `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b)) return a;
  const children = new Map<string, FieldSet>();
  for (const [name, child] of a.children) {
    const other = b.children.get(name);
    const rest = other ? difference(child, other) : child;
    if (!isEmptySet(rest)) children.set(name, rest);
  }
  return { isMember: a.isMember && !b.isMember, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  for (const [name, child] of a.children) {
    const other = b.children.get(name);
    if (!other) continue;
    const common = intersection(child, other);
    if (!isEmptySet(common)) children.set(name, common);
  }
  return { isMember: a.isMember && b.isMember, children };
}

/** The set without a field and all that lies below it. */
export function without(set: FieldSet, path: readonly string[]): FieldSet {
  const [first, ...rest] = path;
  if (first === undefined) return EMPTY_SET;
  const child = set.children.get(first);
  if (!child) return set;
  const children = new Map(set.children);
  const remaining = without(child, rest);
  if (isEmptySet(remaining)) children.delete(first);
  else children.set(first, remaining);
  return { isMember: set.isMember, children };
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a.isMember !== b.isMember || a.children.size !== b.children.size) return false;
  for (const [name, child] of a.children) {
    const other = b.children.get(name);
    if (!other || !equalSets(child, other)) return false;
  }
  return true;
}

/** Members as texts: `.spec.containers[name="web"].image`. */
export function pathsOf(set: FieldSet, prefix = ""): string[] {
  const own = set.isMember ? [prefix] : [];
  const names = [...set.children.keys()].sort();
  return [...own, ...names.flatMap((name) => pathsOf(set.children.get(name) as FieldSet, prefix + elementText(name)))];
}

function elementText(element: string): string {
  const value = element.slice(2);
  switch (element.slice(0, 2)) {
    case "k:": {
      const keys = JSON.parse(value) as Record<string, unknown>;
      const parts = Object.entries(keys).map(([name, key]) => `${name}=${JSON.stringify(key)}`);
      return `[${parts.join(",")}]`;
    }
    case "v:":
      return `[=${value}]`;
    default:
      return `.${value}`;
  }
}

/** Collects members while a tree is walked. */
export class FieldSetBuilder {
  #isMember = false;
  readonly #children = new Map<string, FieldSetBuilder>();

  insert(path: readonly string[]): void {
    let node: FieldSetBuilder = this;
    for (const element of path) node = node.#child(element);
    node.#isMember = true;
  }

  build(): FieldSet {
    const children = new Map<string, FieldSet>();
    for (const [name, child] of this.#children) children.set(name, child.build());
    return { isMember: this.#isMember, children };
  }

  #child(element: string): FieldSetBuilder {
    const present = this.#children.get(element);
    if (present) return present;
    const created = new FieldSetBuilder();
    this.#children.set(element, created);
    return created;
  }
}
