/** Dynamic resource allocation: stored and shown; no driver allocates devices. */
import { defineKind, statusSubresource } from "./define.ts";
import { at, isAbsent, list, text } from "./fields.ts";

const group = "resource.k8s.io";

export const deviceClass = defineKind({
  group,
  kind: "DeviceClass",
  plural: "deviceclasses",
  isNamespaced: false,
  hasGeneration: true,
});

export const resourceClaim = defineKind({
  group,
  kind: "ResourceClaim",
  plural: "resourceclaims",
  subresources: {
    status: statusSubresource("ResourceClaim"),
  },
  cells: {
    State: (object) => {
      const states = [
        ...(object.metadata.deletionTimestamp === undefined ? [] : ["deleted"]),
        ...(isAbsent(at(object, "status", "allocation")) ? ["pending"] : ["allocated"]),
        ...(list(at(object, "status", "reservedFor")).length > 0 ? ["reserved"] : []),
      ];
      return states.join(",");
    },
  },
});

export const resourceClaimTemplate = defineKind({
  group,
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
});

export const resourceSlice = defineKind({
  group,
  kind: "ResourceSlice",
  plural: "resourceslices",
  isNamespaced: false,
  hasGeneration: true,
  selectableFields: {
    "spec.nodeName": (object) => text(at(object, "spec", "nodeName")),
    "spec.driver": (object) => text(at(object, "spec", "driver")),
  },
  cells: {
    Node: (object) => text(at(object, "spec", "nodeName")) || "<none>",
    Driver: (object) => text(at(object, "spec", "driver")),
    Pool: (object) => text(at(object, "spec", "pool", "name")),
  },
});
