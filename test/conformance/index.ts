/** Every conformance suite of the packet filter, in the order in which they are reported. */
import { clusterNetworkPolicy } from "./cluster-network-policy.ts";
import { cyclonus } from "./cyclonus.ts";
import { kubernetesE2e } from "./kubernetes-e2e.ts";
import { randomClusterPolicies, randomNetworkPolicies } from "./random-clusters.ts";
import type { Suite } from "./suite.ts";

export const SUITES: readonly Suite[] = [
  kubernetesE2e,
  cyclonus,
  randomNetworkPolicies,
  clusterNetworkPolicy,
  randomClusterPolicies,
];
