import { selectorCell, specNumber, statusNumber, templateCells } from "./cells.ts";
import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";
import { at, draftAt, fill, integer, isAbsent } from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { namedTemplateWarnings } from "./pod-update.ts";
import { validateImmutableFields } from "./validation/metadata.ts";
import { validateCounts, validateWorkloadSelector, validateWorkloadTemplate } from "./workload.ts";

export const replicaSet = defineKind({
  group: "apps",
  kind: "ReplicaSet",
  plural: "replicasets",
  shortNames: ["rs"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("ReplicaSet"),
  },
  selectableFields: {
    "status.replicas": (object) => String(integer(at(object, "status", "replicas"))),
  },
  cells: {
    Desired: specNumber("replicas"),
    Current: statusNumber("replicas"),
    Ready: statusNumber("readyReplicas"),
    ...templateCells("spec", "template"),
    Selector: selectorCell,
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fill(spec, "replicas", 1);
    if (!isAbsent(spec["template"])) defaultPodTemplate(spec);
    fill(draftAt(draft, "status"), "replicas", 0);
  },

  initialStatus: () => ({ replicas: 0 }),

  validateSpec: (object, context) => [
    ...validateCounts(object, "replicas", "minReadySeconds"),
    ...validateWorkloadSelector(at(object, "spec", "selector"), "deployment"),
    ...validateWorkloadTemplate(object, context),
  ],
  validateChange: (object, old) => validateImmutableFields(object, old, ["spec", "selector"]),
  warnings: namedTemplateWarnings,
});
