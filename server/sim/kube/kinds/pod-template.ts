import { joinField } from "./cells.ts";
import { defineKind } from "./define.ts";
import { at, fields, objects } from "./fields.ts";
import { defaultPodTemplate } from "./pod-spec-defaults.ts";
import { validatePodTemplate } from "./validation/pod-spec.ts";
import { formatLabels } from "./validation/selectors.ts";

export const podTemplate = defineKind({
  kind: "PodTemplate",
  plural: "podtemplates",
  hasGeneration: true,
  cells: {
    Containers: (object) => joinField(objects(at(object, "template", "spec", "containers")), "name"),
    Images: (object) => joinField(objects(at(object, "template", "spec", "containers")), "image"),
    "Pod Labels": (object) => formatLabels(at(object, "template", "metadata", "labels")),
  },
  applyDefaults: (draft) => defaultPodTemplate(draft),
  validateSpec: (object, context) => validatePodTemplate(fields(object["template"]), "template", context.profile),
});
