import { specNumber, statusNumber, templateCells } from "./cells.ts";
import { defineKind, scaleSubresource, statusSubresource } from "./define.ts";
import { at, cloneJson, draftAt, fields, fill, integer, isEmpty } from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { namedTemplateWarnings } from "./pod-update.ts";
import { required } from "./validation/errors.ts";
import { validateReplicatedTemplate } from "./validation/pod-spec.ts";
import { formatLabels } from "./validation/selectors.ts";
import { validateCounts } from "./workload.ts";

export const replicationController = defineKind({
  kind: "ReplicationController",
  plural: "replicationcontrollers",
  shortNames: ["rc"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    scale: scaleSubresource,
    status: statusSubresource("ReplicationController"),
  },
  selectableFields: {
    "status.replicas": (object) => String(integer(at(object, "status", "replicas"))),
  },
  cells: {
    Desired: specNumber("replicas"),
    Current: statusNumber("replicas"),
    Ready: statusNumber("readyReplicas"),
    ...templateCells("spec", "template"),
    Selector: (object) => formatLabels(at(object, "spec", "selector")),
  },

  /** Selector and labels come from the template when they are absent. */
  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    const labels = at(spec, "template", "metadata", "labels");
    fill(spec, "replicas", 1);
    if (isEmpty(spec["selector"]) && !isEmpty(labels)) spec["selector"] = cloneJson(labels);
    const metadata = draftAt(draft, "metadata");
    if (isEmpty(metadata["labels"]) && !isEmpty(labels)) metadata["labels"] = cloneJson(labels);
    defaultPodTemplate(spec);
    fill(draftAt(draft, "status"), "replicas", 0);
  },

  initialStatus: () => ({ replicas: 0 }),

  validateSpec(object, context) {
    const selector = at(object, "spec", "selector");
    return [
      ...validateCounts(object, "minReadySeconds"),
      ...(isEmpty(selector) ? [required("spec.selector")] : []),
      ...validateCounts(object, "replicas"),
      ...validateReplicatedTemplate(
        fields(at(object, "spec", "template")),
        { matchLabels: selector },
        "spec.template",
        context.profile,
        { isEmpty: isEmpty(selector), owner: "ReplicationController" },
      ),
    ];
  },
  warnings: namedTemplateWarnings,
});
