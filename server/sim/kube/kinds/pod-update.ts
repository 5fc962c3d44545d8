/** What an update may change of a pod, and what the server warns of in pod specs. */
import type { KubeObject } from "../api/types.ts";
import {
  at,
  cloneJson,
  equalJson,
  type Fields,
  fields,
  integer,
  isAbsent,
  objects,
  semanticallyEqual,
  strings,
  text,
} from "./fields.ts";
import { internalPodSpecLines } from "./internal-form.ts";
import { quantityNano } from "./quantity.ts";
import type { Draft } from "./types.ts";
import { unifiedDiff } from "./unified-diff.ts";
import { validateImage } from "./validation/containers.ts";
import { type FieldErrors, forbidden, invalid } from "./validation/errors.ts";
import { isDns1123Label } from "./validation/names.ts";

const MUTABLE_FIELDS =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

export function validatePodChange(object: KubeObject, old: KubeObject): FieldErrors {
  const spec = fields(object["spec"]);
  const before = fields(old["spec"]);
  for (const kind of ["containers", "initContainers"]) {
    if (objects(spec[kind]).length !== objects(before[kind]).length) {
      return [forbidden(`spec.${kind}`, "pod updates may not add or remove containers")];
    }
  }
  return [
    ...validateImages(spec),
    ...validateDeadlineChange(spec["activeDeadlineSeconds"], before["activeDeadlineSeconds"]),
    ...validateOnlyAdded(objects(spec["tolerations"]), objects(before["tolerations"])),
    ...validateRest(spec, before),
  ];
}

function validateImages(spec: Fields): FieldErrors {
  return ["containers", "initContainers"].flatMap((kind) =>
    objects(spec[kind]).flatMap((container, index) => {
      const image = text(container["image"]);
      // Only blanks are looked at here; a missing image is found with the rest of the spec.
      return image === "" ? [] : validateImage(image, `spec.${kind}[${index}].image`);
    }),
  );
}

function validateDeadlineChange(seconds: unknown, before: unknown): FieldErrors {
  const path = "spec.activeDeadlineSeconds";
  if (isAbsent(before)) return [];
  if (isAbsent(seconds)) return [invalid(path, null, "must not update from a positive integer to nil value")];
  return integer(seconds) > integer(before)
    ? [invalid(path, seconds, "must be less than or equal to previous value")]
    : [];
}

function validateOnlyAdded(tolerations: readonly Fields[], before: readonly Fields[]): FieldErrors {
  const withoutSeconds = (toleration: Fields) => ({ ...toleration, tolerationSeconds: undefined });
  const isKept = before.every((old) =>
    tolerations.some((toleration) => equalJson(withoutSeconds(toleration), withoutSeconds(old))),
  );
  const detail = "existing toleration can not be modified except its tolerationSeconds";
  return isKept ? [] : [forbidden("spec.tolerations", detail)];
}

/** Everything that may change is set back; what then still differs is refused, with the difference. */
function validateRest(spec: Fields, before: Fields): FieldErrors {
  const munged = cloneJson(spec) as Draft;
  for (const field of ["activeDeadlineSeconds", "tolerations", "schedulingGates"]) restore(munged, before, field);
  if (integer(before["terminationGracePeriodSeconds"]) < 0 && spec["terminationGracePeriodSeconds"] === 1) {
    restore(munged, before, "terminationGracePeriodSeconds");
  }
  for (const kind of ["containers", "initContainers"]) {
    for (const [index, container] of objects(munged[kind]).entries()) {
      restore(container as Draft, objects(before[kind])[index] ?? {}, "image");
    }
  }
  if (semanticallyEqual(munged, before)) return [];
  const difference = unifiedDiff(internalPodSpecLines(before), internalPodSpecLines(munged));
  return [forbidden("spec", `pod updates may not change fields other than ${MUTABLE_FIELDS}\n${difference}`)];
}

function restore(draft: Draft, before: Fields, field: string): void {
  if (before[field] === undefined) delete draft[field];
  else draft[field] = before[field];
}

export function podWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  const name = object.metadata.name;
  const labelErrors = isDns1123Label(name);
  const hostname = `metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [${labelErrors.join(" ")}]`;
  return [
    ...(old === undefined && labelErrors.length > 0 ? [hostname] : []),
    ...podSpecWarnings(fields(object["spec"]), "spec", fields(old?.["spec"])),
  ];
}

