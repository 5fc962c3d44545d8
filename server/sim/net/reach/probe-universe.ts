/**
 * Everybody and every port that could tell two policy sets apart: all pods, pods that do not exist
 * yet, node and outside addresses, and one port of each interval between the ports rules name.
 */
import { type Address, cidrBounds, formatAddress, neighbourAddress, parseAddress } from "../policy/address.ts";
import type { EngineState } from "../filter/engine.ts";
import { type Policy, readClusterPolicy, readNetworkPolicy, type Rule, rulesOf } from "../policy/policy.ts";
import { LAST_PORT, protocolNumber, type ProtocolNumber } from "../policy/port-set.ts";
import type { Selector } from "../policy/selector.ts";
import type { Labels, PodFacts } from "../types.ts";

/** `none`: only what exists. `plain`: also unlabelled pods, and pods like existing ones in other namespaces.
 * `selectors`: also pods and namespaces made to fit each selector. */
export type ProbeDepth = "none" | "plain" | "selectors";

export const PROBE_NAMESPACE = "(another namespace)";

const MOST_PROBE_PODS = 1000;

export interface ProbeSet {
  readonly namespaces: readonly { readonly name: string; readonly labels: Labels }[];
  readonly pods: readonly PodFacts[];
  readonly addresses: readonly string[];
}

export interface ProbePort {
  readonly protocol: ProtocolNumber;
  readonly port: number;
  /** 0: a pod declares it. 1: a rule names it. 2: it stands for all other ports around it. */
  readonly rank: 0 | 1 | 2;
}

export function policiesOf(state: EngineState): readonly Policy[] {
  return [...state.policies.map(readNetworkPolicy), ...state.clusterPolicies.map(readClusterPolicy)];
}

function allRules(policy: Policy): readonly Rule[] {
  return [...rulesOf(policy, "ingress"), ...rulesOf(policy, "egress")];
}

export function probesFor(states: readonly EngineState[], depth: ProbeDepth): ProbeSet {
  const policies = states.flatMap(policiesOf);
  const addresses = outsideAddresses(states, policies);
  if (depth === "none") return { namespaces: [], pods: [], addresses };
  const namespaces = new Map<string, Labels>([[PROBE_NAMESPACE, {}]]);
  const labelSets = new Map<string, Labels>([["", {}]]);
  const keys = new Set(
    policies.flatMap((policy) =>
      selectorsOf(policy).podSelectors.flatMap(({ requirements }) => requirements.map((one) => one.key)),
    ),
  );
  for (const state of states) {
    for (const pod of state.pods) {
      // Labels no selector mentions make no difference, and a shorter name is easier to read.
      const labels = Object.fromEntries(Object.entries(pod.labels).filter(([key]) => keys.has(key)));
      labelSets.set(labelsText(labels), labels);
    }
  }
  if (depth === "selectors") {
    for (const { namespaceSelectors, podSelectors } of policies.map(selectorsOf)) {
      for (const selector of namespaceSelectors) addWitness(namespaces, selector, (text) => `(namespace with ${text})`);
      for (const selector of podSelectors) addWitness(labelSets, selector, (text) => text);
    }
  }
  const everywhere = new Set(states.flatMap((state) => state.pods.map((pod) => pod.namespace)));
  for (const state of states) for (const { name } of state.namespaces) everywhere.add(name);
  const own = unusedPodAddresses(states);
  const pods: PodFacts[] = [];
  const isMany = labelSets.size * (everywhere.size + namespaces.size) > MOST_PROBE_PODS;
  for (const namespace of [...everywhere, ...namespaces.keys()]) {
    // In large clusters only the namespace that does not exist gets a pod of every kind.
    const labelled = isMany && namespace !== PROBE_NAMESPACE ? [{}] : labelSets.values();
    for (const labels of labelled) pods.push(probePod(namespace, labels, own));
  }
  return { namespaces: [...namespaces].map(([name, labels]) => ({ name, labels })), pods, addresses };
}

/** Addresses a new pod might get: beside the first pod's, so that blocks of the pod network hold them. */
function unusedPodAddresses(states: readonly EngineState[]): string[] {
  const pods = states.flatMap((state) => state.pods.filter((pod) => !pod.hostNetwork));
  const taken = new Set(pods.flatMap((pod) => pod.addresses));
  return (pods.find((pod) => pod.addresses.length > 0)?.addresses ?? []).flatMap((text) => {
    let address = parseAddress(text);
    while (address !== null && taken.has(formatAddress(address))) address = neighbourAddress(address, 1);
    return address === null ? [] : [formatAddress(address)];
  });
}

function probePod(namespace: string, labels: Labels, addresses: readonly string[]): PodFacts {
  return {
    namespace,
    name: probeName(labels),
    labels,
    addresses,
    nodeName: "(some node)",
    hostNetwork: false,
    ports: [],
    isFinished: false,
  };
}

export function probeName(labels: Labels): string {
  const text = labelsText(labels);
  return text === "" ? "(a pod without labels)" : `(a pod with ${text})`;
}

export function labelsText(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
}

function selectorsOf(policy: Policy): { namespaceSelectors: Selector[]; podSelectors: Selector[] } {
  const namespaceSelectors = policy.subjectNamespaces === null ? [] : [policy.subjectNamespaces];
  const podSelectors = [policy.subjectPods];
  for (const { peers } of allRules(policy)) {
    for (const peer of peers ?? []) {
      if (peer.kind !== "pods") continue;
      podSelectors.push(peer.pods);
      if (peer.namespaces !== null) namespaceSelectors.push(peer.namespaces);
    }
  }
  return { namespaceSelectors, podSelectors };
}

