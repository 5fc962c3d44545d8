/** The net room: everything other rooms may use of it. */
export * from "./policy/address.ts";
export type { Advice } from "./explain/advice.ts";
export * from "./cluster-policy-types.ts";
export { type Comparison, type ComparisonOptions, compareReachability, type WrongFlow } from "./reach/comparison.ts";
export {
  DEFAULT_ENGINE_PROFILE,
  type End,
  type EngineProfile,
  type EngineState,
  PolicyEngine,
} from "./filter/engine.ts";
export * from "./explain/explanation.ts";
export type { JourneyExplanation } from "./explain/journey.ts";
export type { Finding, FindingId } from "./lint/finding.ts";
export { lint } from "./lint/lint.ts";
export { createFabric } from "./fabric/network.ts";
export type { FabricOptions, NetworkFabric } from "./fabric/types.ts";
export { PodMatrix } from "./reach/pod-matrix.ts";
export { type ProtocolNumber, PROTOCOLS, protocolNumber } from "./policy/port-set.ts";
export { PROBE_NAMESPACE } from "./reach/probe-universe.ts";
export {
  declaredPorts,
  type Reachability,
  type ReachabilityPod,
  type ReachabilityPort,
  reachabilityOf,
  withProbes,
} from "./reach/reachability.ts";
export * from "./policy/selector.ts";
export * from "./types.ts";
