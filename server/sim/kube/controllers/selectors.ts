/** Label selectors as the API machinery evaluates them. */
import type { Labels, LabelSelector } from "./objects.ts";

/** A null or absent selector matches nothing; an empty one everything. */
export function matchesSelector(selector: LabelSelector | null | undefined, labels: Labels | undefined): boolean {
  if (selector === null || selector === undefined) return false;
  const present = labels ?? {};
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (present[key] !== value) return false;
  }
  return (selector.matchExpressions ?? []).every((requirement) =>
    matchesRequirement(present, requirement.key, requirement.operator, requirement.values ?? []),
  );
}

export function matchesLabels(wanted: Labels | null | undefined, labels: Labels | undefined): boolean {
  return Object.entries(wanted ?? {}).every(([key, value]) => labels?.[key] === value);
}

/** One requirement of a label or node selector. `Gt` and `Lt` compare integers. */
export function matchesRequirement(labels: Labels, key: string, operator: string, values: readonly string[]): boolean {
  const value = labels[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
