import { defineKind } from "./define.ts";
import { fillEmpty, integer, text } from "./fields.ts";
import { forbidden } from "./validation/errors.ts";

const MAX_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
};

export const priorityClass = defineKind({
  group: "scheduling.k8s.io",
  kind: "PriorityClass",
  plural: "priorityclasses",
  shortNames: ["pc"],
  isNamespaced: false,
  hasGeneration: true,
  cells: {
    Value: (object) => integer(object["value"]),
    "Global-Default": (object) => object["globalDefault"] === true,
    PreemptionPolicy: (object) => text(object["preemptionPolicy"]),
  },
  applyDefaults: (draft) => fillEmpty(draft, "preemptionPolicy", "PreemptLowerPriority"),

  validateSpec(object) {
    const { name } = object.metadata;
    if (name.startsWith("system-")) {
      return SYSTEM_CLASSES[name] === object["value"]
        ? []
        : [
            forbidden(
              "metadata.name",
              "priority class names with 'system-' prefix are reserved for system use only. error: " +
                `${name} is not a known system priority class`,
            ),
          ];
    }
    return integer(object["value"]) > MAX_USER_PRIORITY
      ? [forbidden("value", `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`)]
      : [];
  },
  isChangeCheckedFirst: true,
  validateChange: (object, old) => [
    ...(object["value"] === old["value"] ? [] : [forbidden("value", "may not be changed in an update.")]),
    ...(object["preemptionPolicy"] === old["preemptionPolicy"]
      ? []
      : [forbidden("preemptionPolicy", "may not be changed in an update.")]),
  ],
});
