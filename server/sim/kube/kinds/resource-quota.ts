import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, stringMap } from "./fields.ts";
import { type FieldErrors, invalid, invalids } from "./validation/errors.ts";
import { isQualifiedName } from "./validation/names.ts";
import { validateNonNegativeQuantity } from "./validation/quantities.ts";

export const resourceQuota = defineKind({
  kind: "ResourceQuota",
  plural: "resourcequotas",
  shortNames: ["quota"],
  subresources: {
    status: statusSubresource("ResourceQuota"),
  },
  cells: {
    Request: (object) => usage(object, (name) => !name.startsWith("limits.")),
    Limit: (object) => usage(object, (name) => name.startsWith("limits.")),
  },
  applyDefaults(draft) {
    draftAt(draft, "spec");
    draftAt(draft, "status");
  },
  validateSpec: (object) =>
    Object.entries(fields(at(object, "spec", "hard")))
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .flatMap(([name, value]) => [
        ...validateResourceName(name, `spec.hard[${name}]`),
        ...validateNonNegativeQuantity(value, `spec.hard[${name}]`),
      ]),
});

/** `pods: 0/5, requests.cpu: 0/1`. */
function usage(object: KubeObject, isShown: (name: string) => boolean): string {
  const hard = stringMap(at(object, "status", "hard"));
  const used = stringMap(at(object, "status", "used"));
  return Object.keys(hard)
    .filter(isShown)
    .sort()
    .map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`)
    .join(", ");
}

const STANDARD = new Set([
  ..."cpu memory ephemeral-storage requests.cpu requests.memory requests.storage requests.ephemeral-storage".split(" "),
  ..."limits.cpu limits.memory limits.ephemeral-storage pods resourcequotas services replicationcontrollers".split(" "),
  ..."secrets persistentvolumeclaims configmaps services.nodeports services.loadbalancers".split(" "),
]);

function validateResourceName(name: string, path: string): FieldErrors {
  const syntax = invalids(path, name, isQualifiedName(name));
  if (syntax.length > 0 || name.includes("/") || STANDARD.has(name)) return syntax;
  return [invalid(path, name, "must be a standard resource for quota")];
}
