/**
 * The words that policies use: label keys and values, port names. Whatever no policy mentions
 * cannot change a verdict, so pods that differ only in such things fall into one class.
 */
import { NO_NAMED_PORTS, type NamedPorts } from "../policy/port-set.ts";
import type { Selector } from "../policy/selector.ts";
import type { Labels } from "../types.ts";

/** Stands for "present, with a value no selector names". No label value can contain it. */
export const OTHER_VALUE = "\u0000";

export interface LabelTerm {
  readonly key: string;
  /** Null: only the presence of the key matters. */
  readonly value: string | null;
}

export class Vocabulary {
  readonly #keys: string[] = [];
  readonly #values = new Map<string, Set<string>>();
  readonly #positions = new Map<string, number>();
  readonly #selectors = new Set<Selector>();
  readonly #portsKeys = new Map<NamedPorts, string>();
  readonly #portNames = new Set<string>();

  /** Adds a selector's words; those that were new go to `added`. */
  addSelector(selector: Selector, added: LabelTerm[]): void {
    if (this.#selectors.has(selector)) return;
    this.#selectors.add(selector);
    for (const { key, values } of selector.requirements) {
      let known = this.#values.get(key);
      if (known === undefined) {
        known = new Set();
        this.#values.set(key, known);
        this.#positions.set(key, this.#keys.length);
        this.#keys.push(key);
        added.push({ key, value: null });
      }
      for (const value of values) {
        if (known.has(value)) continue;
        known.add(value);
        added.push({ key, value });
      }
    }
  }

  /** Adds a port name; returns whether it was new. */
  addPortName(name: string): boolean {
    if (this.#portNames.has(name)) return false;
    this.#portNames.add(name);
    this.#portsKeys.clear();
    return true;
  }

  /** The labels as far as policies can tell them apart, as a key. */
  labelsKey(labels: Labels): string {
    let key = "";
    if (this.#keys.length <= 16) {
      for (let i = 0; i < this.#keys.length; i++) {
        const value: unknown = labels[this.#keys[i] as string];
        if (typeof value === "string") key += this.#labelKey(i, value);
      }
      return key;
    }
    const positions: number[] = [];
    for (const label in labels) {
      const position = this.#positions.get(label);
      if (position !== undefined) positions.push(position);
    }
    positions.sort((a, b) => a - b);
    for (const position of positions) key += this.#labelKey(position, labels[this.#keys[position] as string] as string);
    return key;
  }

  #labelKey(position: number, value: string): string {
    const isNamed = this.#values.get(this.#keys[position] as string)?.has(value);
    return `${position}=${isNamed ? value : OTHER_VALUE};`;
  }

  /** The labels with unmentioned keys left out and unmentioned values made alike. */
  projectLabels(labels: Labels): Labels {
    const projected: Record<string, string> = {};
    for (const key in labels) {
      const values = this.#values.get(key);
      if (values === undefined) continue;
      const value = labels[key] as string;
      projected[key] = values.has(value) ? value : OTHER_VALUE;
    }
    return projected;
  }

  projectPorts(ports: NamedPorts): NamedPorts {
    if (ports.size === 0 || this.#portNames.size === 0) return NO_NAMED_PORTS;
    let projected: Map<string, readonly number[]> | null = null;
    for (const [key, numbers] of ports) {
      if (!this.#portNames.has(key.slice(0, key.lastIndexOf("/")))) continue;
      projected ??= new Map();
      projected.set(key, numbers);
    }
    return projected ?? NO_NAMED_PORTS;
  }

  portsKey(ports: NamedPorts): string {
    if (ports.size === 0 || this.#portNames.size === 0) return "";
    let key = this.#portsKeys.get(ports);
    if (key === undefined) {
      key = "";
      for (const [name, numbers] of this.projectPorts(ports)) key += `${name}:${numbers.join("+")};`;
      this.#portsKeys.set(ports, key);
    }
    return key;
  }
}
