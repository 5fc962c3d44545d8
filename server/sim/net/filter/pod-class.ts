/**
 * Members are the ends packets can have (pods, addresses); classes are members no policy can tell
 * apart. A verdict depends on the two classes, protocol and port only.
 */
import { type Address, parseAddress } from "../policy/address.ts";
import type { NamedPorts } from "../policy/port-set.ts";
import type { Side } from "./side.ts";
import type { Labels, PodFacts } from "../types.ts";

export interface NamespaceEntry {
  readonly index: number;
  readonly name: string;
  labels: Labels;
  readonly classes: Set<PodClass>;
}

export interface PodClass {
  /** The bit of this class in every set. Reused after the last member left. */
  readonly id: number;
  readonly key: string;
  /** Null for addresses. */
  readonly namespace: NamespaceEntry | null;
  /** Labels of the pod, or of the node an address belongs to, as far as policies mention them. */
  readonly labels: Labels;
  readonly isNode: boolean;
  readonly namedPorts: NamedPorts;
  readonly blocks: readonly number[];
  memberCount: number;
  /** Undefined: no policy concerns this direction. */
  egress: Side | undefined;
  ingress: Side | undefined;
}

export interface Member {
  /** `NAMESPACE/NAME` of a pod, or an address. */
  readonly id: string;
  readonly pod: PodFacts | null;
  readonly namespace: NamespaceEntry | null;
  readonly labels: Labels;
  readonly isNode: boolean;
  readonly namedPorts: NamedPorts;
  /** Indexes of the address blocks that hold one of the addresses, ascending. */
  blocks: readonly number[];
  podClass: PodClass;
}

export function addressesOf({ id, pod }: Pick<Member, "id" | "pod">): readonly Address[] {
  return (pod === null ? [id] : pod.addresses).map(parseAddress).filter((address) => address !== null);
}
