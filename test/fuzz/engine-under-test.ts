/** Random worlds as engines, and ends by the names the naive evaluator uses. */
import { type End, type EngineState, PolicyEngine } from "../../server/sim/net/filter/engine.ts";
import type { NaiveWorld } from "../naive-evaluator.ts";

export function stateOf(world: NaiveWorld): EngineState {
  return { profile: { enforcesPolicies: true, ipBlockMatchesPods: true, icmp: "by-policy" }, ...world };
}

export function engineOf(world: NaiveWorld): PolicyEngine {
  return PolicyEngine.of(stateOf(world));
}

export function endOf(engine: PolicyEngine, name: string): End {
  const [namespace = "", pod = ""] = name.split("/");
  return (name.includes("/") ? engine.podEnd(namespace, pod) : undefined) ?? engine.addressEnd(name);
}

export function podNames(world: NaiveWorld): string[] {
  return world.pods.map((pod) => `${pod.namespace}/${pod.name}`);
}
