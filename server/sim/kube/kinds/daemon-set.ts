import { selectorCell, statusNumber, templateCells } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { validateRollingUpdate } from "./deployment.ts";
import { at, draftAt, fields, fill, fillEmpty, isAbsent, isObject, semanticallyEqual, text } from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { templateWarnings } from "./pod-update.ts";
import type { Draft } from "./types.ts";
import { type FieldErrors, invalid, notSupported, required } from "./validation/errors.ts";
import { validateImmutableFields } from "./validation/metadata.ts";
import { formatLabels } from "./validation/selectors.ts";
import { validateCounts, validateWorkloadSelector, validateWorkloadTemplate } from "./workload.ts";

export const daemonSet = defineKind({
  group: "apps",
  kind: "DaemonSet",
  plural: "daemonsets",
  shortNames: ["ds"],
  categories: ["all"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("DaemonSet"),
  },
  cells: {
    Desired: statusNumber("desiredNumberScheduled"),
    Current: statusNumber("currentNumberScheduled"),
    Ready: statusNumber("numberReady"),
    "Up-to-date": statusNumber("updatedNumberScheduled"),
    Available: statusNumber("numberAvailable"),
    "Node Selector": (object) => formatLabels(at(object, "spec", "template", "spec", "nodeSelector")),
    ...templateCells("spec", "template"),
    Selector: selectorCell,
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    const strategy = draftAt(spec, "updateStrategy");
    fillEmpty(strategy, "type", "RollingUpdate");
    if (strategy["type"] === "RollingUpdate") {
      const rollingUpdate = draftAt(strategy, "rollingUpdate");
      fill(rollingUpdate, "maxUnavailable", 1);
      fill(rollingUpdate, "maxSurge", 0);
    }
    fill(spec, "revisionHistoryLimit", 10);
    defaultPodTemplate(spec);
    const status = draftAt(draft, "status");
    for (const name of STATUS_COUNTS) fill(status, name, 0);
  },

  prepareForCreate(draft) {
    setTemplateGeneration(draft, 1);
  },
  prepareForUpdate(draft, old) {
    const generation = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 1);
    const isChanged = !semanticallyEqual(at(draft, "spec", "template"), at(old, "spec", "template"));
    setTemplateGeneration(draft, isChanged ? generation + 1 : generation);
  },
  initialStatus: () => Object.fromEntries(STATUS_COUNTS.map((name) => [name, 0])),

  validateSpec(object, context) {
    const selector = at(object, "spec", "selector");
    return [
      // Without a selector no labels match: that is all the server says.
      ...(isAbsent(selector) ? [] : validateWorkloadSelector(selector, "daemonset")),
      ...validateWorkloadTemplate(object, context, "DaemonSet"),
      ...validateCounts(object, "minReadySeconds"),
      ...validateStrategy(fields(at(object, "spec", "updateStrategy"))),
      ...validateCounts(object, "revisionHistoryLimit"),
    ];
  },
  validateChange: (object, old) => validateImmutableFields(object, old, ["spec", "selector"]),
  warnings: templateWarnings,
});

/** A field of an older version of the API, kept as an annotation. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function setTemplateGeneration(draft: Draft, generation: number): void {
  draftAt(draftAt(draft, "metadata"), "annotations")[TEMPLATE_GENERATION] = String(generation);
}

/** Always written, even when 0. */
const STATUS_COUNTS = ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"];

function validateStrategy(strategy: Readonly<Record<string, unknown>>): FieldErrors {
  const path = "spec.updateStrategy";
  const rollingUpdate = strategy["rollingUpdate"];
  switch (text(strategy["type"])) {
    case "OnDelete":
      return [];
    case "RollingUpdate":
      if (!isObject(rollingUpdate)) return [required(`${path}.rollingUpdate`)];
      return rollingUpdate["maxUnavailable"] !== 0 && rollingUpdate["maxSurge"] !== 0 && hasBoth(rollingUpdate)
        ? [
            invalid(
              `${path}.rollingUpdate.maxSurge`,
              rollingUpdate["maxSurge"],
              "may not be set when maxUnavailable is non-zero",
            ),
          ]
        : validateRollingUpdate(rollingUpdate, `${path}.rollingUpdate`);
    default:
      return [notSupported(`${path}.type`, text(strategy["type"]), ["OnDelete", "RollingUpdate"])];
  }
}

function hasBoth(rollingUpdate: Readonly<Record<string, unknown>>): boolean {
  return !isAbsent(rollingUpdate["maxUnavailable"]) && !isAbsent(rollingUpdate["maxSurge"]);
}
