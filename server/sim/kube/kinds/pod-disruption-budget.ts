import { intOrStringText } from "./cells.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, integer, isAbsent } from "./fields.ts";
import { invalid } from "./validation/errors.ts";
import { validateAtMostHundredPercent, validateIntOrPercent } from "./validation/ports.ts";
import { validateLabelSelector } from "./validation/selectors.ts";

export const podDisruptionBudget = defineKind({
  group: "policy",
  kind: "PodDisruptionBudget",
  plural: "poddisruptionbudgets",
  shortNames: ["pdb"],
  hasGeneration: true,
  subresources: {
    status: statusSubresource("PodDisruptionBudget"),
  },
  cells: {
    "Min Available": (object) => intOrStringText(at(object, "spec", "minAvailable"), "N/A"),
    "Max Unavailable": (object) => intOrStringText(at(object, "spec", "maxUnavailable"), "N/A"),
    "Allowed Disruptions": (object) => integer(at(object, "status", "disruptionsAllowed")),
  },
  applyDefaults(draft) {
    draftAt(draft, "spec");
  },
  initialStatus: () => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),

  validateSpec(object) {
    const spec = fields(object["spec"]);
    const { minAvailable, maxUnavailable } = spec;
    return [
      ...(!isAbsent(minAvailable) && !isAbsent(maxUnavailable)
        ? [invalid("spec", { ...spec }, "minAvailable and maxUnavailable cannot be both set")]
        : []),
      ...["minAvailable", "maxUnavailable"].flatMap((field) => [
        ...validateIntOrPercent(spec[field], `spec.${field}`),
        ...validateAtMostHundredPercent(spec[field], `spec.${field}`),
      ]),
      ...validateLabelSelector(spec["selector"], "spec.selector"),
    ];
  },
});
