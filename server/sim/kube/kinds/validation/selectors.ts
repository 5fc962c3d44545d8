/** Label selectors and node selectors, as apimachinery `meta/v1/validation` and core's validation check them. */
import { type Fields, fields, objects, strings, text } from "../fields.ts";
import { type FieldErrors, forbidden, invalid, invalids, required } from "./errors.ts";
import { validateLabels } from "./metadata.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";

/** A `metav1.LabelSelector`; absent is right. */
export function validateLabelSelector(selector: unknown, path: string): FieldErrors {
  const { matchLabels, matchExpressions } = fields(selector);
  return [
    ...validateLabels(matchLabels, `${path}.matchLabels`),
    ...objects(matchExpressions).flatMap((expression, index) =>
      validateRequirement(expression, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

/** One entry of `matchExpressions`; `operatorErrors` knows the operators there are. */
export function validateRequirement(
  expression: Fields,
  path: string,
  operatorErrors: (expression: Fields, path: string) => FieldErrors = validateOperator,
): FieldErrors {
  const key = text(expression["key"]);
  return [
    ...operatorErrors(expression, path),
    ...invalids(`${path}.key`, key, isQualifiedName(key)),
    ...strings(expression["values"]).flatMap((value, index) =>
      invalids(`${path}.values[${index}]`, value, isLabelValue(value)),
    ),
  ];
}

/** The operators of label selectors. */
export function validateOperator(expression: Fields, path: string): FieldErrors {
  const values = strings(expression["values"]);
  switch (expression["operator"]) {
    case "In":
    case "NotIn":
      return values.length > 0
        ? []
        : [required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'")];
    case "Exists":
    case "DoesNotExist":
      return values.length === 0
        ? []
        : [forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'")];
    default:
      return [invalid(`${path}.operator`, text(expression["operator"]), "not a valid selector operator")];
  }
}

export function isEmptySelector(selector: unknown): boolean {
  const { matchLabels, matchExpressions } = fields(selector);
  return Object.keys(fields(matchLabels)).length === 0 && objects(matchExpressions).length === 0;
}

/** Whether labels satisfy a selector. `undefined` matches nothing, `{}` everything. */
export function selectorMatches(selector: unknown, labels: Readonly<Record<string, string>>): boolean {
  if (selector === undefined || selector === null) return false;
  const { matchLabels, matchExpressions } = fields(selector);
  return (
    Object.entries(fields(matchLabels)).every(([key, value]) => labels[key] === value) &&
    objects(matchExpressions).every((expression) => requirementMatches(expression, labels))
  );
}

function requirementMatches(expression: Fields, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[text(expression["key"])];
  const values = strings(expression["values"]);
  switch (expression["operator"]) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

/**
 * A selector in the text form of `metav1.FormatLabelSelector`: requirements sorted by key,
 * `a in (x,z),app=web`; `<none>` when empty or absent.
 */
export function formatLabelSelector(selector: unknown): string {
  const { matchLabels, matchExpressions } = fields(selector);
  const requirements = [
    ...Object.entries(fields(matchLabels)).map(([key, value]) => ({ key, text: `${key}=${text(value)}` })),
    ...objects(matchExpressions).map((expression) => ({
      key: text(expression["key"]),
      text: formatRequirement(expression),
    })),
  ];
  if (requirements.some((requirement) => requirement.text === "")) return "<error>";
  const sorted = requirements.sort((left, right) => (left.key < right.key ? -1 : left.key > right.key ? 1 : 0));
  return sorted.length === 0 ? "<none>" : sorted.map((requirement) => requirement.text).join(",");
}

/** Empty for an operator that is none. */
function formatRequirement(expression: Fields): string {
  const key = text(expression["key"]);
  const values = [...strings(expression["values"])].sort().join(",");
  switch (expression["operator"]) {
    case "In":
      return `${key} in (${values})`;
    case "NotIn":
      return `${key} notin (${values})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return "";
  }
}

/** A plain map of labels as kubectl writes it: sorted, `a=1,b=2`; `<none>` when empty. */
export function formatLabels(labels: unknown): string {
  const entries = Object.entries(fields(labels)).sort(([left], [right]) => (left < right ? -1 : 1));
  return entries.length === 0 ? "<none>" : entries.map(([key, value]) => `${key}=${text(value)}`).join(",");
}
