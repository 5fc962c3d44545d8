/** Rules and policies without which every side would let the same packets pass. */
import { type EngineState, PolicyEngine } from "../filter/engine.ts";
import type { Policy } from "../policy/policy.ts";
import { portsFor, probesFor } from "../reach/probe-universe.ts";
import type { Finding } from "./finding.ts";
import { type PolicyWorth, worthOf } from "./rule-worth.ts";

/** Looks at everybody there is and could be. */
export function lintWorth(state: EngineState, ids: ReadonlySet<string>): Finding[] {
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

function describeWorth({ id: policy, tier }: Policy, worth: PolicyWorth): Finding[] {
  const severity = "note";
  if (worth.isIdle) return [];
  if (worth.isShadowed) {
    const text = "other policies isolate the same pods and allow all that this one allows";
    return [{ id: "policy-changes-nothing", severity, policy, path: "spec", text }];
  }
  const shadowed =
    tier === "NetworkPolicy"
      ? "other rules allow all that this rule allows"
      : "earlier rules decide all that it matches";
  return worth.rules.flatMap(({ direction, index, worth: own }): Finding[] => {
    const path = `spec.${direction}[${index}]`;
    if (own === "needed") return [];
    return own === "idle"
      ? [{ id: "rule-changes-nothing", severity, policy, path, text: "this rule matches no flow that could occur" }]
      : [{ id: "rule-is-shadowed", severity, policy, path, text: shadowed }];
  });
}
