import { templateCells } from "./cells.ts";
import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";
import {
  at,
  type Fields,
  draftAt,
  draftList,
  fields,
  fill,
  fillEmpty,
  integer,
  semanticallyEqual,
  text,
} from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { templateWarnings } from "./pod-update.ts";
import { type FieldErrors, forbidden, invalid, notSupported, required } from "./validation/errors.ts";
import { validateNonNegative } from "./validation/metadata.ts";
import { validateCounts, validateWorkloadSelector, validateWorkloadTemplate } from "./workload.ts";

const MUTABLE = new Set([
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]);
const IMMUTABLE_MESSAGE =
  "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";

export const statefulSet = defineKind({
  group: "apps",
  kind: "StatefulSet",
  plural: "statefulsets",
  shortNames: ["sts"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("StatefulSet"),
  },
  cells: {
    Ready: (object) => `${integer(at(object, "status", "readyReplicas"))}/${integer(at(object, "spec", "replicas"))}`,
    ...templateCells("spec", "template"),
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fillEmpty(spec, "podManagementPolicy", "OrderedReady");
    const strategy = draftAt(spec, "updateStrategy");
    fillEmpty(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") fill(draftAt(strategy, "rollingUpdate"), "partition", 0);
    const retention = draftAt(spec, "persistentVolumeClaimRetentionPolicy");
    fillEmpty(retention, "whenDeleted", "Retain");
    fillEmpty(retention, "whenScaled", "Retain");
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    defaultPodTemplate(spec);
    for (const claim of draftList(spec, "volumeClaimTemplates")) {
      fill(claim, "apiVersion", "v1");
      fill(claim, "kind", "PersistentVolumeClaim");
      fillEmpty(draftAt(claim, "spec"), "volumeMode", "Filesystem");
      fillEmpty(draftAt(claim, "status"), "phase", "Pending");
    }
    const status = draftAt(draft, "status");
    fill(status, "replicas", 0);
    fill(status, "availableReplicas", 0);
  },

  initialStatus: () => ({ replicas: 0, availableReplicas: 0 }),

  validateSpec(object, context) {
    const spec = fields(object["spec"]);
    return [
      ...validatePolicies(spec),
      ...validateCounts(object, "replicas", "minReadySeconds"),
      ...validateWorkloadSelector(spec["selector"], "statefulset"),
      ...validateWorkloadTemplate(object, context, "StatefulSet"),
    ];
  },

  validateChange(object, old) {
    const kept = (owner: unknown) =>
      Object.fromEntries(Object.entries(fields(at(owner, "spec"))).filter(([name]) => !MUTABLE.has(name)));
    return semanticallyEqual(kept(object), kept(old)) ? [] : [forbidden("spec", IMMUTABLE_MESSAGE)];
  },
  warnings: templateWarnings,
});

function validatePolicies(spec: Fields): FieldErrors {
  const management = text(spec["podManagementPolicy"]);
  const managements = ["OrderedReady", "Parallel"];
  return [
    ...(management === "" ? [required("spec.podManagementPolicy")] : []),
    ...(management === "" || managements.includes(management)
      ? []
      : [invalid("spec.podManagementPolicy", management, `must be '${managements.join("' or '")}'`)]),
    ...validateUpdateStrategy(fields(spec["updateStrategy"])),
  ];
}

function validateUpdateStrategy(strategy: Fields): FieldErrors {
  const path = "spec.updateStrategy";
  const rollingUpdate = strategy["rollingUpdate"];
  switch (text(strategy["type"])) {
    case "":
      return [required(path)];
    case "OnDelete":
      return rollingUpdate === undefined
        ? []
        : [invalid(`${path}.rollingUpdate`, rollingUpdate, "only allowed for updateStrategy 'RollingUpdate'")];
    case "RollingUpdate":
      return validateNonNegative(at(rollingUpdate, "partition"), `${path}.rollingUpdate.partition`);
    default:
      return [notSupported(`${path}.type`, strategy["type"], ["OnDelete", "RollingUpdate"])];
  }
}
