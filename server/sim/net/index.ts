/** The net room: everything other rooms may use of it. */
export * from "./address.ts";
export * from "./cluster-policy-types.ts";
export { DEFAULT_ENGINE_PROFILE, type End, type EngineProfile, type EngineState, PolicyEngine } from "./engine.ts";
export { createFabric } from "./network.ts";
export { protocolNumber, PROTOCOLS, type ProtocolNumber } from "./port-set.ts";
export * from "./selector.ts";
export * from "./types.ts";
