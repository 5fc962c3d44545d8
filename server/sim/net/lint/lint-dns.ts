/** Pods that may send somewhere and may not ask the cluster's DNS. */
import { decide } from "../filter/decision.ts";
import type { End, EngineState, PolicyEngine } from "../filter/engine.ts";
import { type Policy, rulesOf } from "../policy/policy.ts";
import type { PodFacts } from "../types.ts";
import { type Finding, livePods, selectedPods } from "./finding.ts";

export function lintDns(state: EngineState, engine: PolicyEngine, policies: readonly Policy[]): Finding[] {
  const dns = livePods(state).find((pod) => pod.labels["k8s-app"] === "kube-dns");
  const server = dns && engine.podEnd(dns.namespace, dns.name);
  if (!dns || server === undefined) return [];
  return policies.flatMap((policy): Finding[] => {
    // Who allows nothing at all means it.
    if (rulesOf(policy, "egress").length === 0) return [];
    for (const pod of selectedPods(state, policy)) {
      const path = deniedAt(engine, policy, pod, server);
      if (path !== null) return [finding(policy, path, pod, dns)];
    }
    return [];
  });
}

/** The place in the policy that keeps a pod from the DNS; null where it does not. */
function deniedAt(engine: PolicyEngine, policy: Policy, pod: PodFacts, server: End): string | null {
  const source = engine.podEnd(pod.namespace, pod.name);
  if (source === undefined) return null;
  const { decidedBy, isAllowed } = decide(
    engine,
    { source, destination: server, protocol: 1, port: 53, family: server.family },
    "egress",
  );
  if (isAllowed) return null;
  // Nobody's rule: what isolates the pod denies it.
  if (decidedBy === undefined) return policy.isolatesEgress ? "spec.egress" : null;
  return decidedBy.policy === policy.id && decidedBy.tier === policy.tier ? `spec.egress[${decidedBy.rule}]` : null;
}

function finding(policy: Policy, path: string, pod: PodFacts, dns: PodFacts): Finding {
  const source = `${pod.namespace}/${pod.name}`;
  const destination = `${dns.namespace}/${dns.name}`;
  return {
    id: "egress-without-dns",
    severity: "warning",
    policy: policy.id,
    path,
    text: `${source} may send, and may not ask the cluster DNS on 53/UDP: names will not resolve`,
    flow: { source, destination, port: 53, protocol: "UDP", actual: false, intended: true, isHypothetical: false },
  };
}
