import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  draftAt,
  draftIfPresent,
  fields,
  fill,
  fillEmpty,
  isAbsent,
  list,
  objects,
  strings,
  text,
} from "./fields.ts";
import { type FieldErrors, invalid, invalids, notSupported, required } from "./validation/errors.ts";
import { isDns1035Label, isDns1123Subdomain } from "./validation/names.ts";

export const customResourceDefinition = defineKind({
  group: "apiextensions.k8s.io",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  shortNames: ["crd", "crds"],
  categories: ["api-extensions"],
  isNamespaced: false,
  hasGeneration: true,
  subresources: {
    status: statusSubresource("CustomResourceDefinition"),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    const names = draftAt(spec, "names");
    fillEmpty(names, "singular", text(names["kind"]).toLowerCase());
    if (text(names["listKind"]) === "" && text(names["kind"]) !== "") names["listKind"] = `${text(names["kind"])}List`;
    fillEmpty(draftAt(spec, "conversion"), "strategy", "None");
    const webhook = draftIfPresent(draftAt(spec, "conversion"), "webhook");
    if (webhook !== undefined) fill(webhook, "conversionReviewVersions", ["v1"]);
  },

  initialStatus: (draft) => ({
    acceptedNames: { plural: "", kind: "" },
    conditions: null,
    storedVersions: objects(at(draft, "spec", "versions"))
      .filter((version) => version["storage"] === true)
      .map((version) => text(version["name"])),
  }),

  validateSpec(object) {
    const spec = fields(object["spec"]);
    const [plural, group] = [text(at(spec, "names", "plural")), text(spec["group"])];
    return [
      ...(object.metadata.name === `${plural}.${group}`
        ? []
        : [invalid("metadata.name", object.metadata.name, 'must be spec.names.plural+"."+spec.group')]),
      ...validateGroup(group),
      ...validateScope(text(spec["scope"])),
      ...validateVersions(objects(spec["versions"])),
      ...validateNames(fields(spec["names"])),
    ];
  },
});

function validateGroup(group: string): FieldErrors {
  if (group === "") return [required("spec.group")];
  const errors = isDns1123Subdomain(group);
  if (errors.length > 0) return [invalid("spec.group", group, errors.join(","))];
  return group.includes(".") ? [] : [invalid("spec.group", group, "should be a domain with at least one dot")];
}

function validateScope(scope: string): FieldErrors {
  const scopes = ["Cluster", "Namespaced"];
  if (scope === "") return [required("spec.scope")];
  return scopes.includes(scope) ? [] : [notSupported("spec.scope", scope, scopes)];
}

function validateVersions(versions: ReturnType<typeof objects>): FieldErrors {
  const storage = versions.filter((version) => version["storage"] === true).length;
  return [
    ...versions.flatMap((version, index) => [
      ...invalids(`spec.versions[${index}].name`, text(version["name"]), isDns1035Label(text(version["name"]))),
      ...(isAbsent(at(version, "schema", "openAPIV3Schema"))
        ? [required(`spec.versions[${index}].schema.openAPIV3Schema`, "schemas are required")]
        : []),
    ]),
    ...(storage === 1
      ? []
      : [
          invalid(
            "spec.versions",
            versions.map((version) => version["name"]),
            "must have exactly one version marked as storage version",
          ),
        ]),
  ];
}

function validateNames(names: Readonly<Record<string, unknown>>): FieldErrors {
  return [
    ...["plural", "singular", "kind", "listKind"].flatMap((field) => {
      const name = text(names[field]);
      const path = `spec.names.${field}`;
      if (name === "") return [required(path)];
      const errors = isDns1035Label(name.toLowerCase());
      return errors.length === 0 ? [] : [invalid(path, name, errors.join(","))];
    }),
    ...strings(list(names["shortNames"])).flatMap((name, index) =>
      invalids(`spec.names.shortNames[${index}]`, name, isDns1035Label(name)),
    ),
  ];
}
