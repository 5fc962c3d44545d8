/** `kubectl create service clusterip|nodeport|loadbalancer|externalname`. */
import type { Kubectl } from "../../context.ts";
import { KubectlError } from "../../errors.ts";
import { createGenerated, nameArgument } from "../create.ts";
import type { Verb } from "../verb.ts";

type ServiceType = "ClusterIP" | "NodePort" | "LoadBalancer" | "ExternalName";

function serviceVerb(word: string, type: ServiceType): Verb {
  return { words: `create service ${word}`, run: (kubectl) => createService(kubectl, type) };
}

export const createClusterIp = serviceVerb("clusterip", "ClusterIP");
export const createNodePort = serviceVerb("nodeport", "NodePort");
export const createLoadBalancer = serviceVerb("loadbalancer", "LoadBalancer");
export const createExternalName = serviceVerb("externalname", "ExternalName");

function createService(kubectl: Kubectl, type: ServiceType): Promise<number> {
  const { flags } = kubectl;
  const name = nameArgument(kubectl);
  const tcp = flags.list("tcp");
  const clusterIp = flags.string("clusterip");
  if (type === "ClusterIP" && clusterIp === "None" && tcp.length > 0)
    throw new KubectlError("can not map ports with clusterip=None");
  if (tcp.length === 0 && type !== "ExternalName" && clusterIp !== "None") {
    throw new KubectlError("at least one tcp port specifier must be provided");
  }
  const ports = tcp.map((spec) => parsePort(spec, flags.number("node-port")));
  const labels = { app: name };
  return createGenerated(kubectl, {
    group: "",
    version: "v1",
    kind: "Service",
    plural: "services",
    isNamespaced: true,
    failurePrefix: `failed to create ${type} service`,
    object: {
      kind: "Service",
      apiVersion: "v1",
      metadata: { name, labels },
      spec: {
        ...(ports.length > 0 ? { ports } : {}),
        selector: labels,
        ...(clusterIp === "" ? {} : { clusterIP: clusterIp }),
        type,
        ...(type === "ExternalName" ? { externalName: flags.string("external-name") } : {}),
      },
      status: { loadBalancer: {} },
    },
  });
}

function parsePort(spec: string, nodePort: number) {
  const [portText = "", targetText] = spec.split(":");
  const port = portNumber(portText);
  const targetPort = targetText === undefined ? port : /^\d+$/.test(targetText) ? portNumber(targetText) : targetText;
  return {
    name: spec.replaceAll(":", "-"),
    protocol: "TCP",
    port,
    targetPort,
    ...(nodePort === 0 ? {} : { nodePort }),
  };
}

function portNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0 || value > 65535) throw new KubectlError("must be between 1 and 65535, inclusive");
  return value;
}
