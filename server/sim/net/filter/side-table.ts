/** The installed policies and, for every class, the sides they make: shared, counted, and laid out as programs. */
import type { PeerSets } from "./peer-set.ts";
import type { PodClass } from "./pod-class.ts";
import type { Direction } from "../policy/policy.ts";
import { RulePrograms, UNRESTRICTED } from "./rule-programs.ts";
import { type InstalledPolicy, Side } from "./side.ts";

export class SideTable {
  readonly programs: RulePrograms;
  readonly #installed = new Map<string, InstalledPolicy>();
  readonly #byNamespace = new Map<string, InstalledPolicy[]>();
  #clusterPolicies: InstalledPolicy[] = [];
  readonly #sides = new Map<string, Side>();
  readonly #peerSets: PeerSets;
  readonly #classes: readonly (PodClass | undefined)[];
  readonly #sideVanished: (side: Side) => void;

  constructor(peerSets: PeerSets, classes: readonly (PodClass | undefined)[], sideVanished: (side: Side) => void) {
    this.#peerSets = peerSets;
    this.#classes = classes;
    this.#sideVanished = sideVanished;
    this.programs = new RulePrograms(peerSets.rows);
  }

  // -------------------------------------------------------------------- policies

  get(id: string): InstalledPolicy | undefined {
    return this.#installed.get(id);
  }

  /** Every policy, ClusterNetworkPolicies first, in the order in which they are asked. */
  policies(): readonly InstalledPolicy[] {
    return [...this.#clusterPolicies, ...[...this.#byNamespace.values()].flat()];
  }

  add(installed: InstalledPolicy): void {
    const { id, namespace } = installed.policy;
    this.#installed.set(id, installed);
    if (namespace === null) {
      this.#clusterPolicies.push(installed);
      this.#clusterPolicies.sort(byPrecedence);
      return;
    }
    const list = this.#byNamespace.get(namespace);
    if (list === undefined) this.#byNamespace.set(namespace, [installed]);
    else {
      list.push(installed);
      list.sort(byName);
    }
  }

  remove(installed: InstalledPolicy): void {
    const { id, namespace } = installed.policy;
    this.#installed.delete(id);
    const without = (list: readonly InstalledPolicy[]) => list.filter((entry) => entry !== installed);
    if (namespace === null) this.#clusterPolicies = without(this.#clusterPolicies);
    else {
      const list = without(this.#byNamespace.get(namespace) ?? []);
      if (list.length > 0) this.#byNamespace.set(namespace, list);
      else this.#byNamespace.delete(namespace);
    }
  }

  /** Whether a policy is about the pods of a class. */
  selects({ subjectNamespaces, subjectPods, policy }: InstalledPolicy, podClass: PodClass): boolean {
    const { rows } = this.#peerSets;
    if (podClass.namespace === null || !rows.has(subjectPods.row, podClass.id)) return false;
    if (subjectNamespaces !== null) return rows.has(subjectNamespaces.row, podClass.id);
    return podClass.namespace.name === policy.namespace;
  }

  // ----------------------------------------------------------------------- sides

  /** Finds both sides of a class anew. */
  refresh(podClass: PodClass): void {
    if (podClass.namespace === null) return;
    const { egress, ingress } = podClass;
    podClass.egress = this.#acquire(podClass, "egress");
    podClass.ingress = this.#acquire(podClass, "ingress");
    this.#release(egress);
    this.#release(ingress);
    this.#writePrograms(podClass);
    if (this.programs.isMostlyGarbage) this.#layOutPrograms();
  }

  /** Lets go of the sides of a class without members. */
  drop({ id, egress, ingress }: PodClass): void {
    this.#release(egress);
    this.#release(ingress);
    this.programs.egressAt[id] = UNRESTRICTED;
    this.programs.ingressAt[id] = UNRESTRICTED;
  }

  #acquire(podClass: PodClass, direction: Direction): Side | undefined {
    const policies: InstalledPolicy[] = [];
    for (const entry of this.#clusterPolicies) {
      if (entry[direction].length > 0 && this.selects(entry, podClass)) policies.push(entry);
    }
    const { rows } = this.#peerSets;
    const isolates = direction === "ingress" ? "isolatesIngress" : "isolatesEgress";
    for (const entry of this.#byNamespace.get(podClass.namespace?.name ?? "") ?? NO_POLICIES) {
      if (entry.policy[isolates] && rows.has(entry.subjectPods.row, podClass.id)) policies.push(entry);
    }
    if (policies.length === 0) return undefined;
    let key = direction === "ingress" ? "i" : "e";
    for (const entry of policies) key += `${entry.serial},`;
    let side = this.#sides.get(key);
    if (side === undefined) {
      side = new Side(key, direction, policies, this.#peerSets);
      this.#sides.set(key, side);
      side.programAt = this.programs.add(side);
    }
    side.users++;
    return side;
  }

  #release(side: Side | undefined): void {
    if (side === undefined || --side.users > 0) return;
    this.#sides.delete(side.key);
    this.programs.drop(side);
    this.#sideVanished(side);
  }

  #writePrograms({ id, egress, ingress }: PodClass): void {
    this.programs.egressAt[id] = egress?.programAt ?? UNRESTRICTED;
    this.programs.ingressAt[id] = ingress?.programAt ?? UNRESTRICTED;
  }

  #layOutPrograms(): void {
    this.programs.clear();
    for (const side of this.#sides.values()) side.programAt = this.programs.add(side);
    for (const podClass of this.#classes) if (podClass !== undefined) this.#writePrograms(podClass);
  }
}

const NO_POLICIES: readonly InstalledPolicy[] = [];

function byName(left: InstalledPolicy, right: InstalledPolicy): number {
  return compareText(left.policy.name, right.policy.name);
}

/** Admin before Baseline, then priority; equal priorities by name, so that answers stay the same. */
function byPrecedence({ policy: left }: InstalledPolicy, { policy: right }: InstalledPolicy): number {
  return compareText(left.tier, right.tier) || left.priority - right.priority || compareText(left.name, right.name);
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
