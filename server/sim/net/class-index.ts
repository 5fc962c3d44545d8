/**
 * An inverted index from labels to classes, used while everything is compiled at once: a selector
 * then looks at the classes of its rarest required label instead of all of them.
 */
import { addAll, addBit, type Bits } from "./bits.ts";
import type { NamespaceEntry, PodClass } from "./pod-class.ts";
import { type Selector, selectorMatches } from "./selector.ts";
import type { Labels } from "./types.ts";

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

  /** Adds every class that the selector matches to `bits`. */
  select(domain: "pods" | "namespaces" | "nodes", selector: Selector, bits: Bits): void {
    if (domain === "namespaces") {
      for (const namespace of candidates(this.#namespaces, selector) ?? this.#allNamespaces) {
        if (selectorMatches(selector, namespace.labels)) addAll(bits, namespace.bits);
      }
      return;
    }
    const isForNodes = domain === "nodes";
    for (const podClass of (isForNodes ? null : candidates(this.#pods, selector)) ?? this.#classes) {
      if (podClass === undefined || (isForNodes ? !podClass.isNode : podClass.namespace === null)) continue;
      if (selectorMatches(selector, podClass.labels)) addBit(bits, podClass.id);
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
    const lists = values.map((value) => byValue?.get(value) ?? []);
    const size = lists.reduce((sum, list) => sum + list.length, 0);
    if (best === null || size < best.length) best = lists.length === 1 ? (lists[0] ?? []) : [...new Set(lists.flat())];
  }
  return best;
}
