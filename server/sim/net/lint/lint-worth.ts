/** Rules and policies without which every side would let the same packets pass. */
import type { EngineState, PolicyEngine } from "../filter/engine.ts";
import type { Policy } from "../policy/policy.ts";
import { portsFor } from "../reach/probe-universe.ts";
import type { Finding } from "./finding.ts";
import { type PolicyWorth, worthOf } from "./rule-worth.ts";

export interface Universes {
  /** What there is, and the like of it elsewhere: nothing here matches an unused rule. */
  readonly present: PolicyEngine;
  /** Also pods made to fit every selector: a rule shadowed here is shadowed for good. */
  readonly imagined: PolicyEngine;
}

export function lintWorth(state: EngineState, { present, imagined }: Universes, ids: ReadonlySet<string>): Finding[] {
  const ports = portsFor([state]);
  const installed = new Map(imagined.installedPolicies().map((one) => [keyOf(one.policy), one]));
  return present
    .installedPolicies()
    .filter(({ policy }) => ids.has(policy.id))
    .flatMap((one) => {
      const now = worthOf(present, one, ports);
      const twin = installed.get(keyOf(one.policy));
      if (now.isIdle || twin === undefined) return [];
      return describeWorth(one.policy, now, worthOf(imagined, twin, ports));
    });
}

const keyOf = ({ tier, id }: Policy): string => `${tier} ${id}`;

function describeWorth({ id: policy, tier }: Policy, now: PolicyWorth, ever: PolicyWorth): Finding[] {
  const severity = "note";
  if (ever.isShadowed) {
    const text = "other policies isolate the same pods and allow all that this one allows";
    return [{ id: "policy-changes-nothing", severity, policy, path: "spec", text }];
  }
  const shadowed =
    tier === "NetworkPolicy"
      ? "other rules allow all that this rule allows"
      : "earlier rules decide all that it matches";
  return now.rules.flatMap(({ direction, index, worth }, position): Finding[] => {
    const path = `spec.${direction}[${index}]`;
    if (worth === "idle") {
      return [
        { id: "rule-changes-nothing", severity, policy, path, text: "nothing that is there now matches this rule" },
      ];
    }
    if (ever.rules[position]?.worth !== "shadowed") return [];
    return [{ id: "rule-is-shadowed", severity, policy, path, text: shadowed }];
  });
}
