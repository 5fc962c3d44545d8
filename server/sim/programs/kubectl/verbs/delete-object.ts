/** Deleting one object and waiting until it is gone. */
import type { ApiObject } from "../client/rest-client.ts";
import { readWatch } from "../client/watch.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError, StatusFailure } from "../errors.ts";
import { getObject, resourcePath, sendObject, type Target } from "../resources/target.ts";
import type { DryRun } from "./verb.ts";
import { withDeadline } from "./deadline.ts";

export interface DeleteOptions {
  /** Negative: the server's default. */
  readonly gracePeriodSeconds: number;
  readonly propagationPolicy: "Background" | "Foreground" | "Orphan";
  readonly dryRun: DryRun;
}

/** The server's answer: the object or a Status. */
export function deleteTarget(kubectl: Kubectl, target: Target, options: DeleteOptions): Promise<ApiObject> {
  const body: Record<string, unknown> = { propagationPolicy: options.propagationPolicy };
  if (options.gracePeriodSeconds >= 0) body["gracePeriodSeconds"] = options.gracePeriodSeconds;
  if (options.dryRun === "server") body["dryRun"] = ["All"];
  return sendObject(kubectl, "DELETE", target, { body });
}

/** The uid of what was deleted, from the object or the Status the server answered with. */
function deletedUid(answer: ApiObject): string {
  const own = answer.metadata?.["uid"];
  if (typeof own === "string") return own;
  const details = answer["details"] as { readonly uid?: string } | undefined;
  return details?.uid ?? "";
}

/** Resolves when the object is gone or another has taken its name. `timeoutMs` 0 waits a week. */
export async function waitForDeletion(
  kubectl: Kubectl,
  target: Target,
  answer: ApiObject,
  timeoutMs: number,
): Promise<void> {
  const uid = deletedUid(answer);
  const limit = timeoutMs === 0 ? 168 * 3_600_000 : timeoutMs;
  const isGone = await withDeadline(kubectl, limit, async (interruption) => {
    for (;;) {
      const version = await presentVersion(kubectl, target, uid);
      if (version === undefined) return true;
      const query = [
        ["fieldSelector", `metadata.name=${target.name}`],
        ["resourceVersion", version],
        ["watch", "true"],
      ] as const;
      const path = resourcePath(target.type, target.namespace);
      for await (const event of readWatch(kubectl.client(), path, { query, interruption })) {
        if (event.type === "DELETED" || (uid !== "" && event.object.metadata?.["uid"] !== uid)) return true;
      }
      if (interruption.isInterrupted) return false;
    }
  });
  if (isGone !== true)
    throw new KubectlError(`timed out waiting for the condition on ${target.type.name}/${target.name}`);
}

async function presentVersion(kubectl: Kubectl, target: Target, uid: string): Promise<string | undefined> {
  try {
    const present = await getObject(kubectl, target.type, target.namespace, target.name);
    if (uid !== "" && present.metadata?.["uid"] !== uid) return undefined;
    return String(present.metadata?.["resourceVersion"] ?? "0");
  } catch (error) {
    if (error instanceof StatusFailure && error.isNotFound) return undefined;
    // Who may delete but not read cannot wait.
    if (error instanceof StatusFailure && error.reason === "Forbidden") return undefined;
    throw error;
  }
}
