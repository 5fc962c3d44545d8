import { defineKind } from "./define.ts";
import { equalJson, fill, text } from "./fields.ts";
import { forbidden, notSupported, required } from "./validation/errors.ts";

export const DEFAULT_CLASS_ANNOTATION = "storageclass.kubernetes.io/is-default-class";

export const storageClass = defineKind({
  group: "storage.k8s.io",
  kind: "StorageClass",
  plural: "storageclasses",
  shortNames: ["sc"],
  isNamespaced: false,
  cells: {
    Name: ({ metadata }) =>
      metadata.annotations?.[DEFAULT_CLASS_ANNOTATION] === "true" ? `${metadata.name} (default)` : metadata.name,
    Provisioner: (object) => text(object["provisioner"]),
    ReclaimPolicy: (object) => text(object["reclaimPolicy"]) || "Delete",
    VolumeBindingMode: (object) => text(object["volumeBindingMode"]) || "Immediate",
    AllowVolumeExpansion: (object) => object["allowVolumeExpansion"] === true,
  },

  applyDefaults(draft) {
    fill(draft, "reclaimPolicy", "Delete");
    fill(draft, "volumeBindingMode", "Immediate");
  },

  validateSpec(object) {
    const reclaim = text(object["reclaimPolicy"]);
    const mode = text(object["volumeBindingMode"]);
    const modes = ["Immediate", "WaitForFirstConsumer"];
    const policies = ["Delete", "Retain"];
    return [
      ...(text(object["provisioner"]) === "" ? [required("provisioner")] : []),
      ...(policies.includes(reclaim) ? [] : [notSupported("reclaimPolicy", reclaim, policies)]),
      ...(modes.includes(mode) ? [] : [notSupported("volumeBindingMode", mode, modes)]),
    ];
  },
  isChangeCheckedFirst: true,
  validateChange: (object, old) =>
    ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"].flatMap((field) =>
      equalJson(object[field], old[field]) ? [] : [forbidden(field, `updates to ${field} are forbidden.`)],
    ),
});
