/**
 * What is probably not meant in a set of policies: selectors that match nothing, rules that change
 * nothing, peers wider than they look, egress without DNS. Each finding has its place and, where a
 * flow proves it, that flow.
 */
import { type EngineState, PolicyEngine } from "../filter/engine.ts";
import { type Policy, rulesOf } from "../policy/policy.ts";
import { labelsText, type ProbeDepth, probesFor } from "../reach/probe-universe.ts";
import { formatSelector } from "../policy/selector.ts";
import type { NetworkPolicy } from "../types.ts";
import { type Finding, podsIn, selectedPods } from "./finding.ts";
import { lintDns } from "./lint-dns.ts";
import { lintRule } from "./lint-rule.ts";
import { lintWorth } from "./lint-worth.ts";

const ORDER = { error: 0, warning: 1, note: 2 };

/** Findings for all policies of a state, or for those named: `NAMESPACE/NAME`, `NAME` of a ClusterNetworkPolicy. */
export function lint(state: EngineState, only?: ReadonlySet<string>): Finding[] {
  const engine = engineWithProbes(state, "plain");
  const policies = engine.installedPolicies().map((installed) => installed.policy);
  const checked = policies.filter((policy) => only?.has(policy.id) ?? true);
  const findings = checked.flatMap((policy) => [
    ...lintSubject(state, policy),
    ...(["ingress", "egress"] as const).flatMap((direction) =>
      rulesOf(policy, direction).flatMap((rule) => lintRule({ state, engine, policy, rule })),
    ),
  ]);
  const ids = new Set(checked.map((policy) => policy.id));
  const imagined = engineWithProbes(state, "selectors");
  findings.push(...lintDns(state, engine, checked), ...lintWorth(state, { present: engine, imagined }, ids));
  return findings.sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
}

/** An engine with pods and addresses that could be: it tells apart the ends it knows. */
function engineWithProbes(state: EngineState, depth: ProbeDepth): PolicyEngine {
  const probes = probesFor([state], depth);
  const engine = PolicyEngine.of({
    ...state,
    namespaces: [...state.namespaces, ...probes.namespaces],
    pods: [...state.pods, ...probes.pods],
  });
  for (const address of [...probes.addresses, ...state.nodes.flatMap((node) => node.addresses)]) {
    engine.addressEnd(address);
  }
  return engine;
}

function lintSubject(state: EngineState, policy: Policy): Finding[] {
  const findings: Finding[] = [];
  if (selectedPods(state, policy).length === 0) {
    const text = policy.namespace === null ? unselectedByCluster(state, policy) : unselectedInNamespace(state, policy);
    findings.push({ id: "selects-no-pod", severity: "warning", policy: policy.id, path: policy.subjectPath, text });
  }
  if (policy.tier === "NetworkPolicy" && isolatesIngressUnasked(policy.source as NetworkPolicy)) {
    const text =
      "without policyTypes this policy isolates ingress too; write policyTypes: [Egress] to leave ingress alone";
    const id = "isolates-ingress-by-default";
    findings.push({ id, severity: "warning", policy: policy.id, path: "spec.policyTypes", text });
  }
  return findings;
}

function isolatesIngressUnasked({ spec }: NetworkPolicy): boolean {
  const hasOnlyEgress = (spec?.egress ?? []).length > 0 && (spec?.ingress ?? []).length === 0;
  return hasOnlyEgress && !spec?.policyTypes?.length;
}

function unselectedInNamespace(state: EngineState, { namespace, subjectPods }: Policy): string {
  const wanted = formatSelector(subjectPods) || "all pods";
  return `podSelector ${wanted} selects no pod of namespace ${namespace}: ${podsThere(state, null, namespace)}`;
}

function unselectedByCluster(state: EngineState, { subjectNamespaces, subjectPods }: Policy): string {
  if (subjectNamespaces === null) return "the subject selects no pod";
  const wanted = formatSelector(subjectPods);
  const where = formatSelector(subjectNamespaces);
  const place = where === "" ? "any namespace" : `a namespace with ${where}`;
  return `the subject selects no pod${wanted === "" ? "" : ` with ${wanted}`} of ${place}: ${podsThere(state, subjectNamespaces, null)}`;
}

function podsThere(state: EngineState, namespaces: Policy["subjectNamespaces"], own: string | null): string {
  const there = podsIn(state, namespaces, own);
  if (there.length === 0) return own === null ? "there are no pods there" : "the namespace has no pods";
  const labels = [...new Set(there.map((pod) => labelsText(pod.labels) || "(none)"))].slice(0, 3).join(" · ");
  return `pods there have ${labels}`;
}
