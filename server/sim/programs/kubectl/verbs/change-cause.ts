/** `--record`: notes the command line in the object, where `rollout history` reads it. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { compactJson } from "../printers/json.ts";
import { sendObject, stringMap, type Target, withMetadata } from "../resources/target.ts";

export const CHANGE_CAUSE = "kubernetes.io/change-cause";

/** The object with the command as its change cause, or as it is without `--record`. */
export function withChangeCause(kubectl: Kubectl, object: ApiObject): ApiObject {
  if (!recordsCause(kubectl)) return object;
  return withMetadata(object, {
    annotations: { ...stringMap(object, "annotations"), [CHANGE_CAUSE]: commandLine(kubectl) },
  });
}

const recordsCause = (kubectl: Kubectl): boolean =>
  kubectl.flags.set.byName.has("record") && kubectl.flags.bool("record");

/** The arguments first, then the flags in the order they were given, all in their long form. */
function commandLine(kubectl: Kubectl): string {
  const flags = kubectl.flags.given.map(({ name, text }) => `--${name}=${text}`);
  return ["kubectl", ...kubectl.words.split(" "), ...kubectl.args, ...flags].join(" ");
}

/** For verbs that do not send the whole object: a change of its own after theirs. */
export async function sendChangeCause(kubectl: Kubectl, target: Target): Promise<void> {
  if (!recordsCause(kubectl)) return;
  await sendObject(kubectl, "PATCH", target, {
    contentType: "application/merge-patch+json",
    body: compactJson({ metadata: { annotations: { [CHANGE_CAUSE]: commandLine(kubectl) } } }),
  });
}
