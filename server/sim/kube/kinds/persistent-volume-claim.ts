import type { KubeObject } from "../api/types.ts";
import { accessModesText, textCell } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import {
  at,
  cloneJson,
  draftAt,
  type Fields,
  fields,
  fill,
  fillEmpty,
  list,
  semanticallyEqual,
  text,
} from "./fields.ts";
import { internalForm } from "./internal-form.ts";
import { fractionalByteWarnings } from "./pod-update.ts";
import { quantityNano } from "./quantity.ts";
import type { Draft } from "./types.ts";
import { unifiedDiff } from "./unified-diff.ts";
import { type FieldErrors, forbidden, invalid, required } from "./validation/errors.ts";
import { validateLabelSelector } from "./validation/selectors.ts";
import { accessModeErrors } from "./validation/volumes.ts";

const CLAIM_SPEC = "io.k8s.api.core.v1.PersistentVolumeClaimSpec";

export const persistentVolumeClaim = defineKind({
  kind: "PersistentVolumeClaim",
  plural: "persistentvolumeclaims",
  shortNames: ["pvc"],
  subresources: {
    status: statusSubresource("PersistentVolumeClaim"),
  },
  cells: {
    Status: (object) =>
      object.metadata.deletionTimestamp === undefined ? text(at(object, "status", "phase")) : "Terminating",
    Volume: textCell("", "spec", "volumeName"),
    Capacity: (object) => (isBound(object) ? text(at(object, "status", "capacity", "storage")) || "0" : ""),
    "Access Modes": (object) => (isBound(object) ? accessModesText(at(object, "status", "accessModes")) : ""),
    StorageClass: textCell("", "spec", "storageClassName"),
    VolumeAttributesClass: textCell("<unset>", "spec", "volumeAttributesClassName"),
    VolumeMode: textCell("<unset>", "spec", "volumeMode"),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    draftAt(spec, "resources");
    fill(spec, "volumeMode", "Filesystem");
    fillEmpty(draftAt(draft, "status"), "phase", "Pending");
  },
  initialStatus: () => ({ phase: "Pending" }),

  validateSpec: (object) => validateClaim(fields(object["spec"])),
  validateChange: validateClaimChange,
  warnings: (object) =>
    fractionalByteWarnings(at(object, "spec", "resources", "requests", "storage"), "spec.resources.requests[storage]"),
});

function isBound(object: KubeObject): boolean {
  return text(at(object, "spec", "volumeName")) !== "";
}

function validateClaim(spec: Fields): FieldErrors {
  const storage = at(spec, "resources", "requests", "storage");
  return [
    ...(list(spec["accessModes"]).length === 0
      ? [required("spec.accessModes", "at least 1 access mode is required")]
      : []),
    ...(spec["selector"] === undefined ? [] : validateLabelSelector(spec["selector"], "spec.selector")),
    ...accessModeErrors(spec["accessModes"], "spec.accessModes"),
    ...(storage === undefined ? [required("spec.resources[storage]")] : []),
    ...(storage !== undefined && quantityNano(storage) <= 0n
      ? [invalid("spec.resources[storage]", text(storage), "must be greater than zero")]
      : []),
  ];
}

/** A bound claim may grow; everything else stays. */
function validateClaimChange(object: KubeObject, old: KubeObject): FieldErrors {
  const munged = cloneJson(fields(object["spec"])) as Draft;
  const before = fields(old["spec"]);
  if (text(before["volumeName"]) === "") munged["volumeName"] = before["volumeName"];
  if (at(old, "status", "phase") === "Bound") munged["resources"] = before["resources"];
  if (semanticallyEqual(munged, before)) return validateGrowth(object, old);
  const lines = (spec: unknown) => JSON.stringify(internalForm(spec, CLAIM_SPEC), null, 1).split("\n");
  const rule =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
  return [forbidden("spec", `${rule}\n${unifiedDiff(lines(before), lines(munged))}`)];
}

function validateGrowth(object: KubeObject, old: KubeObject): FieldErrors {
  const [size, before] = [object, old].map((owner) =>
    quantityNano(at(owner, "spec", "resources", "requests", "storage")),
  );
  return size !== undefined && before !== undefined && size < before
    ? [forbidden("spec.resources.requests.storage", "field can not be less than previous value")]
    : [];
}
