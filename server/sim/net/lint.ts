/**
 * What is probably not meant in a set of policies: selectors that match nothing, rules that change
 * nothing, peers wider than they look, egress without DNS. Each finding has its place and, where a
 * flow proves it, that flow.
 */
import { addressesOf } from "./pod-class.ts";
import { cidrContains, type Cidr } from "./address.ts";
import type { WrongFlow } from "./comparison.ts";
import { type EngineState, PolicyEngine } from "./engine.ts";
import { labelsText, PROBE_NAMESPACE, portsFor, probeName, probesFor } from "./probe-universe.ts";
import { PROTOCOLS } from "./port-set.ts";
import { type PolicyWorth, worthOf } from "./rule-worth.ts";
import { type Peer, type Policy, type Rule, rulesOf } from "./policy.ts";
import { peerPath, rulePath, selectorPath, termPath } from "./policy-path.ts";
import { formatSelector, selectorMatches } from "./selector.ts";
import type { NetworkPolicy } from "./types.ts";

export type FindingId =
  | "selects-no-pod"
  | "peer-matches-nothing"
  | "named-port-nobody-declares"
  | "rule-changes-nothing"
  | "rule-is-shadowed"
  | "policy-changes-nothing"
  | "allows-every-source"
  | "allows-every-namespace"
  | "egress-without-dns"
  | "block-cannot-match"
  | "isolates-ingress-by-default";

export interface Finding {
  readonly id: FindingId;
  readonly severity: "error" | "warning" | "note";
  /** `NAMESPACE/NAME` */
  readonly policy: string;
  /** Into the policy object. */
  readonly path: string;
  readonly text: string;
  /** A flow that shows it. */
  readonly flow?: WrongFlow;
}

/** Findings for all policies of a state, or for those named (`NAMESPACE/NAME`). */
export function lint(state: EngineState, only?: ReadonlySet<string>): Finding[] {
  const engine = PolicyEngine.of(state);
  const findings: Finding[] = [];
  const policies = engine.installedPolicies().map((installed) => installed.policy);
  const checked = policies.filter((policy) => policy.tier === "NetworkPolicy" && (only?.has(policy.id) ?? true));
  for (const policy of checked) {
    findings.push(...lintSubject(state, policy));
    for (const direction of ["ingress", "egress"] as const) {
      for (const rule of rulesOf(policy, direction)) findings.push(...lintRule(state, engine, policy, rule));
    }
  }
  findings.push(...lintDns(state, engine, checked), ...lintWorth(state, new Set(checked.map((policy) => policy.id))));
  const order = { error: 0, warning: 1, note: 2 };
  return findings.sort((a, b) => order[a.severity] - order[b.severity]);
}

function livePods(state: EngineState) {
  return state.pods.filter((pod) => !pod.isFinished && !pod.hostNetwork);
}

function selectedPods(state: EngineState, policy: Policy) {
  return livePods(state).filter(
    (pod) => pod.namespace === policy.namespace && selectorMatches(policy.subjectPods, pod.labels),
  );
}

function lintSubject(state: EngineState, policy: Policy): Finding[] {
  const findings: Finding[] = [];
  const spec = (policy.source as NetworkPolicy).spec ?? {};
  if (selectedPods(state, policy).length === 0) {
    const there = livePods(state).filter((pod) => pod.namespace === policy.namespace);
    const labels = [...new Set(there.map((pod) => labelsText(pod.labels) || "(none)"))].slice(0, 3).join(" · ");
    const hint = there.length === 0 ? "the namespace has no pods" : `pods there have ${labels}`;
    const wanted = formatSelector(policy.subjectPods) || "all pods";
    const text = `podSelector ${wanted} selects no pod of namespace ${policy.namespace}: ${hint}`;
    findings.push({ id: "selects-no-pod", severity: "warning", policy: policy.id, path: "spec.podSelector", text });
  }
  const hasOnlyEgress = (spec.egress ?? []).length > 0 && (spec.ingress ?? []).length === 0;
  if (hasOnlyEgress && !spec.policyTypes?.length) {
    const text =
      "without policyTypes this policy isolates ingress too; write policyTypes: [Egress] to leave ingress alone";
    findings.push({
      id: "isolates-ingress-by-default",
      severity: "warning",
      policy: policy.id,
      path: "spec.policyTypes",
      text,
    });
  }
  return findings;
}

