import type { KubeObject } from "../api/types.ts";
import { accessModesText, textCell } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  draftAt,
  draftIfPresent,
  type Fields,
  fields,
  fill,
  fillEmpty,
  isAbsent,
  list,
  semanticallyEqual,
  text,
} from "./fields.ts";
import { quantityNano } from "./quantity.ts";
import { type FieldErrors, forbidden, invalid, notSupported, required } from "./validation/errors.ts";
import { accessModeErrors, validateHostPath } from "./validation/volumes.ts";

const NOT_SOURCES = new Set([
  "accessModes",
  "capacity",
  "claimRef",
  "mountOptions",
  "nodeAffinity",
  "persistentVolumeReclaimPolicy",
  "storageClassName",
  "volumeAttributesClassName",
  "volumeMode",
]);

export const persistentVolume = defineKind({
  kind: "PersistentVolume",
  plural: "persistentvolumes",
  shortNames: ["pv"],
  isNamespaced: false,
  subresources: {
    status: statusSubresource("PersistentVolume"),
  },
  cells: {
    Capacity: (object) => text(at(object, "spec", "capacity", "storage")),
    "Access Modes": (object) => accessModesText(at(object, "spec", "accessModes")),
    "Reclaim Policy": textCell("", "spec", "persistentVolumeReclaimPolicy"),
    Status: (object) =>
      object.metadata.deletionTimestamp === undefined ? text(at(object, "status", "phase")) : "Terminating",
    Claim: claimCell,
    StorageClass: textCell("", "spec", "storageClassName"),
    VolumeAttributesClass: textCell("<unset>", "spec", "volumeAttributesClassName"),
    Reason: textCell("", "status", "reason"),
    VolumeMode: textCell("<unset>", "spec", "volumeMode"),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fillEmpty(spec, "persistentVolumeReclaimPolicy", "Retain");
    fill(spec, "volumeMode", "Filesystem");
    const hostPath = draftIfPresent(spec, "hostPath");
    if (hostPath !== undefined) fill(hostPath, "type", "");
    fillEmpty(draftAt(draft, "status"), "phase", "Pending");
  },
  initialStatus: () => ({ phase: "Pending" }),

  validateSpec: (object) => validateVolume(fields(object["spec"])),
  validateChange(object, old) {
    const source = (owner: KubeObject) => fields(Object.fromEntries(sourcesOf(fields(owner["spec"]))));
    return semanticallyEqual(source(object), source(old))
      ? []
      : [forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation")];
  },
});

function claimCell(object: KubeObject): string {
  const claim = at(object, "spec", "claimRef");
  return isAbsent(claim) ? "" : `${text(at(claim, "namespace"))}/${text(at(claim, "name"))}`;
}

function sourcesOf(spec: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(spec).filter(([name, value]) => !NOT_SOURCES.has(name) && !isAbsent(value));
}

function validateVolume(spec: Fields): FieldErrors {
  const capacity = fields(spec["capacity"]);
  const policy = text(spec["persistentVolumeReclaimPolicy"]);
  const policies = ["Delete", "Recycle", "Retain"];
  const sources = sourcesOf(spec);
  return [
    ...(list(spec["accessModes"]).length === 0 ? [required("spec.accessModes")] : []),
    ...accessModeErrors(spec["accessModes"], "spec.accessModes"),
    ...(Object.keys(capacity).length === 0 ? [required("spec.capacity")] : []),
    ...("storage" in capacity && quantityNano(capacity["storage"]) <= 0n
      ? [invalid("spec.capacity[storage]", text(capacity["storage"]), "must be greater than zero")]
      : []),
    ...(policies.includes(policy) ? [] : [notSupported("spec.persistentVolumeReclaimPolicy", policy, policies)]),
    ...sources.flatMap(([name, source], index) =>
      index > 0
        ? [forbidden(`spec.${name}`, "may not specify more than 1 volume type")]
        : name === "hostPath"
          ? validateHostPath(fields(source), "spec.hostPath")
          : [],
    ),
    ...(sources.length === 0 ? [required("spec", "must specify a volume type")] : []),
  ];
}
