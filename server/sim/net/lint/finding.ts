/** What a check of policies finds, and what all checks ask of a state. */
import type { WrongFlow } from "../reach/comparison.ts";
import type { EngineState } from "../filter/engine.ts";
import { METADATA_NAME } from "../filter/peer-set.ts";
import type { Policy } from "../policy/policy.ts";
import { type Selector, selectorMatches } from "../policy/selector.ts";
import type { Labels, PodFacts } from "../types.ts";

export type FindingId =
  | "selects-no-pod"
  | "peer-matches-nothing"
  | "named-port-nobody-declares"
  | "rule-changes-nothing"
  | "rule-is-shadowed"
  | "policy-changes-nothing"
  | "allows-every-source"
  | "allows-every-namespace"
  | "allows-every-address"
  | "egress-without-dns"
  | "block-cannot-match"
  | "isolates-ingress-by-default";

export interface Finding {
  readonly id: FindingId;
  readonly severity: "error" | "warning" | "note";
  /** `NAMESPACE/NAME`, or `NAME` of a ClusterNetworkPolicy. */
  readonly policy: string;
  /** Into the policy object. */
  readonly path: string;
  readonly text: string;
  /** A flow that shows it. */
  readonly flow?: WrongFlow;
}

/** Pods that policies may concern: neither finished nor in their node's network. */
export function livePods(state: EngineState): readonly PodFacts[] {
  return state.pods.filter((pod) => !pod.isFinished && !pod.hostNetwork);
}

/** Every namespace bears its name as a label (rule 44). */
export function namespaceLabels(state: EngineState, name: string): Labels {
  return { ...state.namespaces.find((namespace) => namespace.name === name)?.labels, [METADATA_NAME]: name };
}

/** Live pods in the namespaces a selector means; null means `own`. */
export function podsIn(state: EngineState, namespaces: Selector | null, own: string | null): readonly PodFacts[] {
  if (namespaces === null) return livePods(state).filter((pod) => pod.namespace === own);
  return livePods(state).filter((pod) => selectorMatches(namespaces, namespaceLabels(state, pod.namespace)));
}

export function selectedPods(state: EngineState, policy: Policy): readonly PodFacts[] {
  const { namespace, subjectNamespaces, subjectPods } = policy;
  return podsIn(state, subjectNamespaces, namespace).filter((pod) => selectorMatches(subjectPods, pod.labels));
}
