/** A scenario with every choice made: what the rest of the world is built from. */
import type { Scenario } from "../world-types.ts";

export interface NodeSettings {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  readonly address: string;
  readonly podCidr: string;
}

export interface WorldSettings {
  readonly env: string;
  readonly profile: string;
  /** `v1.36.3` */
  readonly kubernetesVersion: string;
  readonly plugin: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly kubernetesIp: string;
  readonly dnsIp: string;
  readonly clusterDomain: string;
  readonly nodes: readonly NodeSettings[];
  readonly controlPlane: NodeSettings;
  /** The host a person works on; the control plane node itself in `killercoda`. */
  readonly terminalHost: { readonly name: string; readonly address: string; readonly isNode: boolean };
  readonly login: { readonly user: string; readonly uid: number; readonly home: string; readonly shell: string };
  readonly seed: number;
}

const PATCH_RELEASES: Readonly<Record<string, string>> = {
  "v1.30": "v1.30.14",
  "v1.31": "v1.31.14",
  "v1.32": "v1.32.9",
  "v1.33": "v1.33.5",
  "v1.34": "v1.34.3",
  "v1.35": "v1.35.1",
  "v1.36": "v1.36.3",
};

/** Throws when the scenario asks for something nobody can build. */
export function settingsOf(scenario: Scenario): WorldSettings {
  const env = scenario.env ?? "lab";
  const isKillercoda = env === "killercoda";
  const podCidr = scenario.podCIDR ?? "10.244.0.0/16";
  const serviceCidr = scenario.serviceCIDR ?? "10.96.0.0/12";
  const names = isKillercoda ? ["controlplane", "node01"] : ["controlplane", "node01", "node02"];
  const given = scenario.nodes ?? names.map((name) => ({ name }));
  if (given.length === 0) throw new Error("scenario: nodes: a cluster needs at least one node");
  const nodes = given.map((node, index): NodeSettings => {
    const { role, address } = node as NonNullable<Scenario["nodes"]>[number];
    return {
      name: node.name,
      role: role ?? (index === 0 ? "control-plane" : "worker"),
      address: address ?? `172.30.1.${index + 2}`,
      podCidr: nodeCidr(podCidr, index),
    };
  });
  const controlPlane = nodes.find(({ role }) => role === "control-plane");
  if (controlPlane === undefined) throw new Error("scenario: nodes: one node must have the role control-plane");
  const profile = scenario.profile ?? "v1.36";
  const login = isKillercoda
    ? { user: "root", uid: 0, home: "/root", shell: "/bin/bash" }
    : { user: "learner", uid: 1000, home: "/home/learner", shell: "/bin/bash" };
  return {
    env,
    profile,
    kubernetesVersion: PATCH_RELEASES[profile] ?? `${profile}.0`,
    plugin: scenario.plugin ?? "canal",
    podCidr,
    serviceCidr,
    kubernetesIp: addressIn(serviceCidr, 1),
    dnsIp: addressIn(serviceCidr, 10),
    clusterDomain: "cluster.local",
    nodes,
    controlPlane,
    terminalHost: isKillercoda
      ? { name: controlPlane.name, address: controlPlane.address, isNode: true }
      : { name: "terminal", address: "172.30.1.10", isNode: false },
    login,
    seed: scenario.seed ?? 1,
  };
}

/** One /24 a node, as kube-controller-manager hands them out. */
function nodeCidr(podCidr: string, index: number): string {
  const [first = "10", second = "244", third = "0"] = (podCidr.split("/")[0] ?? "").split(".");
  return `${first}.${second}.${Number(third) + index}.0/24`;
}

function addressIn(cidr: string, offset: number): string {
  const octets = (cidr.split("/")[0] ?? "").split(".").map(Number);
  octets[3] = (octets[3] ?? 0) + offset;
  return octets.join(".");
}
