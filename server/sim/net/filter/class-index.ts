/**
 * An inverted index from labels to classes, used while everything is compiled at once: a selector
 * then looks at the classes of its rarest required label instead of all of them.
 */
import type { BitRows } from "./bit-rows.ts";
import type { SelectorDomain } from "./peer-set.ts";
import type { NamespaceEntry, PodClass } from "./pod-class.ts";
import { type Selector, selectorMatches } from "../policy/selector.ts";
import type { Labels } from "../types.ts";

type Postings<T> = Map<string, Map<string, T[]>>;

export class ClassIndex {
  readonly #classes: readonly (PodClass | undefined)[];
  readonly #pods: Postings<PodClass> = new Map();
  readonly #namespaces: Postings<NamespaceEntry> = new Map();
  readonly #allNamespaces: readonly NamespaceEntry[];

  constructor(classes: readonly (PodClass | undefined)[], namespaces: Iterable<NamespaceEntry>) {
    this.#classes = classes;
    this.#allNamespaces = [...namespaces];
    for (const podClass of classes) if (podClass?.namespace) post(this.#pods, podClass.labels, podClass);
    for (const namespace of this.#allNamespaces) post(this.#namespaces, namespace.labels, namespace);
  }

  /** Adds every class that the selector matches to a row. */
  select(domain: SelectorDomain, selector: Selector, rows: BitRows, row: number): void {
    if (domain === "namespaces") {
      for (const namespace of candidates(this.#namespaces, selector) ?? this.#allNamespaces) {
        if (!selectorMatches(selector, namespace.labels)) continue;
        for (const podClass of namespace.classes) rows.add(row, podClass.id);
      }
      return;
    }
    const isForNodes = domain === "nodes";
    for (const podClass of (isForNodes ? null : candidates(this.#pods, selector)) ?? this.#classes) {
      if (podClass === undefined || (isForNodes ? !podClass.isNode : podClass.namespace === null)) continue;
      if (selectorMatches(selector, podClass.labels)) rows.add(row, podClass.id);
    }
  }
}

function post<T>(postings: Postings<T>, labels: Labels, entry: T): void {
  for (const key in labels) {
    const value = labels[key] as string;
    let byValue = postings.get(key);
    if (byValue === undefined) {
      byValue = new Map();
      postings.set(key, byValue);
    }
    const list = byValue.get(value);
    if (list === undefined) byValue.set(value, [entry]);
    else list.push(entry);
  }
}

/** The entries of the requirement that leaves fewest, or null when no requirement needs a certain value. */
function candidates<T>(postings: Postings<T>, selector: Selector): readonly T[] | null {
  let best: readonly T[] | null = null;
  for (const { key, operator, values } of selector.requirements) {
    if (operator !== "In") continue;
    const byValue = postings.get(key);
    if (values.length === 1) {
      const list = byValue?.get(values[0] ?? "") ?? [];
      if (best === null || list.length < best.length) best = list;
      continue;
    }
    const lists = [...new Set(values)].map((value) => byValue?.get(value) ?? []);
    const size = lists.reduce((sum, list) => sum + list.length, 0);
    if (best === null || size < best.length) best = lists.flat();
  }
  return best;
}
