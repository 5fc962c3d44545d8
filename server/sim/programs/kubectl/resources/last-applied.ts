/** The annotation in which client-side apply remembers what it applied. */
import type { ApiObject } from "../client/rest-client.ts";
import { compactJson } from "../printers/json.ts";
import { stringMap, withMetadata } from "./target.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The object with the annotation that describes it. */
export function withLastApplied(object: ApiObject): ApiObject {
  const { [LAST_APPLIED]: _, ...annotations } = stringMap(object, "annotations");
  const plain = withMetadata(object, { annotations });
  return withMetadata(plain, { annotations: { ...annotations, [LAST_APPLIED]: `${compactJson(plain)}\n` } });
}

/** What was applied last; undefined when the object was never applied. */
export function lastApplied(object: ApiObject): ApiObject | undefined {
  const text = stringMap(object, "annotations")[LAST_APPLIED];
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as ApiObject);
}
