import type { MapPicture, WrongFlowView } from "../../server/protocol.ts";
import { groupPods } from "./groups.ts";

export type FlowEnds = Pick<WrongFlowView, "source" | "destination" | "port" | "protocol">;

/** What asks the same in the terminal, station by station. */
export function whyCommand({ source, destination, port, protocol }: FlowEnds): string {
  return `kubectl why ${source} ${destination}:${port}${protocol === "TCP" ? "" : ` --protocol ${protocol}`}`;
}

/**
 * Why a flow is as it is now, in the learner's own policies; empty when the picture does
 * not know its ends. Ends are named `NAMESPACE/NAME`, doors by port and protocol.
 */
export function whyFlow(picture: MapPicture | null, flow: FlowEnds): string {
  const source = picture?.pods.findIndex(({ id }) => id === flow.source) ?? -1;
  const target = picture?.pods.findIndex(({ id }) => id === flow.destination) ?? -1;
  const row = picture?.rows.find(({ pod }) => pod === source);
  const door = picture?.doors.findIndex(
    ({ pod, port, protocol }) => pod === target && port === flow.port && protocol === flow.protocol,
  );
  if (!picture || !row || door === undefined || door < 0) return "";
  const letter = row.verdicts[door];
  if (letter === "e" || letter === "i" || letter === "b") {
    const pod = picture.pods[letter === "i" ? target : source];
    const policies = (letter === "e" ? pod?.egressPolicies : pod?.ingressPolicies) ?? [];
    const side = letter === "i" ? "ingress" : "egress";
    return `At the ${side} of ${short(workloadOf(picture, pod?.id ?? ""))}: no rule of ${listOf(policies.map(short))} lets it through.`;
  }
  const rules = [row.egressRules[door], row.ingressRules[door]].flatMap((index) => {
    const rule = picture.rules[index ?? -1];
    return rule ? [`${rule.direction} rule ${rule.rule} of ${short(rule.policy)}`] : [];
  });
  if (rules.length === 0) return "No policy isolates either side.";
  const sentence = `${rules.join(" and ")} ${rules.length > 1 ? "let" : "lets"} it through.`;
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
}

/** `NAMESPACE/WORKLOAD` of a pod whose workload has no pods of another kind; else its own name. */
export function workloadOf(picture: MapPicture | null, pod: string): string {
  if (!picture) return pod;
  const groups = groupPods(picture);
  const own = groups.find(({ pods }) => pods.some((index) => picture.pods[index]?.id === pod));
  if (!own) return pod;
  const isAlone = groups.every(
    (other) => other === own || other.namespace !== own.namespace || other.name !== own.name,
  );
  return isAlone ? `${own.namespace}/${own.name}` : pod;
}

function short(policy: string): string {
  return policy.slice(policy.indexOf("/") + 1);
}

function listOf(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "any policy") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
}
