/** The net room: everything other rooms may use of it. */
export * from "./address.ts";
export type { Advice } from "./advice.ts";
export * from "./cluster-policy-types.ts";
export { type Comparison, type ComparisonOptions, compareReachability, type WrongFlow } from "./comparison.ts";
export { DEFAULT_ENGINE_PROFILE, type End, type EngineProfile, type EngineState, PolicyEngine } from "./engine.ts";
export * from "./explanation.ts";
export type { JourneyExplanation } from "./journey.ts";
export { formatJourney, type Locate } from "./journey-text.ts";
export type { Finding, FindingId } from "./lint/finding.ts";
export { lint } from "./lint/lint.ts";
export { createFabric } from "./network.ts";
export { PodMatrix } from "./pod-matrix.ts";
export { type ProtocolNumber, PROTOCOLS, protocolNumber } from "./port-set.ts";
export { PROBE_NAMESPACE } from "./probe-universe.ts";
export {
  declaredPorts,
  type Reachability,
  type ReachabilityPod,
  type ReachabilityPort,
  reachabilityOf,
  withProbes,
} from "./reachability.ts";
export * from "./selector.ts";
export * from "./types.ts";
