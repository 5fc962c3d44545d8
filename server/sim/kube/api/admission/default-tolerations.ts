/** Lets pods stay five minutes on a node that is not ready or unreachable. */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionPlugin } from "./plugin.ts";

const TAINTS = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];
const STAY_SECONDS = 300;

export const defaultTolerations: AdmissionPlugin = (request, draft) => {
  if (resourceNameOf(request.kind) !== "pods" || request.subresource) return;
  if (request.verb !== "create") return;
  const spec = draft["spec"] as Draft | undefined;
  if (!spec) return;
  const tolerations = (spec["tolerations"] ?? []) as Draft[];
  const missing = TAINTS.filter((key) => !tolerations.some((toleration) => covers(toleration, key)));
  if (missing.length === 0) return;
  spec["tolerations"] = [
    ...tolerations,
    ...missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: STAY_SECONDS })),
  ];
};

function covers(toleration: Draft, key: string): boolean {
  const hasKey = !toleration["key"] || toleration["key"] === key;
  return hasKey && (!toleration["effect"] || toleration["effect"] === "NoExecute");
}
