/**
 * Whether two policy sets let the same flows pass, over everything that could show a difference, and
 * if not, the smallest flows on which they differ.
 */
import { type Bits, hasBit } from "../filter/bits.ts";
import { type End, type EngineState, PolicyEngine } from "../filter/engine.ts";
import { PROBE_NAMESPACE, policiesOf, portsFor, type ProbeDepth, type ProbePort, probesFor } from "./probe-universe.ts";
import { PROTOCOLS } from "../policy/port-set.ts";
import { reachedByClass } from "./pod-matrix.ts";
import type { Protocol } from "../types.ts";

export interface WrongFlow {
  /** `NAMESPACE/POD` or an address; a pod that does not exist is described in parentheses. */
  readonly source: string;
  readonly destination: string;
  /** 0 for ICMP. */
  readonly port: number;
  readonly protocol: Protocol;
  /** Whether policies allow the flow in each state. */
  readonly actual: boolean;
  readonly intended: boolean;
  /** One of the ends does not exist; it could. */
  readonly isHypothetical: boolean;
}

export type Comparison = { readonly equal: true } | { readonly equal: false; readonly wrong: readonly WrongFlow[] };

export interface ComparisonOptions {
  /** Which pods beside the existing ones are tried. Default `plain`. */
  readonly probes?: ProbeDepth;
  /** How many wrong flows are given at most, the smallest first. Default 50. */
  readonly limit?: number;
  /** Instead of every port that rules can tell apart. */
  readonly ports?: readonly Pick<ProbePort, "port" | "protocol">[];
  /** Node and outside addresses too. Default true. */
  readonly addresses?: boolean;
  /** Stop at the first port on which anything differs: enough to know whether the states are equal. */
  readonly onlyWhether?: boolean;
}

/** Compares the flows between pods that both states have. Either may be an engine in use: it is only read. */
export function compareReachability(
  actual: EngineState | PolicyEngine,
  intended: EngineState | PolicyEngine,
  options: ComparisonOptions = {},
): Comparison {
  const states = [actual, intended].map((one) => (one instanceof PolicyEngine ? one.state() : one)) as [
    EngineState,
    EngineState,
  ];
  const groups = new EndGroups(states, options);
  const ports = options.ports?.map((port) => ({ ...port, rank: 0 as const })) ?? portsFor(states);
  const wrong: RankedFlow[] = [];
  for (const port of ports) {
    for (const family of groups.families) groups.collect(port, family, wrong);
    if (options.onlyWhether && wrong.length > 0) break;
  }
  if (wrong.length === 0) return { equal: true };
  wrong.sort(bySize);
  return { equal: false, wrong: wrong.slice(0, options.limit ?? 50).map(({ rank: _, ...flow }) => flow) };
}

interface RankedFlow extends WrongFlow {
  readonly rank: number;
}

