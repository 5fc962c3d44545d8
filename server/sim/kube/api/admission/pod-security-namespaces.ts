/**
 * What Pod Security admission says of the namespaces themselves: labels must name a level, and raising the
 * enforced one warns of pods that are there already. Texts: k8s.io/pod-security-admission v0.36.
 */
import type { Draft, FieldError } from "../../kinds/types.ts";
import { invalid, invalidValue } from "../errors.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionPlugin } from "./plugin.ts";
import { type Level, PREFIX, problemsOf } from "./pod-security.ts";

type Labels = Readonly<Record<string, string>>;

const LEVELS: readonly string[] = ["privileged", "baseline", "restricted"];

export const podSecurityNamespaces: AdmissionPlugin = (request, draft, { resources }) => {
  if (resourceNameOf(request.kind) !== "namespaces" || request.subresource) return;
  if (request.verb !== "create" && request.verb !== "update") return;
  const labels = ((draft["metadata"] as Draft | undefined)?.["labels"] ?? {}) as Labels;
  const errors = labelErrors(labels);
  const old = request.old?.metadata.labels ?? {};
  // Labels that were wrong before may stay, so that everything else can still be changed.
  if (errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(labelErrors(old))) {
    throw invalid({ group: "", name: "Namespace" }, request.name, errors);
  }
  if (request.verb === "create" || !isRaised(old, labels)) return;
  const pods = resources.list(resources.registry.resource("pods"), request.name);
  request.operation.warnings.push(...warningsAbout(request.name, labels, pods));
};

function labelErrors(labels: Labels): readonly FieldError[] {
  const errors: FieldError[] = [];
  const check = (label: string, isValid: (value: string) => boolean, detail: string): void => {
    const value = labels[label];
    if (value !== undefined && !isValid(value)) errors.push(invalidValue(`metadata.labels[${label}]`, value, detail));
  };
  for (const mode of ["enforce", "audit", "warn"]) {
    check(`${PREFIX}/${mode}`, (value) => LEVELS.includes(value), `must be one of ${LEVELS.join(", ")}`);
    const isVersion = (value: string): boolean => value === "latest" || /^v1\.(0|[1-9]\d*)$/.test(value);
    check(`${PREFIX}/${mode}-version`, isVersion, 'must be "latest" or "v1.x"');
  }
  return errors;
}

const levelOf = (labels: Labels): Level => (labels[`${PREFIX}/enforce`] ?? "privileged") as Level;
const versionOf = (labels: Labels): string => labels[`${PREFIX}/enforce-version`] ?? "latest";

/** Whether pods that were allowed may no longer be: a higher level, or another version of one. */
function isRaised(old: Labels, next: Labels): boolean {
  const [before, after] = [levelOf(old), levelOf(next)];
  if (after === "privileged") return false;
  if (versionOf(old) !== versionOf(next)) return true;
  return LEVELS.indexOf(after) > LEVELS.indexOf(before);
}

interface CheckedPod {
  readonly metadata: { readonly name: string };
  readonly [field: string]: unknown;
}

function warningsAbout(namespace: string, labels: Labels, pods: readonly CheckedPod[]): readonly string[] {
  const level = levelOf(labels);
  const namesByProblem = new Map<string, string[]>();
  for (const { metadata, ...pod } of pods) {
    // Only the titles: `privileged`, without the containers.
    const problem = problemsOf((pod["spec"] ?? {}) as Draft, level)
      .map((text) => text.slice(0, text.indexOf(" (")))
      .join(", ");
    if (problem !== "") namesByProblem.set(problem, [...(namesByProblem.get(problem) ?? []), metadata.name]);
  }
  if (namesByProblem.size === 0) return [];
  const lines = [...namesByProblem].map(([problem, [first, ...others]]) => {
    const rest = others.length === 0 ? "" : ` (and ${others.length} other pod${others.length > 1 ? "s" : ""})`;
    return `${first}${rest}: ${problem}`;
  });
  return [
    `existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level "${level}:${versionOf(labels)}"`,
    ...lines.sort(),
  ];
}
