import { defineKind } from "./define.ts";
import { objects, at, fields, fill, draftAt, draftList, draftIfPresent, text } from "./fields.ts";
import { quantityNano } from "./quantity.ts";
import { invalid, required } from "./validation/errors.ts";

export const limitRange = defineKind({
  kind: "LimitRange",
  plural: "limitranges",
  shortNames: ["limits"],

  /** Container limits: a maximum is the default, a default the default request, and so is a minimum. */
  applyDefaults(draft) {
    for (const limit of draftList(draftAt(draft, "spec"), "limits")) {
      if (limit["type"] !== "Container") continue;
      const [max, min] = [fields(limit["max"]), fields(limit["min"])];
      const defaults = draftAt(limit, "default");
      for (const [name, value] of Object.entries(max)) fill(defaults, name, value);
      const requests = draftAt(limit, "defaultRequest");
      for (const [name, value] of Object.entries(defaults)) fill(requests, name, value);
      for (const [name, value] of Object.entries(min)) fill(requests, name, value);
      for (const field of ["default", "defaultRequest"]) {
        if (Object.keys(draftIfPresent(limit, field) ?? {}).length === 0) delete limit[field];
      }
    }
  },

  validateSpec: (object) =>
    objects(at(object, "spec", "limits")).flatMap((limit, index) => {
      const path = `spec.limits[${index}]`;
      const [max, min] = [fields(limit["max"]), fields(limit["min"])];
      return [
        ...(text(limit["type"]) === "" ? [required(`${path}.type`)] : []),
        ...Object.keys(min).flatMap((name) =>
          name in max && quantityNano(min[name]) > quantityNano(max[name])
            ? [
                invalid(
                  `${path}.min[${name}]`,
                  text(min[name]),
                  `min value ${text(min[name])} is greater than max value ${text(max[name])}`,
                ),
              ]
            : [],
        ),
      ];
    }),
});
