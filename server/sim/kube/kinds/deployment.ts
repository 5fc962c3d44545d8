import type { KubeObject } from "../api/types.ts";
import { selectorCell, statusNumber, templateCells } from "./cells.ts";
import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";
import { at, draftAt, draftIfPresent, fields, fill, fillEmpty, integer, isAbsent, text } from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { namedTemplateWarnings } from "./pod-update.ts";
import { type FieldErrors, forbidden, invalid, notSupported, required } from "./validation/errors.ts";
import { validateImmutableFields } from "./validation/metadata.ts";
import { isZeroIntOrPercent, validateAtMostHundredPercent, validateIntOrPercent } from "./validation/ports.ts";
import { validateCounts, validateWorkloadSelector, validateWorkloadTemplate } from "./workload.ts";

export const deployment = defineKind({
  group: "apps",
  kind: "Deployment",
  plural: "deployments",
  shortNames: ["deploy"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("Deployment"),
  },
  cells: {
    Ready: (object) => `${integer(at(object, "status", "readyReplicas"))}/${integer(at(object, "spec", "replicas"))}`,
    "Up-to-date": statusNumber("updatedReplicas"),
    Available: statusNumber("availableReplicas"),
    ...templateCells("spec", "template"),
    Selector: selectorCell,
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
    const strategy = draftAt(spec, "strategy");
    fillEmpty(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") {
      const rollingUpdate = draftAt(strategy, "rollingUpdate");
      fill(rollingUpdate, "maxUnavailable", "25%");
      fill(rollingUpdate, "maxSurge", "25%");
    }
    defaultPodTemplate(spec);
    draftAt(draft, "status");
  },

  validateSpec: (object, context) => [
    ...validateCounts(object, "replicas"),
    ...validateWorkloadSelector(at(object, "spec", "selector"), "deployment"),
    ...validateWorkloadTemplate(object, context),
    ...validateStrategy(object),
    ...validateCounts(object, "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"),
    ...validateDeadline(object),
  ],
  validateChange: (object, old) => validateImmutableFields(object, old, ["spec", "selector"]),
  warnings: namedTemplateWarnings,
});

function validateStrategy(object: KubeObject): FieldErrors {
  const strategy = fields(at(object, "spec", "strategy"));
  const path = "spec.strategy";
  const type = text(strategy["type"]);
  const rollingUpdate = draftIfPresent({ ...strategy }, "rollingUpdate");
  switch (type) {
    case "Recreate":
      return rollingUpdate === undefined
        ? []
        : [forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
    case "RollingUpdate":
      return rollingUpdate === undefined
        ? [required(`${path}.rollingUpdate`, "this should be defaulted and never be nil")]
        : validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`);
    default:
      return [notSupported(path, { Type: type, RollingUpdate: null }, ["Recreate", "RollingUpdate"])];
  }
}

export function validateRollingUpdate(rollingUpdate: Readonly<Record<string, unknown>>, path: string): FieldErrors {
  const { maxUnavailable, maxSurge } = rollingUpdate;
  return [
    ...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`),
    ...validateIntOrPercent(maxSurge, `${path}.maxSurge`),
    ...(isZeroIntOrPercent(maxUnavailable) && isZeroIntOrPercent(maxSurge)
      ? [invalid(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0")]
      : []),
    ...validateAtMostHundredPercent(maxUnavailable, `${path}.maxUnavailable`),
  ];
}

function validateDeadline(object: KubeObject): FieldErrors {
  const seconds = at(object, "spec", "progressDeadlineSeconds");
  if (isAbsent(seconds) || integer(seconds) > integer(at(object, "spec", "minReadySeconds"))) return [];
  return [invalid("spec.progressDeadlineSeconds", seconds, "must be greater than minReadySeconds")];
}
