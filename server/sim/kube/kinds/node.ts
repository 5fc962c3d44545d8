import type { KubeObject } from "../api/types.ts";
import { defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, isEmpty, objects, text } from "./fields.ts";
import { duplicate, type FieldErrors, forbidden, invalids, notSupported, required } from "./validation/errors.ts";
import { isLabelValue, isQualifiedName } from "./validation/names.ts";
import { TAINT_EFFECTS } from "./validation/scheduling.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

export const node = defineKind({
  kind: "Node",
  plural: "nodes",
  shortNames: ["no"],
  isNamespaced: false,
  subresources: {
    proxy: { kind: "NodeProxyOptions", verbs: ["create", "delete", "get", "patch", "update"] },
    status: statusSubresource("Node"),
  },
  selectableFields: {
    "spec.unschedulable": (object) => String(at(object, "spec", "unschedulable") === true),
  },
  cells: {
    Status: statusCell,
    Roles: (object) => nodeRoles(object).join(",") || "<none>",
    Version: (object) => text(at(object, "status", "nodeInfo", "kubeletVersion")),
    "Internal-IP": (object) => address(object, "InternalIP"),
    "External-IP": (object) => address(object, "ExternalIP"),
    "OS-Image": (object) => text(at(object, "status", "nodeInfo", "osImage")) || "<unknown>",
    "Kernel-Version": kernelCell,
    "Container-Runtime": (object) => text(at(object, "status", "nodeInfo", "containerRuntimeVersion")) || "<unknown>",
  },

  applyDefaults(draft) {
    draftAt(draft, "spec");
    draftAt(draft, "status");
  },

  /** Nodes register with their status: what is given at creation stays. */
  initialStatus: (draft) => draft["status"] ?? {},

  validateSpec: (object) => validateTaints(objects(at(object, "spec", "taints"))),
  isChangeCheckedFirst: true,
  validateChange(object, old) {
    const before = text(at(old, "spec", "podCIDR"));
    const providerId = text(at(old, "spec", "providerID"));
    return [
      ...(before !== "" && text(at(object, "spec", "podCIDR")) !== before
        ? [forbidden("spec", 'node updates may not change podCIDR except from "" to valid')]
        : []),
      ...(providerId !== "" && text(at(object, "spec", "providerID")) !== providerId
        ? [forbidden("spec.providerID", 'node updates may not change providerID except from "" to valid')]
        : []),
    ];
  },
});

function statusCell(object: KubeObject): string {
  const ready = objects(at(object, "status", "conditions")).find((condition) => condition["type"] === "Ready");
  const state = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  return at(object, "spec", "unschedulable") === true ? `${state},SchedulingDisabled` : state;
}

/** Sorted; from labels `node-role.kubernetes.io/ROLE` and `kubernetes.io/role=ROLE`. */
export function nodeRoles(object: KubeObject): readonly string[] {
  const roles = Object.entries(object.metadata.labels ?? {}).flatMap(([label, value]) => {
    if (label.startsWith(ROLE_PREFIX)) return label === ROLE_PREFIX ? [] : [label.slice(ROLE_PREFIX.length)];
    return label === ROLE_LABEL && value !== "" ? [value] : [];
  });
  return [...new Set(roles)].sort();
}

function address(object: KubeObject, type: string): string {
  const found = objects(at(object, "status", "addresses")).find((entry) => entry["type"] === type);
  return text(fields(found)["address"]) || "<none>";
}

function kernelCell(object: KubeObject): string {
  const info = fields(at(object, "status", "nodeInfo"));
  const kernel = text(info["kernelVersion"]);
  if (kernel === "") return "<unknown>";
  return isEmpty(info["architecture"]) ? kernel : `${kernel} (${text(info["architecture"])})`;
}

function validateTaints(taints: ReturnType<typeof objects>): FieldErrors {
  const seen = new Set<string>();
  return taints.flatMap((taint, index) => {
    const path = `metadata.taints[${index}]`;
    const [key, value, effect] = [text(taint["key"]), text(taint["value"]), text(taint["effect"])];
    const identity = `${key}:${effect}`;
    const isDuplicate = seen.has(identity);
    seen.add(identity);
    return [
      ...invalids(`${path}.key`, key, isQualifiedName(key)),
      ...invalids(`${path}.value`, value, isLabelValue(value)),
      ...(effect === "" ? [required(`${path}.effect`)] : []),
      ...(effect !== "" && !TAINT_EFFECTS.includes(effect)
        ? [notSupported(`${path}.effect`, effect, TAINT_EFFECTS)]
        : []),
      ...(isDuplicate
        ? [
            {
              ...duplicate(path, taint),
              message: `${duplicate(path, taint).message}: taints must be unique by key and effect pair`,
            },
          ]
        : []),
    ];
  });
}
