import { timestamp } from "../kube/controllers/context.ts";
import type { ClusterObjectsInput } from "./object-forms.ts";
import type { NodeSettings, WorldSettings } from "./settings.ts";

/** A kubelet registers its node. */
export function registerNodes({ client, settings, nowMs }: ClusterObjectsInput, nodes: readonly NodeSettings[]): void {
  for (const node of nodes) {
    client.create("nodes", nodeObject(node, settings, nowMs));
    client.create("leases.coordination.k8s.io", {
      metadata: { name: node.name, namespace: "kube-node-lease" },
      spec: { holderIdentity: node.name, leaseDurationSeconds: 40, renewTime: microTime(nowMs) },
    });
  }
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z");

function nodeObject(node: NodeSettings, settings: WorldSettings, nowMs: number): unknown {
  const isControlPlane = node.role === "control-plane";
  const now = timestamp(nowMs);
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    lastHeartbeatTime: now,
    lastTransitionTime: now,
    reason,
    message,
  });
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: node.name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        ...(isControlPlane
          ? {
              "node-role.kubernetes.io/control-plane": "",
              "node.kubernetes.io/exclude-from-external-load-balancers": "",
            }
          : {}),
      },
      annotations: {
        "node.alpha.kubernetes.io/ttl": "0",
        "volumes.kubernetes.io/controller-managed-attach-detach": "true",
      },
    },
    spec: {
      podCIDR: node.podCidr,
      podCIDRs: [node.podCidr],
      ...(isControlPlane ? { taints: [{ effect: "NoSchedule", key: "node-role.kubernetes.io/control-plane" }] } : {}),
    },
    status: {
      addresses: [
        { address: node.address, type: "InternalIP" },
        { address: node.name, type: "Hostname" },
      ],
      allocatable: {
        cpu: "2",
        "ephemeral-storage": "18698430040",
        "hugepages-2Mi": "0",
        memory: "3908492Ki",
        pods: "110",
      },
      capacity: { cpu: "2", "ephemeral-storage": "19221248Ki", "hugepages-2Mi": "0", memory: "4010892Ki", pods: "110" },
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      daemonEndpoints: { kubeletEndpoint: { Port: 10_250 } },
      nodeInfo: {
        architecture: "amd64",
        bootID: "5e9f6c3a-1c1d-4d6e-8a7b-2f3c4d5e6f70",
        containerRuntimeVersion: "containerd://1.7.27",
        kernelVersion: "6.8.0-51-generic",
        kubeProxyVersion: "",
        kubeletVersion: settings.kubernetesVersion,
        machineID: MACHINE_ID,
        operatingSystem: "linux",
        osImage: "Ubuntu 24.04.1 LTS",
        systemUUID: MACHINE_ID.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
      },
    },
  };
}

/** The nodes are clones of one virtual machine, whose identity nobody renewed. */
const MACHINE_ID = "a3f9d8c1b2e34f5a9c7d6e5f4a3b2c1d";
