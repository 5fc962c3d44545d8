import type { FlowView } from "../protocol.ts";
import type { Flow, FlowStep } from "../sim/net/types.ts";

/**
 * Whether a learner would call it theirs: sent by a pod that is not the cluster's own, or
 * from the terminal to a pod. kubectl's talk with the API server and the kubelets' probes
 * would drown it.
 */
export function isLearnersFlow({ source, destination }: Pick<Flow, "source" | "destination">): boolean {
  if (source.startsWith("pod:")) return !/^pod:(?:kube-system|kube-public|kube-node-lease)\//.test(source);
  return source.startsWith("external:") && (destination?.startsWith("pod:") ?? false);
}

/** A recorded flow in the page's words. */
export function viewFlow(flow: Flow): FlowView {
  const deciding = flow.steps.find((step) => step.decides) ?? flow.steps.at(-1);
  const isPolicyStop =
    (deciding?.at === "egress" || deciding?.at === "ingress") && !deciding.decision.isAllowed ? deciding : null;
  return {
    id: flow.id,
    timeMs: flow.timeMs,
    source: nameOf(flow.source),
    destination: flow.destination ? nameOf(flow.destination) : flow.destinationAddress || (flow.requestedName ?? ""),
    requested: flow.requestedName ?? flow.requestedAddress,
    port: flow.destinationPort,
    protocol: flow.protocol,
    outcome: flow.outcome,
    stoppedAt: isPolicyStop ? { side: isPolicyStop.at, pod: isPolicyStop.pod } : null,
    why: explain(flow, deciding),
  };
}

function nameOf(host: string): string {
  return host.replace(/^(?:pod|node|external):/, "");
}

function explain(flow: Flow, deciding: FlowStep | undefined): string {
  if (flow.outcome === "connected") return connectedBecause(flow);
  switch (deciding?.at) {
    case "egress":
    case "ingress":
      return stoppedBecause(flow, deciding);
    case "listener":
      return `Nobody listens on ${flow.protocol} ${deciding.port} at ${nameOf(deciding.host)}.`;
    case "service":
      return `The Service ${deciding.service} has no ready endpoint for port ${deciding.port}.`;
    case "route":
      return sentence(deciding.note);
    case "name":
      return `Nobody knows the name ${deciding.name}; no packet was sent.`;
    case undefined:
      return `No host has the address ${flow.destinationAddress}.`;
  }
}

function connectedBecause(flow: Flow): string {
  const rules = flow.steps.flatMap((step) =>
    (step.at === "egress" || step.at === "ingress") && step.decision.allowedBy
      ? [`${step.at} rule ${step.decision.allowedBy.rule + 1} of ${short(step.decision.allowedBy.policy)}`]
      : [],
  );
  return rules.length > 0 ? `Let through by ${rules.join(" and ")}.` : "No policy isolates either side.";
}

function stoppedBecause(flow: Flow, step: Extract<FlowStep, { readonly at: "egress" | "ingress" }>): string {
  const other = step.at === "egress" ? flow.destination : flow.source;
  const peer = other ? short(nameOf(other)) : flow.destinationAddress;
  const policies = step.decision.selectedBy.map(short);
  const verb = step.at === "egress" ? "to" : "from";
  const port = flow.protocol === "ICMP" ? "ICMP" : `${flow.protocol} ${flow.destinationPort}`;
  return `At the ${step.at} of ${short(step.pod)}: no rule of ${listOf(policies)} lets it ${verb} ${peer} on ${port}.`;
}

function sentence(note: string): string {
  return `${note.charAt(0).toUpperCase()}${note.slice(1)}${/[.!?]$/.test(note) ? "" : "."}`;
}

function short(id: string): string {
  return id.slice(id.indexOf("/") + 1);
}

function listOf(names: readonly string[]): string {
  if (names.length === 0) return "any policy";
  if (names.length === 1) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
