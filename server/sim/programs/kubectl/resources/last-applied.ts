/** The annotation in which client-side apply remembers what it applied. */
import type { ApiObject } from "../client/rest-client.ts";
import { compactJson } from "../printers/json.ts";
import { stringMap, withMetadata } from "./target.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** The object as it is remembered: with annotations, were there none, but without this one. */
export function withoutLastApplied(object: ApiObject): ApiObject {
  const { [LAST_APPLIED]: _, ...annotations } = stringMap(object, "annotations");
  return withMetadata(object, { annotations });
}

/** The object with the annotation that describes it. */
export function withLastApplied(object: ApiObject): ApiObject {
  const plain = withoutLastApplied(object);
  const annotations = { ...stringMap(plain, "annotations"), [LAST_APPLIED]: `${compactJson(plain)}\n` };
  return withMetadata(plain, { annotations });
}

/** What was applied last; undefined when the object was never applied. */
export function lastApplied(object: ApiObject): ApiObject | undefined {
  const text = stringMap(object, "annotations")[LAST_APPLIED];
  return text === undefined || text === "" ? undefined : (JSON.parse(text) as ApiObject);
}