// -------------------------------------------------------------------------- rules

function lintRule(state: EngineState, engine: PolicyEngine, policy: Policy, rule: Rule): Finding[] {
  const findings: Finding[] = [];
  const peerField = rule.direction === "ingress" ? "from" : "to";
  if (rule.peers === null && rule.direction === "ingress") {
    const text = `no ${peerField}: everybody is allowed, hosts outside the cluster too`;
    const place = { policy: policy.id, path: rulePath(rule) };
    findings.push({
      id: "allows-every-source",
      severity: "note",
      ...place,
      text,
      ...proof(state, policy, rule, "8.8.8.8"),
    });
  }
  for (const peer of rule.peers ?? []) findings.push(...lintPeer(state, engine, policy, rule, peer));
  for (const term of rule.ports ?? []) {
    if (term.kind !== "name") continue;
    const targets = rule.direction === "ingress" ? selectedPods(state, policy) : livePods(state);
    if (targets.length === 0 || targets.some((pod) => pod.ports.some((port) => port.name === term.name))) continue;
    const text = `no ${rule.direction === "ingress" ? "selected " : ""}pod declares a port named ${term.name}`;
    const path = `${termPath(rule, term)}.port`;
    findings.push({ id: "named-port-nobody-declares", severity: "warning", policy: policy.id, path, text });
  }
  return findings;
}

function lintPeer(state: EngineState, engine: PolicyEngine, policy: Policy, rule: Rule, peer: Peer): Finding[] {
  const path = peerPath(rule, peer);
  if (peer.kind === "block") return lintBlock(engine, policy, peer.block, `${path}.ipBlock`);
  if (peer.kind !== "pods") return [];
  const { namespaces, pods } = peer;
  if (namespaces !== null && namespaces.requirements.length === 0 && pods.requirements.length === 0) {
    const text = "an empty namespaceSelector means all pods of all namespaces, kube-system included";
    const anybody = `${PROBE_NAMESPACE}/${probeName({})}`;
    const flow = proof(state, policy, rule, anybody);
    return [{ id: "allows-every-namespace", severity: "note", policy: policy.id, path, text, ...flow }];
  }
  const labelsOf = (name: string) => ({
    ...state.namespaces.find((namespace) => namespace.name === name)?.labels,
    "kubernetes.io/metadata.name": name,
  });
  const inNamespaces = livePods(state).filter((pod) =>
    namespaces === null ? pod.namespace === policy.namespace : selectorMatches(namespaces, labelsOf(pod.namespace)),
  );
  if (inNamespaces.some((pod) => selectorMatches(pods, pod.labels))) return [];
  const isNamespace =
    namespaces !== null && !state.namespaces.some(({ name }) => selectorMatches(namespaces, labelsOf(name)));
  const which = isNamespace ? "namespaces" : "pods";
  const text = isNamespace
    ? `no namespace matches ${formatSelector(namespaces)}`
    : `no pod there matches ${formatSelector(pods) || "(all pods)"}`;
  const at = selectorPath(rule, peer, which);
  return [{ id: "peer-matches-nothing", severity: "warning", policy: policy.id, path: at, text }];
}

/** A flow that the rule allows between a selected pod and somebody probably not meant. */
function proof(state: EngineState, policy: Policy, rule: Rule, other: string): { readonly flow?: WrongFlow } {
  const [selected] = selectedPods(state, policy);
  if (selected === undefined) return {};
  const number = rule.ports?.find((term) => term.kind === "range");
  if (rule.ports !== null && number === undefined) return {};
  const pod = `${selected.namespace}/${selected.name}`;
  const [source, destination] = rule.direction === "ingress" ? [other, pod] : [pod, other];
  const port = number === undefined || number.first === 0 ? (selected.ports[0]?.containerPort ?? 80) : number.first;
  const protocol = PROTOCOLS[number?.protocol ?? 0] ?? "TCP";
  const isHypothetical = other.includes("/");
  return { flow: { source, destination, port, protocol, actual: true, intended: false, isHypothetical } };
}

