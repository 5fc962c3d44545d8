/** Advice on a failed flow, given only where the facts leave no other reading. */
import type { PartExplanation, RuleExplanation, SideExplanation } from "./explanation.ts";
import type { ServiceTable } from "../services/service-table.ts";
import type { Flow } from "../types.ts";

export interface Advice {
  /** Names the mistake; the same for everybody who makes it. */
  readonly id:
    | "service-port-in-policy"
    | "service-address-in-policy"
    | "protocol-defaults-to-tcp"
    | "dns-cut-off"
    | "namespace-name-label"
    | "other-side-denies"
    | "no-ready-endpoints"
    | "wrong-service-port"
    | "nobody-listens";
  readonly text: string;
  /** Where in a policy the advice applies. */
  readonly policy?: string;
  readonly path?: string;
}

interface Journey {
  readonly flow: Flow;
  readonly egress: SideExplanation | null;
  readonly ingress: SideExplanation | null;
}

export function adviseOn(journey: Journey, services: ServiceTable): Advice[] {
  const { flow, egress, ingress } = journey;
  if (flow.outcome === "connected") return [];
  const advice: Advice[] = [...adviseOnStops(flow)];
  for (const side of [egress, ingress]) {
    if (side === null || side.decision.isAllowed) continue;
    for (const { policy, rules } of side.policies) {
      for (const rule of rules) advice.push(...adviseOnRule(flow, rule, services).map((one) => ({ policy, ...one })));
    }
  }
  if (egress?.decision.isAllowed === false && flow.destinationPort === 53) {
    const text = `Names cannot be resolved: ${egress.end} may not send to the cluster DNS. Allow egress to the pods k8s-app=kube-dns in kube-system on port 53, UDP and TCP.`;
    advice.push({ id: "dns-cut-off", text });
  }
  if (egress?.decision.isAllowed === false && ingress?.decision.isAllowed === false) {
    const text = `Both sides refuse: after egress of ${egress.end} is allowed, ingress of ${ingress.end} still drops this flow.`;
    advice.push({ id: "other-side-denies", text });
  }
  return advice;
}

function adviseOnStops(flow: Flow): Advice[] {
  const last = flow.steps.find((step) => step.decides);
  if (last?.at === "service" && last.endpoint === null) {
    const text = `Service ${last.service} has no ready endpoints: compare its selector with the pods' labels, and see whether the pods are ready.`;
    return [{ id: "no-ready-endpoints", text }];
  }
  if (last?.at === "listener" && !last.isListening) {
    const text = `Policies allow this flow, but nothing listens on port ${last.port}/${flow.protocol} of ${last.host}.`;
    return [{ id: "nobody-listens", text }];
  }
  if (last?.at === "route" && last.note.startsWith("Service ")) {
    return [{ id: "wrong-service-port", text: `${last.note}; the client waits for an answer that never comes.` }];
  }
  return [];
}

function adviseOnRule(flow: Flow, rule: RuleExplanation, services: ServiceTable): Advice[] {
  const { failure, peers, ports } = rule;
  if (failure === null) return [];
  const isPeerMatched = peers === null || peers.some((part) => part.failure === null);
  if (!isPeerMatched) return adviseOnPeers(peers, services);
  const wasTranslated = flow.steps.some((step) => step.at === "service");
  for (const { failure: port } of ports ?? []) {
    if (port?.field === "port" && wasTranslated && port.wanted === `${flow.requestedPort}`) {
      const text = `The Service port is ${flow.requestedPort}, the pod listens on ${flow.destinationPort}: policies see ${flow.destinationPort}.`;
      return [{ id: "service-port-in-policy", text, path: port.path }];
    }
    if (port?.field === "protocol" && port.wanted === "TCP" && flow.protocol === "UDP") {
      const text = "This entry of ports allows TCP only (the default); the packet is UDP.";
      return [{ id: "protocol-defaults-to-tcp", text, path: port.path }];
    }
  }
  return [];
}

function adviseOnPeers(peers: readonly PartExplanation[] | null, services: ServiceTable): Advice[] {
  const advice: Advice[] = [];
  for (const { failure } of peers ?? []) {
    const name = failure?.field === "namespaceLabel" ? /^name=(.+)$/.exec(failure.wanted)?.[1] : undefined;
    if (failure && name !== undefined && failure.found.startsWith(`namespace ${name} has no label`)) {
      const text = `Namespace ${name} has no label "name"; its name is the value of the label kubernetes.io/metadata.name.`;
      advice.push({ id: "namespace-name-label", text, path: failure.path });
    }
    const address = failure?.field === "cidr" ? /^(.+)\/(32|128)$/.exec(failure.wanted)?.[1] : undefined;
    const service = address === undefined ? undefined : services.atAddress(address)?.[0];
    if (failure && service !== undefined) {
      const text = `${address} is the address of Service ${service.namespace}/${service.name}; policies see the address of the pod behind it.`;
      advice.push({ id: "service-address-in-policy", text, path: failure.path });
    }
  }
  return advice;
}