/** Names from which pods take theirs. */
export function podNameWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  const errors = old === undefined ? isDns1123Label(object.metadata.name) : [];
  if (errors.length === 0) return [];
  return [
    `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${errors.join(" ")}]`,
  ];
}

/** The same for a workload whose template stands at `spec.template`. */
export function namedTemplateWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  return [...podNameWarnings(object, old), ...templateWarnings(object, old)];
}

/** Warnings on the template at `spec.template` of a workload. */
export function templateWarnings(object: KubeObject, old: KubeObject | undefined): readonly string[] {
  return podSpecWarnings(
    fields(at(object, "spec", "template", "spec")),
    "spec.template.spec",
    fields(at(old, "spec", "template", "spec")),
  );
}

const DEPRECATED_NODE_LABELS: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** An unchanged spec is not warned of again. */
export function podSpecWarnings(spec: Fields, path: string, old: Fields): readonly string[] {
  if (Object.keys(old).length > 0 && semanticallyEqual(spec, old)) return [];
  return [
    ...Object.keys(fields(spec["nodeSelector"])).flatMap((label) => {
      const message = DEPRECATED_NODE_LABELS[label];
      return message === undefined ? [] : [`${path}.nodeSelector[${label}]: ${message}`];
    }),
    ...selectorWarnings(spec, path),
    ...["initContainers", "containers"].flatMap((kind) =>
      objects(spec[kind]).flatMap((container, index) => containerWarnings(container, `${path}.${kind}[${index}]`)),
    ),
  ];
}

/** Terms that look for pods but say of none which. */
function selectorWarnings(spec: Fields, path: string): readonly string[] {
  const required = "requiredDuringSchedulingIgnoredDuringExecution";
  const terms = ["podAffinity", "podAntiAffinity"].flatMap((kind) =>
    objects(at(spec, "affinity", kind, required)).map((term, index) => ({
      term,
      at: `${path}.affinity.${kind}.${required}[${index}]`,
    })),
  );
  const constraints = objects(spec["topologySpreadConstraints"]).map((term, index) => ({
    term,
    at: `${path}.topologySpreadConstraints[${index}]`,
  }));
  return [...terms, ...constraints].flatMap((entry) =>
    isAbsent(entry.term["labelSelector"])
      ? [`${entry.at}.labelSelector: a null labelSelector results in matching no pod`]
      : [],
  );
}

function containerWarnings(container: Fields, path: string): readonly string[] {
  return [
    ...fractionalBytes(container, path),
    ...duplicateVariables(container, path),
    ...duplicatePorts(objects(container["ports"]), `${path}.ports`),
  ];
}

/** `memory: 100m` is a tenth of a byte, which nobody means. */
function fractionalBytes(container: Fields, path: string): readonly string[] {
  return ["memory", "ephemeral-storage"].flatMap((resource) =>
    ["limits", "requests"].flatMap((kind) =>
      fractionalByteWarnings(at(container, "resources", kind, resource), `${path}.resources.${kind}[${resource}]`),
    ),
  );
}

export function fractionalByteWarnings(value: unknown, path: string): readonly string[] {
  return quantityNano(value) % 1_000_000_000n === 0n
    ? []
    : [`${path}: fractional byte value ${JSON.stringify(value)} is invalid, must be an integer`];
}

function duplicateVariables(container: Fields, path: string): readonly string[] {
  const names = strings(objects(container["env"]).map((variable) => variable["name"]));
  return names.flatMap((name, index) =>
    names.indexOf(name) < index
      ? [
          `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
        ]
      : [],
  );
}

function duplicatePorts(ports: readonly Fields[], path: string): readonly string[] {
  const key = (port: Fields) =>
    [port["containerPort"], port["protocol"], port["hostPort"] ?? 0, port["hostIP"] ?? ""].join("/");
  const keys = ports.map(key);
  return keys.flatMap((entry, index) => {
    const first = keys.indexOf(entry);
    return first < index ? [`${path}[${index}]: duplicate port definition with ${path}[${first}]`] : [];
  });
}
