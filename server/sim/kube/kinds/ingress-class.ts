import { defineKind } from "./define.ts";
import { at, draftIfPresent, fill, draftAt, isAbsent, text } from "./fields.ts";
import { invalid, required } from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";

export const ingressClass = defineKind({
  group: "networking.k8s.io",
  kind: "IngressClass",
  plural: "ingressclasses",
  isNamespaced: false,
  hasGeneration: true,
  cells: {
    Controller: (object) => text(at(object, "spec", "controller")),
    Parameters: (object) => {
      const parameters = at(object, "spec", "parameters");
      if (isAbsent(parameters)) return "<none>";
      const group = text(at(parameters, "apiGroup"));
      const kind = text(at(parameters, "kind"));
      return `${group === "" ? kind : `${kind}.${group}`}/${text(at(parameters, "name"))}`;
    },
  },
  applyDefaults(draft) {
    const parameters = draftIfPresent(draftAt(draft, "spec"), "parameters");
    if (parameters !== undefined) fill(parameters, "scope", "Cluster");
  },
  validateSpec(object) {
    const controller = text(at(object, "spec", "controller"));
    if (controller === "") return [required("spec.controller")];
    return /^[^/]+\/.+$/.test(controller)
      ? []
      : [invalid("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")')];
  },
  validateChange: (object, old) =>
    validateImmutable(at(object, "spec", "controller"), at(old, "spec", "controller"), "spec.controller"),
});
