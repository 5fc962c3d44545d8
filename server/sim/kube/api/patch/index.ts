/** From a patch body to the draft it makes of an object. */
import type { Draft, KindDefinition } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { DecodeError } from "../decode.ts";
import { decodeKind } from "../decode-kind.ts";
import { badRequest, failure, invalid, type StatusError } from "../errors.ts";
import { goJsonError, parseGoJson } from "../go-json.ts";
import type { FieldValidation } from "../request-options.ts";
import type { KubeObject } from "../types.ts";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch } from "./merge-patch.ts";
import { goMap, strategicMergePatch, StrategicPatchError } from "./strategic-merge.ts";

const STRATEGIC = "application/strategic-merge-patch+json";

/** Throws StatusError: 400 for a body that is no patch, 422 for one that does not fit the kind. */
export function patchedDraft(
  kind: KindDefinition,
  current: KubeObject,
  body: Uint8Array,
  type: string,
  validation: FieldValidation,
  warnings: string[],
): Draft {
  const { patch, duplicates } = parsePatch(body);
  const isStrategic = type === STRATEGIC;
  const tree = isStrategic ? strategic(kind.schema, current, patch) : plain(current, patch, type);
  /** What a refusal shows as the invalid value. */
  const shown = () => (isStrategic ? goMap(patch) : JSON.stringify(tree));
  try {
    const { draft, strictErrors } = decodeKind(kind, cloneTree(tree), isStrategic ? "tree" : "json");
    const problems = [...duplicates, ...strictErrors];
    if (problems.length > 0 && validation === "Strict") {
      throw invalidPatch(shown(), `strict decoding error: ${problems.join(", ")}`);
    }
    if (validation === "Warn") warnings.push(...problems);
    return draft;
  } catch (error) {
    if (error instanceof DecodeError) throw invalidPatch(shown(), error.message);
    throw error;
  }
}

/** The patched tree, not yet decoded. Throws StatusError. */
export function patchTree(schema: string, current: KubeObject, body: Uint8Array, type: string): unknown {
  const { patch } = parsePatch(body);
  return type === STRATEGIC ? strategic(schema, current, patch) : plain(current, patch, type);
}

function parsePatch(body: Uint8Array): { patch: unknown; duplicates: readonly string[] } {
  const text = new TextDecoder().decode(body);
  try {
    const { value, duplicates } = parseGoJson(text);
    return { patch: value, duplicates };
  } catch {
    throw badRequest(goJsonError(text));
  }
}

function plain(current: KubeObject, patch: unknown, type: string): unknown {
  if (type === "application/json-patch+json") return jsonPatch(current, patch);
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
    const kindOfPatch = Array.isArray(patch) ? "array" : typeof patch;
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${kindOfPatch} into Go value of type map[string]interface {}`,
    );
  }
  return mergePatch(current, patch);
}

function strategic(schema: string, current: KubeObject, patch: unknown): unknown {
  if (schema === "") {
    throw failure(
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/apply-patch+cbor",
    );
  }
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
    const kindOfPatch = Array.isArray(patch) ? "array" : typeof patch;
    throw badRequest(`json: cannot unmarshal ${kindOfPatch} into Go value of type map[string]interface {}`);
  }
  try {
    return strategicMergePatch(schema, current, patch as Record<string, unknown>);
  } catch (error) {
    if (error instanceof StrategicPatchError) throw badRequest(error.message);
    throw error;
  }
}

function invalidPatch(shown: string, message: string): StatusError {
  return invalid({ group: "", name: "" }, "", [
    { field: "patch", reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(shown)}: ${message}` },
  ]);
}
