/** Storage kinds that cluster components write: stored and shown. */
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fill, list, objects, strings, text } from "./fields.ts";

const group = "storage.k8s.io";

export const csiDriver = defineKind({
  group,
  kind: "CSIDriver",
  plural: "csidrivers",
  isNamespaced: false,
  cells: {
    AttachRequired: (object) => at(object, "spec", "attachRequired") !== false,
    PodInfoOnMount: (object) => at(object, "spec", "podInfoOnMount") === true,
    StorageCapacity: (object) => at(object, "spec", "storageCapacity") === true,
    TokenRequests: (object) =>
      objects(at(object, "spec", "tokenRequests"))
        .map((request) => text(request["audience"]))
        .join(",") || "<unset>",
    RequiresRepublish: (object) => at(object, "spec", "requiresRepublish") === true,
    Modes: (object) => strings(at(object, "spec", "volumeLifecycleModes")).join(",") || "<none>",
  },
  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    fill(spec, "attachRequired", true);
    fill(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    fill(spec, "podInfoOnMount", false);
    fill(spec, "requiresRepublish", false);
    fill(spec, "seLinuxMount", false);
    fill(spec, "storageCapacity", false);
    if (list(spec["volumeLifecycleModes"]).length === 0) spec["volumeLifecycleModes"] = ["Persistent"];
  },
});

export const csiNode = defineKind({
  group,
  kind: "CSINode",
  plural: "csinodes",
  isNamespaced: false,
  cells: {
    Drivers: (object) => list(at(object, "spec", "drivers")).length,
  },
});

export const csiStorageCapacity = defineKind({
  group,
  kind: "CSIStorageCapacity",
  plural: "csistoragecapacities",
});

export const volumeAttachment = defineKind({
  group,
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  isNamespaced: false,
  subresources: {
    status: statusSubresource("VolumeAttachment"),
  },
  cells: {
    Attacher: (object) => text(at(object, "spec", "attacher")),
    PV: (object) => text(at(object, "spec", "source", "persistentVolumeName")),
    Node: (object) => text(at(object, "spec", "nodeName")),
    Attached: (object) => at(object, "status", "attached") === true,
  },
});

export const volumeAttributesClass = defineKind({
  group,
  kind: "VolumeAttributesClass",
  plural: "volumeattributesclasses",
  shortNames: ["vac"],
  isNamespaced: false,
  cells: {
    DriverName: (object) => text(object["driverName"]),
  },
});