function lintBlock(
  engine: PolicyEngine,
  policy: Policy,
  { cidr, except }: { readonly cidr: Cidr | null; readonly except: readonly Cidr[] },
  path: string,
): Finding[] {
  if (cidr === null) return [];
  const isEmpty = except.some((one) => one.prefixLength <= cidr.prefixLength && cidrContains(one, cidr));
  if (isEmpty) {
    const text = "except takes away the whole CIDR";
    return [{ id: "block-cannot-match", severity: "error", policy: policy.id, path: `${path}.except`, text }];
  }
  const pods = [...engine.podMembers.values()].filter((member) =>
    addressesOf(member).some((address) => cidrContains(cidr, address)),
  );
  if (pods.length === 0 || engine.profile.ipBlockMatchesPods) return [];
  const text = `the block holds pod addresses (${pods[0]?.id}), which this network plugin does not compare with ipBlock`;
  return [{ id: "block-cannot-match", severity: "warning", policy: policy.id, path: `${path}.cidr`, text }];
}

// ---------------------------------------------------------------------------- DNS

/** Pods that can send somewhere by name-using rules and cannot ask the cluster's DNS. */
function lintDns(state: EngineState, engine: PolicyEngine, policies: readonly Policy[]): Finding[] {
  const dns = livePods(state).find((pod) => pod.labels["k8s-app"] === "kube-dns");
  const server = dns && engine.podEnd(dns.namespace, dns.name);
  if (!dns || server === undefined) return [];
  const findings: Finding[] = [];
  for (const policy of policies) {
    if (!policy.isolatesEgress || rulesOf(policy, "egress").length === 0) continue;
    for (const pod of selectedPods(state, policy)) {
      const client = engine.podEnd(pod.namespace, pod.name);
      if (client === undefined || engine.allowsEgress(client, server, 1, 53, 0)) continue;
      const source = `${pod.namespace}/${pod.name}`;
      const destination = `${dns.namespace}/${dns.name}`;
      const flow = { source, destination, port: 53, protocol: "UDP", actual: false, intended: true } as const;
      const text = `${source} may send, and may not ask the cluster DNS on 53/UDP: names will not resolve`;
      const place = { policy: policy.id, path: "spec.egress" };
      findings.push({
        id: "egress-without-dns",
        severity: "warning",
        ...place,
        text,
        flow: { ...flow, isHypothetical: false },
      });
      break;
    }
  }
  return findings;
}

// -------------------------------------------------------------------------- worth

/** Rules and policies without which every side would let the same packets pass. */
function lintWorth(state: EngineState, ids: ReadonlySet<string>): Finding[] {
  const probes = probesFor([state], "plain");
  const engine = PolicyEngine.of({
    ...state,
    namespaces: [...state.namespaces, ...probes.namespaces],
    pods: [...state.pods, ...probes.pods],
  });
  for (const address of [...probes.addresses, ...state.nodes.flatMap((node) => node.addresses)]) {
    engine.addressEnd(address);
  }
  const ports = portsFor([state]);
  return engine
    .installedPolicies()
    .filter((installed) => ids.has(installed.policy.id))
    .flatMap((installed) => describeWorth(installed.policy, worthOf(engine, installed, ports)));
}

function describeWorth({ id: policy }: Policy, worth: PolicyWorth): Finding[] {
  const severity = "note";
  if (worth.isIdle) return [];
  if (worth.isShadowed) {
    const text = "other policies isolate the same pods and allow all that this one allows";
    return [{ id: "policy-changes-nothing", severity, policy, path: "spec", text }];
  }
  return worth.rules.flatMap(({ direction, index, worth: own }): Finding[] => {
    const path = `spec.${direction}[${index}]`;
    if (own === "needed") return [];
    return own === "idle"
      ? [{ id: "rule-changes-nothing", severity, policy, path, text: "this rule matches no flow that could occur" }]
      : [{ id: "rule-is-shadowed", severity, policy, path, text: "other rules allow all that this rule allows" }];
  });
}
