import { textCell } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, draftIfPresent, fields, list, strings, text } from "./fields.ts";
import { validateFinalizer } from "./validation/metadata.ts";
import { isDns1123Label } from "./validation/names.ts";

/** Set by the server on every namespace, so that a policy can select one by name. */
export const NAMESPACE_NAME_LABEL = "kubernetes.io/metadata.name";

export const namespace = defineKind({
  kind: "Namespace",
  plural: "namespaces",
  shortNames: ["ns"],
  isNamespaced: false,
  verbs: ["create", "delete", "get", "list", "patch", "update", "watch"],
  subresources: {
    finalize: { kind: "Namespace", verbs: ["update"] },
    status: statusSubresource("Namespace"),
  },
  selectableFields: {
    "status.phase": (object) => text(at(object, "status", "phase")),
  },
  checkName: isDns1123Label,
  cells: {
    Status: textCell("", "status", "phase"),
  },

  applyDefaults(draft) {
    const metadata = draftAt(draft, "metadata");
    const name = text(metadata["name"]);
    if (name !== "") draftAt(metadata, "labels")[NAMESPACE_NAME_LABEL] = name;
    draftAt(draft, "spec");
  },

  initialStatus: () => ({ phase: "Active" }),

  prepareForCreate(draft) {
    const spec = draftAt(draft, "spec");
    const finalizers = strings(spec["finalizers"]);
    if (!finalizers.includes("kubernetes")) spec["finalizers"] = [...finalizers, "kubernetes"];
  },

  /** Finalizers change only through the subresource `finalize`. */
  prepareForUpdate(draft, old) {
    const spec = draftAt(draft, "spec");
    const finalizers = list(fields(old["spec"])["finalizers"]);
    if (finalizers.length > 0) spec["finalizers"] = [...finalizers];
    else if (draftIfPresent(draft, "spec") !== undefined) delete spec["finalizers"];
  },

  validateSpec: (object) =>
    strings(at(object, "spec", "finalizers")).flatMap((finalizer) => validateFinalizer(finalizer, "spec.finalizers")),
});
