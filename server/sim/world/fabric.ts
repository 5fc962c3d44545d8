import { createFabric } from "../net/fabric/network.ts";
import type { NetworkFabric } from "../net/index.ts";
import type { NetworkProfile } from "../net/types.ts";
import type { Clock, Random } from "../machine/types.ts";

/**
 * What a network plugin makes of what the specification leaves open. No policy counts before
 * an agent that enforces them (calico-node) runs.
 */
export function networkProfile(): NetworkProfile {
  return {
    enforcesPolicies: false,
    denial: "drop",
    ipBlockMatchesPods: true,
    icmp: "by-policy",
    establishedConnections: "kept",
  };
}

export function createNetwork(clock: Clock, random: Random): NetworkFabric {
  return createFabric({ profile: networkProfile(), now: () => clock.now(), random: () => random.next() });
}
