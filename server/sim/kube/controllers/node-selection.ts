/** Which nodes a pod may run on: selectors, affinity, taints. Shared by scheduler and daemonset controller. */
import type { Node, NodeSelectorTerm, PodSpec, Taint, Toleration } from "./objects.ts";
import { matchesLabels, matchesRequirement } from "./selectors.ts";

/** `nodeSelector` and required node affinity together. */
export function matchesNodeSelection(spec: PodSpec, node: Node): boolean {
  if (!matchesLabels(spec.nodeSelector, node.metadata.labels)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/** An empty term matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const fieldValues = { "metadata.name": node.metadata.name };
  return (
    expressions.every(({ key, operator, values }) =>
      matchesRequirement(node.metadata.labels ?? {}, key, operator, values ?? []),
    ) && fields.every(({ key, operator, values }) => matchesRequirement(fieldValues, key, operator, values ?? []))
  );
}

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  return toleration.operator === "Exists" || (toleration.value ?? "") === (taint.value ?? "");
}

export function untolerated(
  tolerations: readonly Toleration[],
  node: Node,
  effects: readonly string[],
): Taint | undefined {
  return taintsOf(node)
    .filter((taint) => effects.includes(taint.effect))
    .find((taint) => !tolerations.some((toleration) => tolerates(toleration, taint)));
}

export const toleratesTaints = (tolerations: readonly Toleration[], node: Node, effects: readonly string[]): boolean =>
  untolerated(tolerations, node, effects) === undefined;

/** A cordoned node counts as tainted even before the node controller wrote the taint. */
function taintsOf(node: Node): readonly Taint[] {
  return node.spec.taints ?? [];
}
