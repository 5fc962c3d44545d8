import { createFabric } from "../net/network.ts";
import type { NetworkFabric, NetworkProfile } from "../net/types.ts";
import type { Clock, Random } from "../machine/types.ts";
import { pluginEnforces, type WorldSettings } from "./settings.ts";

/** What a network plugin makes of what the specification leaves open. */
export function networkProfile(plugin: string): NetworkProfile {
  return {
    enforcesPolicies: pluginEnforces(plugin),
    denial: "drop",
    ipBlockMatchesPods: true,
    icmp: "by-policy",
    establishedConnections: "kept",
  };
}

export function createNetwork({ plugin }: WorldSettings, clock: Clock, random: Random): NetworkFabric {
  return createFabric({ profile: networkProfile(plugin), now: () => clock.now(), random: () => random.next() });
}
