/** What decides on which node a pod may run: affinity, tolerations, spread, selectors. */
import { at, type Fields, fields, integer, isAbsent, isObject, objects, strings, text } from "../fields.ts";
import { type FieldErrors, invalid, invalids, notSupported, required } from "./errors.ts";
import { isLabelValue, isQualifiedName } from "./names.ts";
import { validateLabelSelector, validateOperator, validateRequirement } from "./selectors.ts";

export const TAINT_EFFECTS = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

export function validateTolerations(tolerations: unknown, path: string): FieldErrors {
  return objects(tolerations).flatMap((toleration, index) => validateToleration(toleration, `${path}[${index}]`));
}

function validateToleration(toleration: Fields, path: string): FieldErrors {
  const key = text(toleration["key"]);
  const operator = text(toleration["operator"]);
  const effect = text(toleration["effect"]);
  const matchesAll = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
  return [
    ...(key === "" ? [] : invalids(`${path}.key`, key, isQualifiedName(key))),
    ...(key === "" && operator !== "Exists" ? [invalid(`${path}.operator`, operator, matchesAll)] : []),
    ...(!isAbsent(toleration["tolerationSeconds"]) && effect !== "NoExecute"
      ? [invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...validateTolerationOperator(operator, text(toleration["value"]), path),
    ...(effect === "" || TAINT_EFFECTS.includes(effect) ? [] : [notSupported(`${path}.effect`, effect, TAINT_EFFECTS)]),
  ];
}

function validateTolerationOperator(operator: string, value: string, path: string): FieldErrors {
  switch (operator) {
    case "":
    case "Equal": {
      const messages = isLabelValue(value);
      return messages.length > 0 ? [invalid(`${path}.operator`, value, messages.join(";"))] : [];
    }
    case "Exists":
      return value === ""
        ? []
        : [invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")];
    default:
      return [notSupported(`${path}.operator`, operator, ["Equal", "Exists"])];
  }
}

export function validateAffinity(affinity: unknown, path: string): FieldErrors {
  if (!isObject(affinity)) return [];
  return [
    ...validateNodeAffinity(fields(affinity["nodeAffinity"]), `${path}.nodeAffinity`),
    ...["podAffinity", "podAntiAffinity"].flatMap((kind) =>
      validatePodAffinity(fields(affinity[kind]), `${path}.${kind}`),
    ),
  ];
}

const REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";
const PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution";

function validateNodeAffinity(affinity: Fields, path: string): FieldErrors {
  return [
    ...(isObject(affinity[REQUIRED]) ? validateNodeSelector(affinity[REQUIRED], `${path}.${REQUIRED}`) : []),
    ...objects(affinity[PREFERRED]).flatMap((term, index) => [
      ...validateWeight(term, `${path}.${PREFERRED}[${index}]`),
      ...validateNodeTerm(fields(term["preference"]), `${path}.${PREFERRED}[${index}].preference`),
    ]),
  ];
}

export function validateNodeSelector(selector: Fields, path: string): FieldErrors {
  const terms = objects(selector["nodeSelectorTerms"]);
  if (terms.length === 0) return [required(`${path}.nodeSelectorTerms`, "must have at least one node selector term")];
  return terms.flatMap((term, index) => validateNodeTerm(term, `${path}.nodeSelectorTerms[${index}]`));
}

function validateNodeTerm(term: Fields, path: string): FieldErrors {
  return objects(term["matchExpressions"]).flatMap((expression, index) =>
    validateRequirement(expression, `${path}.matchExpressions[${index}]`, validateNodeOperator),
  );
}

/** Node selectors compare numbers as well. */
function validateNodeOperator(expression: Fields, path: string): FieldErrors {
  const operator = expression["operator"];
  if (operator !== "Gt" && operator !== "Lt") return validateOperator(expression, path);
  return strings(expression["values"]).length === 1
    ? []
    : [required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'")];
}

function validatePodAffinity(affinity: Fields, path: string): FieldErrors {
  return [
    ...objects(affinity[REQUIRED]).flatMap((term, index) => validatePodTerm(term, `${path}.${REQUIRED}[${index}]`)),
    ...objects(affinity[PREFERRED]).flatMap((term, index) => [
      ...validateWeight(term, `${path}.${PREFERRED}[${index}]`),
      ...validatePodTerm(fields(term["podAffinityTerm"]), `${path}.${PREFERRED}[${index}].podAffinityTerm`),
    ]),
  ];
}

function validatePodTerm(term: Fields, path: string): FieldErrors {
  const topologyKey = text(term["topologyKey"]);
  return [
    ...validateLabelSelector(term["labelSelector"], `${path}.labelSelector`),
    ...validateLabelSelector(term["namespaceSelector"], `${path}.namespaceSelector`),
    ...(topologyKey === ""
      ? [required(`${path}.topologyKey`, "can not be empty")]
      : invalids(`${path}.topologyKey`, topologyKey, isQualifiedName(topologyKey))),
  ];
}

function validateWeight(term: Fields, path: string): FieldErrors {
  const weight = integer(term["weight"]);
  return weight >= 1 && weight <= 100 ? [] : [invalid(`${path}.weight`, weight, "must be in the range 1-100")];
}

export function validateSpread(constraints: unknown, path: string): FieldErrors {
  const choices = ["DoNotSchedule", "ScheduleAnyway"];
  return objects(constraints).flatMap((constraint, index) => {
    const constraintPath = `${path}[${index}]`;
    const skew = integer(constraint["maxSkew"]);
    const action = text(at(constraint, "whenUnsatisfiable"));
    return [
      ...(skew > 0 ? [] : [invalid(`${constraintPath}.maxSkew`, skew, "must be greater than zero")]),
      ...(text(constraint["topologyKey"]) === ""
        ? [required(`${constraintPath}.topologyKey`, "can not be empty")]
        : []),
      ...(choices.includes(action) ? [] : [notSupported(`${constraintPath}.whenUnsatisfiable`, action, choices)]),
      ...validateLabelSelector(constraint["labelSelector"], `${constraintPath}.labelSelector`),
    ];
  });
}
