/** POST, PUT and PATCH of whole objects and of the `status` subresource. */
import type { Draft, KindDefinition } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeBody, mediaType, parseBody } from "../body.ts";
import { badRequest, failure, methodNotAllowed, unsupportedPatchType } from "../errors.ts";
import { objectResponse } from "../represent.ts";
import { parseWriteOptions, type WriteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import { storedKind } from "../served-from.ts";
import type { ApiResponse, KubeObject } from "../types.ts";
import { applyPatch } from "../patch/apply.ts";
import { patchedDraft } from "../patch/index.ts";

/** The server reads no more of a body than this. */
export const BODY_LIMIT_BYTES = 3 * 1024 * 1024;

export function createObject(scope: RequestScope): ApiResponse {
  const { request, info, resources, kind } = scope;
  if (kind.isNamespaced && !info.namespace) throw methodNotAllowed();
  const options = parseWriteOptions(request.query, "CreateOptions");
  const draft = decodeDraft(scope, options);
  const stored = resources.create(
    storedKind(scope),
    info.namespace,
    toStored(kind, draft),
    operationOf(scope, options),
  );
  return objectResponse(scope, 201, stored);
}

export function updateObject(scope: RequestScope): ApiResponse {
  const { request, info, resources, kind } = scope;
  const options = parseWriteOptions(request.query, "UpdateOptions");
  const draft = decodeDraft(scope, options);
  checkName(draft, info.name);
  const stored = resources.update(
    storedKind(scope),
    info.namespace,
    info.name,
    () => toStored(kind, draft),
    operationOf(scope, options),
    { subresource: info.subresource },
  );
  return objectResponse(scope, 200, stored);
}

export function patchObject(scope: RequestScope): ApiResponse {
  const { request, info, resources, kind } = scope;
  const type = mediaType(request.headers["content-type"]);
  checkSize(request.body);
  if (type === "application/apply-patch+yaml" || type === "application/apply-patch+json") return applyPatch(scope);
  if (!PATCH_TYPES.has(type)) throw unsupportedPatchType();
  const options = parseWriteOptions(request.query, "PatchOptions");
  const stored = resources.update(
    storedKind(scope),
    info.namespace,
    info.name,
    (old) => {
      const current = kind.servedFrom ? kind.servedFrom.fromStored(old) : old;
      const draft = patchedDraft(kind, current, request.body, type, options.fieldValidation, scope.warnings);
      return toStored(kind, draft);
    },
    operationOf(scope, options),
    { subresource: info.subresource },
  );
  return objectResponse(scope, 200, stored);
}

const PATCH_TYPES = new Set([
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
]);

function decodeDraft(scope: RequestScope, options: WriteOptions): Draft {
  const { request, kind } = scope;
  checkSize(request.body);
  const parsed = parseBody(request.body, request.headers["content-type"], kind.kind);
  return decodeBody(parsed, kind, { schema: kind.schema, kind: kind.kind }, options.fieldValidation, scope.warnings);
}

function toStored(kind: KindDefinition, draft: Draft): Draft {
  if (!kind.servedFrom) return draft;
  return cloneTree(kind.servedFrom.toStored(draft as unknown as KubeObject)) as unknown as Draft;
}

function checkName(draft: Draft, expected: string): void {
  const name = (draft["metadata"] as { name?: string } | undefined)?.name ?? "";
  if (name === "") {
    throw badRequest("name must be provided");
  }
  if (name !== expected) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${expected})`);
  }
}

function checkSize(body: Uint8Array): void {
  if (body.length > BODY_LIMIT_BYTES) {
    throw failure(413, "RequestEntityTooLarge", `Request entity too large: limit is ${BODY_LIMIT_BYTES}`);
  }
}
