/** Resolves a pod's PriorityClass to its number. */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import type { KubeObject } from "../types.ts";
import { type AdmissionOptions, type AdmissionPlugin, refusal } from "./plugin.ts";

const CLASSES = "priorityclasses.scheduling.k8s.io";

export const priority: AdmissionPlugin = (request, draft, options) => {
  if (resourceNameOf(request.kind) !== "pods" || request.verb !== "create" || request.subresource) return;
  const spec = draft["spec"] as Draft | undefined;
  if (!spec) return;
  const priorityClass = classOf(request, draft, options);
  const value = Number(priorityClass?.["value"] ?? 0);
  const policy = String(priorityClass?.["preemptionPolicy"] ?? "PreemptLowerPriority");
  if (priorityClass && !spec["priorityClassName"]) spec["priorityClassName"] = priorityClass.metadata.name;
  if (spec["priority"] !== undefined && spec["priority"] !== value) {
    throw refusal(
      request,
      draft,
      "mutating",
      `the integer value of priority (${String(spec["priority"])}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  if (spec["preemptionPolicy"] !== undefined && spec["preemptionPolicy"] !== policy) {
    throw refusal(
      request,
      draft,
      "mutating",
      `the string value of PreemptionPolicy (${String(spec["preemptionPolicy"])}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  }
  spec["priority"] = value;
  spec["preemptionPolicy"] = policy;
};

function classOf(request: AdmissionRequest, draft: Draft, options: AdmissionOptions): KubeObject | undefined {
  const { resources } = options;
  const kind = resources.registry.resource(CLASSES);
  const name = String((draft["spec"] as Draft)["priorityClassName"] ?? "");
  if (name) {
    const found = resources.find(kind, "", name);
    if (!found) throw refusal(request, draft, "mutating", `no PriorityClass with name ${name} was found`);
    return found;
  }
  const defaults = resources.list(kind).filter((candidate) => candidate["globalDefault"] === true);
  // Of several defaults the one with the lowest value counts.
  return [...defaults].sort((a, b) => Number(a["value"]) - Number(b["value"]))[0];
}
