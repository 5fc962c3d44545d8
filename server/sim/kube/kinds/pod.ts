import type { KubeObject } from "../api/types.ts";
import { ALL_VERBS, defineKind, statusSubresource } from "./define.ts";
import { at, draftAt, fields, integer, isEmpty, list, objects, text } from "./fields.ts";
import { podRow, restartsText } from "./pod-status.ts";
import { defaultPodOnly, defaultPodSpec } from "./pod-spec-defaults.ts";
import { podWarnings, validatePodChange } from "./pod-update.ts";
import { quantityNano } from "./quantity.ts";
import { validatePodSpec } from "./validation/pod-spec.ts";

const PROXY_VERBS = ["create", "delete", "get", "patch", "update"];
const UPDATE_VERBS = ["get", "patch", "update"];

export const pod = defineKind({
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  verbs: ALL_VERBS,
  hasGeneration: true,
  subresources: {
    attach: { kind: "PodAttachOptions", verbs: ["create", "get"] },
    binding: { kind: "Binding", verbs: ["create"] },
    ephemeralcontainers: { kind: "Pod", verbs: UPDATE_VERBS },
    eviction: { kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
    exec: { kind: "PodExecOptions", verbs: ["create", "get"] },
    log: { kind: "Pod", verbs: ["get"] },
    portforward: { kind: "PodPortForwardOptions", verbs: ["create", "get"] },
    proxy: { kind: "PodProxyOptions", verbs: PROXY_VERBS },
    resize: { kind: "Pod", verbs: UPDATE_VERBS },
    status: statusSubresource("Pod"),
  },
  selectableFields: {
    "spec.nodeName": (object) => text(at(object, "spec", "nodeName")),
    "spec.restartPolicy": (object) => text(at(object, "spec", "restartPolicy")),
    "spec.schedulerName": (object) => text(at(object, "spec", "schedulerName")),
    "spec.serviceAccountName": (object) => text(at(object, "spec", "serviceAccountName")),
    "spec.hostNetwork": (object) => String(at(object, "spec", "hostNetwork") === true),
    "status.phase": (object) => text(at(object, "status", "phase")),
    "status.podIP": (object) => text(at(object, "status", "podIP")),
    "status.nominatedNodeName": (object) => text(at(object, "status", "nominatedNodeName")),
  },

  cells: {
    Ready: (object) => podRow(object).ready,
    Status: (object) => podRow(object).status,
    Restarts: (object, nowMs) => restartsText(podRow(object), nowMs),
    IP: (object) => text(at(object, "status", "podIP")) || "<none>",
    Node: (object) => text(at(object, "spec", "nodeName")) || "<none>",
    "Nominated Node": (object) => text(at(object, "status", "nominatedNodeName")) || "<none>",
    "Readiness Gates": readinessGates,
  },

  rowConditions(object) {
    switch (at(object, "status", "phase")) {
      case "Succeeded":
        return [completed("Succeeded", "The pod has completed successfully.")];
      case "Failed":
        return [completed("Failed", "The pod failed.")];
      default:
        return undefined;
    }
  },

  applyDefaults(draft) {
    const spec = draftAt(draft, "spec");
    defaultPodSpec(spec);
    defaultPodOnly(spec);
  },

  initialStatus: (draft) => ({ phase: "Pending", qosClass: qosClass(draft["spec"]) }),

  prepareForCreate(draft) {
    const spec = draftAt(draft, "spec");
    // A negative grace period counts as the shortest one.
    if (integer(spec["terminationGracePeriodSeconds"]) < 0) spec["terminationGracePeriodSeconds"] = 1;
    if (objects(spec["schedulingGates"]).length > 0) draftAt(draft, "status")["conditions"] = [{ ...GATED }];
  },

  validateSpec: (object, context) => validatePodSpec(fields(object["spec"]), "spec", context.profile),
  validateChange: validatePodChange,
  warnings: (object, old) => podWarnings(object, old),

  defaultGraceSeconds: (object) => integer(at(object, "spec", "terminationGracePeriodSeconds"), 30),
});

/** The scheduler leaves such a pod alone, so the server says why it waits. */
const GATED = {
  type: "PodScheduled",
  status: "False",
  lastProbeTime: null,
  lastTransitionTime: null,
  reason: "SchedulingGated",
  message: "Scheduling is blocked due to non-empty scheduling gates",
};

function completed(reason: string, message: string): Readonly<Record<string, string>> {
  return { type: "Completed", status: "True", reason, message };
}

function readinessGates(object: KubeObject): string {
  const gates = objects(at(object, "spec", "readinessGates")).map((gate) => text(gate["conditionType"]));
  if (gates.length === 0) return "<none>";
  const conditions = objects(at(object, "status", "conditions"));
  const isTrue = (type: string) => conditions.some((entry) => entry["type"] === type && entry["status"] === "True");
  return `${gates.filter(isTrue).length}/${gates.length}`;
}

const COMPUTE = ["cpu", "memory"] as const;

/**
 * `Guaranteed` when every container limits cpu and memory and requests as much, `BestEffort`
 * when none asks for anything, else `Burstable`.
 */
export function qosClass(podSpec: unknown): "Guaranteed" | "Burstable" | "BestEffort" {
  const spec = fields(podSpec);
  const containers = [...objects(spec["initContainers"]), ...objects(spec["containers"])];
  const amounts = (container: unknown, kind: "limits" | "requests", name: string) =>
    quantityNano(at(container, "resources", kind, name));
  const asksNothing = containers.every((container) =>
    COMPUTE.every((name) => amounts(container, "limits", name) === 0n && amounts(container, "requests", name) === 0n),
  );
  if (asksNothing) return "BestEffort";
  const isGuaranteed = containers.every((container) =>
    COMPUTE.every((name) => {
      const limit = amounts(container, "limits", name);
      const request = isEmpty(at(container, "resources", "requests", name))
        ? limit
        : amounts(container, "requests", name);
      return limit > 0n && request === limit;
    }),
  );
  return isGuaranteed && list(spec["containers"]).length > 0 ? "Guaranteed" : "Burstable";
}
