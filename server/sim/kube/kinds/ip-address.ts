import { defineKind } from "./define.ts";
import { at, text } from "./fields.ts";
import { required } from "./validation/errors.ts";
import { parseAddress } from "./validation/cidrs.ts";

export const ipAddress = defineKind({
  group: "networking.k8s.io",
  kind: "IPAddress",
  plural: "ipaddresses",
  shortNames: ["ip"],
  isNamespaced: false,
  checkName: (name) =>
    parseAddress(name) === undefined ? ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"] : [],
  cells: {
    ParentRef: (object) => {
      const parent = at(object, "spec", "parentRef");
      const group = text(at(parent, "group"));
      const resource = text(at(parent, "resource"));
      const parts = [
        group === "" ? resource : `${resource}.${group}`,
        text(at(parent, "namespace")),
        text(at(parent, "name")),
      ];
      return parts.filter((part) => part !== "").join("/");
    },
  },
  selectableFields: {
    "spec.parentRef.name": (object) => text(at(object, "spec", "parentRef", "name")),
  },
  validateSpec(object) {
    const parent = at(object, "spec", "parentRef");
    if (parent === undefined) return [required("spec.parentRef")];
    return ["resource", "name"].flatMap((field) =>
      text(at(parent, field)) === "" ? [required(`spec.parentRef.${field}`)] : [],
    );
  },
});
