/** What every conformance suite gives: how many cases there are, and which verdicts differ. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { createFabric } from "../../server/sim/net/fabric/network.ts";
import type { NetworkFabric } from "../../server/sim/net/index.ts";
import type { NetworkProfile, PodFacts, Protocol } from "../../server/sim/net/types.ts";

export interface SuiteCase {
  readonly name: string;
  readonly verdicts: number;
  /** One line for each verdict that differs. */
  readonly wrong: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Where the cases come from, with the version. */
  readonly source: string;
  readonly test: string;
  run(): Iterable<SuiteCase>;
}

export function readFixture(name: string): string {
  const url = new URL(`../fixtures/netpol/${name}`, import.meta.url);
  return gunzipSync(readFileSync(url)).toString("utf8");
}

export const CONFORMANCE_PROFILE: NetworkProfile = {
  enforcesPolicies: true,
  denial: "drop",
  ipBlockMatchesPods: true,
  icmp: "by-policy",
  establishedConnections: "kept",
};

export function emptyFabric(): NetworkFabric {
  return createFabric({ profile: CONFORMANCE_PROFILE, now: () => 0, random: () => 0 });
}

/** Adds a pod together with the host that answers on all of `listens`. */
export function plugIn(
  fabric: NetworkFabric,
  pod: PodFacts,
  listens: (port: number, protocol: Protocol) => boolean,
): void {
  fabric.setPod(pod);
  const id = pod.hostNetwork ? `node:${pod.nodeName}` : `pod:${pod.namespace}/${pod.name}`;
  fabric.attach({
    id,
    kind: pod.hostNetwork ? "node" : "pod",
    addresses: pod.addresses,
    nodeName: pod.nodeName,
    namespace: pod.namespace,
    podName: pod.name,
    accepts: (_address, port, protocol) => listens(port, protocol),
  });
}

/** `allow` or `deny` as a client sees it; anything else is a fault and named as it is. */
export function tryConnection(
  fabric: NetworkFabric,
  source: string,
  address: string,
  port: number,
  protocol: Protocol,
): string {
  const { outcome } = fabric.connect({ source, address, port, protocol });
  return outcome === "connected" ? "allow" : outcome === "dropped" ? "deny" : outcome;
}
