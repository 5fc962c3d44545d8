import type { Condition } from "./objects.ts";

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Puts the condition last, as the deployment controller does; keeps the transition time while the status is the same. */
export function setCondition(conditions: readonly Condition[], condition: Condition): readonly Condition[] {
  const present = findCondition(conditions, condition.type);
  if (present !== undefined && present.status === condition.status && present.reason === condition.reason) {
    return conditions;
  }
  const lastTransitionTime =
    present !== undefined && present.status === condition.status
      ? present.lastTransitionTime
      : condition.lastTransitionTime;
  return [...conditions.filter(({ type }) => type !== condition.type), { ...condition, lastTransitionTime }];
}

export function removeCondition(conditions: readonly Condition[], type: string): readonly Condition[] {
  return conditions.filter((condition) => condition.type !== type);
}
