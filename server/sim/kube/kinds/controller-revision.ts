import type { KubeObject } from "../api/types.ts";
import { defineKind } from "./define.ts";
import { integer } from "./fields.ts";
import { invalid } from "./validation/errors.ts";
import { validateImmutable, validateNonNegative } from "./validation/metadata.ts";

export const controllerRevision = defineKind({
  group: "apps",
  kind: "ControllerRevision",
  plural: "controllerrevisions",
  cells: {
    Controller: controllerCell,
    Revision: (object) => integer(object["revision"]),
  },
  validateSpec: (object) => [
    ...(object["data"] === undefined ? [invalid("data", null, "data is mandatory")] : []),
    ...validateNonNegative(object["revision"], "revision"),
  ],
  validateChange: (object, old) => validateImmutable(object["data"], old["data"], "data"),
});

/** `daemonset.apps/kube-proxy`. */
function controllerCell(object: KubeObject): string {
  const owner = object.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (owner === undefined) return "<none>";
  const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
  const kind = owner.kind.toLowerCase();
  return `${group === "" ? kind : `${kind}.${group}`}/${owner.name}`;
}
