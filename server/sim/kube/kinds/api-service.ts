import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, isAbsent, objects, text } from "./fields.ts";
import { isPathSegment } from "./validation/names.ts";

export const apiService = defineKind({
  group: "apiregistration.k8s.io",
  kind: "APIService",
  plural: "apiservices",
  categories: ["api-extensions"],
  isNamespaced: false,
  checkName: isPathSegment,
  subresources: {
    status: statusSubresource("APIService"),
  },
  cells: {
    Service: (object) => {
      const service = at(object, "spec", "service");
      return isAbsent(service) ? "Local" : `${text(at(service, "namespace"))}/${text(at(service, "name"))}`;
    },
    Available: availableCell,
  },
  initialStatus: (draft) => draft["status"] ?? {},
});

function availableCell(object: KubeObject): string {
  const condition = objects(at(object, "status", "conditions")).find((entry) => entry["type"] === "Available");
  if (condition === undefined) return "Unknown";
  return condition["status"] === "True" ? "True" : `${text(condition["status"])} (${text(condition["reason"])})`;
}