/** Adds labels the selector matches, and for each requirement labels that fail just this one. */
function addWitness(found: Map<string, Labels>, selector: Selector, name: (text: string) => string): void {
  const fitting: Record<string, string> = {};
  for (const { key, operator, values } of selector.requirements) {
    if (operator === "In") fitting[key] = values[0] ?? "";
    else if (operator === "Exists") fitting[key] ??= "any";
  }
  const variants: Labels[] = [fitting];
  for (const { key, operator, values } of selector.requirements) {
    if (operator === "NotIn") variants.push({ ...fitting, [key]: values[0] ?? "" });
    else if (operator === "DoesNotExist") variants.push({ ...fitting, [key]: "any" });
    else {
      const { [key]: _, ...rest } = fitting;
      variants.push(rest);
      for (const value of values.slice(1)) variants.push({ ...fitting, [key]: value });
    }
  }
  for (const labels of variants) {
    const text = labelsText(labels);
    if (text !== "" || !found.has("")) found.set(text === "" ? "" : name(text), labels);
  }
}

// ---------------------------------------------------------------------- addresses

// Preferred where several addresses serve alike: everybody knows them as "outside".
const WELL_KNOWN = ["8.8.8.8", "1.1.1.1", "203.0.113.9", "198.51.100.7", "192.0.2.10", "2001:db8::9"];

/** One address of each interval between the bounds of all CIDRs; never a pod's or node's own. */
function outsideAddresses(states: readonly EngineState[], policies: readonly Policy[]): string[] {
  const blocks = policies.flatMap((policy) =>
    allRules(policy).flatMap((rule) =>
      (rule.peers ?? []).flatMap((peer) => (peer.kind === "block" ? [peer.block] : [])),
    ),
  );
  const cidrs = blocks.flatMap(({ cidr, except }) => (cidr === null ? [] : [cidr, ...except]));
  const taken = new Set(states.flatMap(({ pods, nodes }) => [...pods, ...nodes].flatMap((one) => one.addresses)));
  const isDualStack = [...taken].some((address) => address.includes(":"));
  const chosen: string[] = [];
  for (const family of [4, 6] as const) {
    const own = cidrs.filter((cidr) => cidr.family === family);
    if (family === 6 && own.length === 0 && !isDualStack) continue;
    const starts = new Map<string, Address>();
    const addStart = (start: Address | null) => start !== null && starts.set(sortKey(start), start);
    addStart(parseAddress(family === 4 ? "1.0.0.0" : "::2"));
    for (const cidr of own) {
      const [first, last] = cidrBounds(cidr);
      addStart(first);
      addStart(neighbourAddress(last, 1));
    }
    const sorted = [...starts].sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [i, [key, start]] of sorted.entries()) {
      chosen.push(representative(key, start, sorted[i + 1]?.[0] ?? "~", taken));
    }
  }
  return [...new Set(chosen)].filter((address) => address !== "");
}

function representative(key: string, start: Address, endKey: string, taken: ReadonlySet<string>): string {
  for (const text of WELL_KNOWN) {
    const known = parseAddress(text);
    if (known === null || known.family !== start.family || taken.has(text)) continue;
    const knownKey = sortKey(known);
    if (knownKey >= key && knownKey < endKey) return text;
  }
  let address: Address | null = start;
  for (let tries = 0; address !== null && sortKey(address) < endKey && tries < 300; tries++) {
    const text = formatAddress(address);
    if (!taken.has(text)) return text;
    address = neighbourAddress(address, 1);
  }
  return "";
}

function sortKey(address: Address): string {
  return address.words.map((word) => word.toString(16).padStart(8, "0")).join("");
}

// -------------------------------------------------------------------------- ports

/** Preferred where a whole interval serves alike, by protocol. */
const USUAL_PORTS = [80, 53, 3868];

/** One port of each interval within which no rule of any state can tell ports apart; ICMP last. */
export function portsFor(states: readonly EngineState[]): ProbePort[] {
  const policies = states.flatMap(policiesOf);
  const terms = policies.flatMap((policy) => allRules(policy).flatMap((rule) => rule.ports ?? []));
  const names = new Set(terms.flatMap((term) => (term.kind === "name" ? [term.name] : [])));
  const declared = states.flatMap((state) => state.pods.flatMap((pod) => pod.ports));
  const found: ProbePort[] = [];
  for (const protocol of [0, 1, 2] as const) {
    const cuts = new Set([1]);
    const named = new Set<number>();
    const addRange = (first: number, last: number) => {
      cuts.add(Math.max(1, first)).add(last + 1);
      named.add(Math.max(1, first));
    };
    for (const term of terms) {
      if (term.kind === "range" && term.protocol === protocol) addRange(term.first, term.last);
    }
    const served = declared.filter((port) => protocolNumber(port.protocol ?? "TCP") === protocol);
    for (const { name, containerPort } of served) if (name && names.has(name)) addRange(containerPort, containerPort);
    const sorted = [...cuts].filter((cut) => cut <= LAST_PORT).sort((a, b) => a - b);
    for (const [i, first] of sorted.entries()) {
      const last = (sorted[i + 1] ?? LAST_PORT + 1) - 1;
      const usual = USUAL_PORTS[protocol] as number;
      const nice = served.find(({ containerPort }) => containerPort >= first && containerPort <= last)?.containerPort;
      if (nice !== undefined) found.push({ protocol, port: nice, rank: 0 });
      else if (named.has(first)) found.push({ protocol, port: first, rank: 1 });
      else found.push({ protocol, port: usual >= first && usual <= last ? usual : first, rank: 2 });
    }
  }
  return [...found, { protocol: 3, port: 0, rank: 2 }];
}
