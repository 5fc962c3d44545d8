/**
 * Label selectors as apimachinery's `labels.Selector` evaluates them: every requirement must hold;
 * `NotIn` and `DoesNotExist` hold where the key is missing (rules 37–43).
 */
import type { Labels, LabelSelector } from "../types.ts";

export type SelectorOperator = "In" | "NotIn" | "Exists" | "DoesNotExist";

export interface Requirement {
  readonly key: string;
  readonly operator: SelectorOperator;
  readonly values: readonly string[];
  /** Position in `matchExpressions`; -1 for an entry of `matchLabels`. */
  readonly expression: number;
}

export interface Selector {
  /** Equal for selectors that are written alike up to order: the key under which they are shared. */
  readonly id: string;
  /** None for `{}`, which matches everything. */
  readonly requirements: readonly Requirement[];
}

export const EVERYTHING: Selector = { id: "", requirements: [] };

/** Selectors by their text: most are written many times, and are kept once. */
const known = new Map<string, Selector>();
const MOST_KNOWN = 20_000;

/** Reads a selector. `null` and absent read as `{}`; the caller knows whether that means all or "not given". */
export function compileSelector(selector: LabelSelector | null | undefined): Selector {
  let text = "";
  const matchLabels = selector?.matchLabels;
  if (matchLabels) for (const key in matchLabels) text += `${key}=${matchLabels[key] ?? ""}\n`;
  const expressions = selector?.matchExpressions;
  if (expressions) {
    for (const expression of expressions) {
      if (!expression) text += "-\n";
      else text += `${expression.key} ${expression.operator} ${expression.values?.join("\t") ?? ""}\n`;
    }
  }
  if (text === "") return EVERYTHING;
  let compiled = known.get(text);
  if (compiled === undefined) {
    const requirements = readRequirements(matchLabels, expressions);
    compiled = requirements.length === 0 ? EVERYTHING : { id: selectorId(requirements), requirements };
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, compiled);
  }
  return compiled;
}

function readRequirements(
  matchLabels: LabelSelector["matchLabels"],
  expressions: LabelSelector["matchExpressions"],
): Requirement[] {
  const requirements: Requirement[] = [];
  for (const key in matchLabels ?? {}) {
    requirements.push({ key, operator: "In", values: [matchLabels?.[key] ?? ""], expression: -1 });
  }
  for (const [i, expression] of (expressions ?? []).entries()) {
    if (expression) requirements.push(readExpression(expression.key, expression.operator, expression.values ?? [], i));
  }
  return requirements;
}

// An operator that validation rejects can match nothing: no value is in an empty list.
function readExpression(key: string, operator: string, values: readonly string[], expression: number): Requirement {
  if (operator === "In" || operator === "NotIn") return { key, operator, values, expression };
  if (operator === "Exists" || operator === "DoesNotExist") return { key, operator, values: [], expression };
  return { key, operator: "In", values: [], expression };
}

function selectorId(requirements: readonly Requirement[]): string {
  if (requirements.length === 1 && requirements[0]) return requirementId(requirements[0]);
  return requirements.map(requirementId).sort().join(";");
}

function requirementId({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in ${[...values].sort().join(",")}`;
    case "NotIn":
      return `${key} notin ${[...values].sort().join(",")}`;
    case "Exists":
      return `${key} exists`;
    case "DoesNotExist":
      return `!${key}`;
  }
}

export function requirementHolds(requirement: Requirement, labels: Labels): boolean {
  const value: unknown = labels[requirement.key];
  // A label may be named like a member of Object.prototype; those are never strings.
  const isPresent = typeof value === "string";
  switch (requirement.operator) {
    case "In":
      return isPresent && requirement.values.includes(value);
    case "NotIn":
      return !isPresent || !requirement.values.includes(value);
    case "Exists":
      return isPresent;
    case "DoesNotExist":
      return !isPresent;
  }
}

export function selectorMatches(selector: Selector, labels: Labels): boolean {
  for (const requirement of selector.requirements) if (!requirementHolds(requirement, labels)) return false;
  return true;
}

/** The selector as `kubectl describe` prints requirements: `app=web,tier in (a,b),!canary`. */
export function formatSelector(selector: Selector): string {
  return selector.requirements.map(formatRequirement).join(",");
}

export function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(",")})`;
    case "NotIn":
      return `${key} notin (${values.join(",")})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
  }
}
