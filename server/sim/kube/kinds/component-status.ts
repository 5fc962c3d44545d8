import type { KubeObject } from "../api/types.ts";
import { defineKind } from "./define.ts";
import { fields, objects, text } from "./fields.ts";

export const componentStatus = defineKind({
  kind: "ComponentStatus",
  plural: "componentstatuses",
  shortNames: ["cs"],
  isNamespaced: false,
  verbs: ["get", "list"],
  deprecation: { sinceMinor: 19, message: "v1 ComponentStatus is deprecated in v1.19+" },
  cells: {
    Status: (object) => {
      const { status } = healthy(object);
      return status === "True" ? "Healthy" : status === "False" ? "Unhealthy" : "Unknown";
    },
    Message: (object) => text(healthy(object)["message"]),
    Error: (object) => text(healthy(object)["error"]),
  },
});

function healthy(object: KubeObject): Readonly<Record<string, unknown>> {
  return fields(objects(object["conditions"]).find((condition) => condition["type"] === "Healthy"));
}