// Flows between pods that exist come first, then ports somebody serves, then names.
function bySize(left: RankedFlow, right: RankedFlow): number {
  return (
    left.rank - right.rank ||
    PROTOCOLS.indexOf(left.protocol) - PROTOCOLS.indexOf(right.protocol) ||
    left.port - right.port ||
    compareText(left.source, right.source) ||
    compareText(left.destination, right.destination)
  );
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Ends that neither state can tell apart, with one that speaks for all. */
interface EndGroup {
  readonly name: string;
  /** 0 for pods that exist, 1 for outside addresses, 2 for nodes and hostNetwork pods, 3 for pods that could exist. */
  readonly rank: number;
  readonly ends: readonly [End, End];
  /** Another member, where there is one: a pod that talks to itself is never filtered. */
  second: { readonly name: string; readonly rank: number; readonly ends: readonly [End, End] } | null;
}

/** The verdict of one of the two states; 0 is the actual one. */
type Verdict = (side: 0 | 1, source: End, destination: End) => boolean;

const NODE = 2;
const HYPOTHETICAL = 3;
const NOTHING: Bits = new Uint32Array(0);
/** Bounds the memory of a comparison of very different states. */
const MOST_WRONG_FLOWS = 100_000;

class EndGroups {
  readonly families: readonly (0 | 1)[];
  readonly #engines: readonly [PolicyEngine, PolicyEngine];
  readonly #hasNodes: boolean;
  readonly #isAligned: boolean;
  readonly #pods: EndGroup[] = [];
  readonly #addresses: EndGroup[] = [];

  constructor([actual, intended]: readonly [EngineState, EngineState], options: ComparisonOptions) {
    const { namespaces, pods, addresses } = probesFor([actual, intended], options.probes ?? "plain");
    // Each engine knows the other's words, so that both divide equal pods into the same classes.
    const engineOf = (state: EngineState, other: EngineState) =>
      PolicyEngine.of(
        { ...state, namespaces: [...state.namespaces, ...namespaces], pods: [...state.pods, ...pods] },
        policiesOf(other),
      );
    this.#engines = [engineOf(actual, intended), engineOf(intended, actual)];
    const nodeAddresses = actual.nodes.flatMap((node) => node.addresses);
    const hasNodes = options.addresses !== false && nodeAddresses.length > 0;
    this.#hasNodes = hasNodes;
    const byClass = new Map<string, EndGroup>();
    const add = (name: string, rank: number, ends: readonly [End, End], list: EndGroup[]) => {
      // The own node is exempt, so nodes matter wherever node addresses take part.
      const node = hasNodes ? ends[0].nodeName : null;
      const key = `${ends[0].kind}${ends[0].member.podClass.id}|${ends[1].kind}${ends[1].member.podClass.id}|${node}`;
      const group = byClass.get(key);
      if (group === undefined) {
        const added: EndGroup = { name, rank, ends, second: null };
        byClass.set(key, added);
        list.push(added);
      } else group.second ??= { name, rank, ends };
    };
    const sorted = [...actual.pods].sort((a, b) => compareText(podName(a), podName(b)));
    for (const pod of sorted) {
      const ends = this.#podEnds(pod.namespace, pod.name);
      if (ends !== null && pod.addresses.length > 0) add(podName(pod), pod.hostNetwork ? NODE : 0, ends, this.#pods);
    }
    if (options.addresses !== false) {
      for (const address of [...addresses, ...nodeAddresses]) {
        add(
          address,
          nodeAddresses.includes(address) ? NODE : 1,
          [this.#engines[0].addressEnd(address), this.#engines[1].addressEnd(address)],
          this.#addresses,
        );
      }
    }
    for (const pod of pods) {
      const ends = this.#podEnds(pod.namespace, pod.name);
      if (ends !== null) add(podName(pod), HYPOTHETICAL, ends, this.#pods);
    }
    this.#isAligned = [...this.#pods, ...this.#addresses].every(({ ends, second }) =>
      [ends, second?.ends ?? ends].every(([left, right]) => left.classId === right.classId),
    );
    const families = new Set(actual.pods.flatMap((pod) => pod.addresses.map((one) => (one.includes(":") ? 1 : 0))));
    this.families = families.size === 0 ? [0] : ([...families].sort() as (0 | 1)[]);
  }

  #podEnds(namespace: string, name: string): readonly [End, End] | null {
    const [left, right] = this.#engines.map((engine) => engine.podEnd(namespace, name));
    return left === undefined || right === undefined ? null : [left, right];
  }

  collect(port: ProbePort, family: 0 | 1, wrong: RankedFlow[]): void {
    const isFiltered = this.#engines.every((engine) => engine.isFiltered(port.protocol));
    const isOfFamily = (group: EndGroup) => (group.name.includes(":") ? 1 : 0) === family;
    const addresses = this.#addresses.filter(isOfFamily);
    const differs = this.#isAligned && isFiltered ? this.#differences(port, family) : null;
    const verdict = this.#verdictOn(port, family, isFiltered);
    const compareFrom = (source: EndGroup, destinations: readonly EndGroup[]) => {
      const row = differs?.[source.ends[0].classId];
      if (row === null) return;
      for (const destination of destinations) {
        if (row !== undefined && !hasBit(row, destination.ends[0].classId) && destination.ends[0].kind !== "node")
          continue;
        this.#compare(source, destination, port, verdict, wrong);
      }
    };
    for (const source of [...this.#pods, ...addresses]) compareFrom(source, this.#pods);
    for (const source of this.#pods) compareFrom(source, addresses);
  }

  /** By source class: the classes on which the two states differ; null where there is none, undefined where unknown. */
  #differences({ protocol, port }: ProbePort, family: 0 | 1): (Bits | null | undefined)[] {
    const [left, right] = this.#engines.map((engine) => reachedByClass(engine, protocol, port, family));
    const differences: (Bits | null | undefined)[] = (left ?? []).map((row, i) => {
      const other = right?.[i];
      if (other === undefined) return undefined;
      const difference = row.map((word, at) => word ^ (other[at] ?? 0));
      return difference.some((word) => word !== 0) ? difference : this.#hasNodes ? NOTHING : null;
    });
    // The own node is exempt pair by pair, which tables do not say.
    for (const group of this.#addresses) {
      if (group.ends[0].kind === "node") differences[group.ends[0].classId] = undefined;
    }
    return differences;
  }

  #verdictOn({ protocol, port }: ProbePort, family: 0 | 1, isFiltered: boolean): Verdict {
    const tables = isFiltered ? this.#engines.map((engine) => engine.table(protocol, port, family)) : [];
    return (side, source, destination) => {
      const table = source.kind === "node" || destination.kind === "node" ? undefined : tables[side];
      if (table !== undefined) return table.allows(source.classId, destination.classId);
      return this.#engines[side].allows(source, destination, protocol, port, family);
    };
  }

  #compare(source: EndGroup, other: EndGroup, port: ProbePort, verdict: Verdict, wrong: RankedFlow[]): void {
    const destination = source === other ? other.second : other;
    if (destination === null || wrong.length >= MOST_WRONG_FLOWS) return;
    const actual = verdict(0, source.ends[0], destination.ends[0]);
    const intended = verdict(1, source.ends[1], destination.ends[1]);
    if (actual === intended) return;
    const ends = [source, destination];
    const isHypothetical = ends.some((end) => end.rank === HYPOTHETICAL);
    const isElsewhere = ends.some((end) => end.name.startsWith(PROBE_NAMESPACE)) ? 1 : 0;
    wrong.push({
      rank: (source.rank + destination.rank) * 8 + isElsewhere * 4 + port.rank,
      source: source.name,
      destination: destination.name,
      port: port.port,
      protocol: PROTOCOLS[port.protocol] ?? "TCP",
      actual,
      intended,
      isHypothetical,
    });
  }
}

function podName({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return `${namespace}/${name}`;
}
