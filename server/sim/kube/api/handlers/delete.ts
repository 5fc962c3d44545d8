/** DELETE of one object or of a collection. */
import { parseBody } from "../body.ts";
import { groupResource, resourceNameOf } from "../kind-registry.ts";
import { listResponse, objectResponse } from "../represent.ts";
import { type DeleteOptions, parseDeleteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import { jsonResponse, success } from "../responses.ts";
import { storedKind } from "../served-from.ts";
import type { ApiResponse } from "../types.ts";
import { collectionPrefix, filterOf } from "./read.ts";

export function deleteObject(scope: RequestScope): ApiResponse {
  const { info, resources, warnings } = scope;
  const options = deleteOptions(scope);
  const kind = storedKind(scope);
  const result = resources.delete(kind, info.namespace, info.name, options, operation(scope, options));
  if (!result.isDeleted || RETURNS_OBJECT.has(resourceNameOf(kind))) return objectResponse(scope, 200, result.object);
  const { group, name } = groupResource(scope.kind);
  const details = {
    name: info.name,
    ...(group ? { group } : {}),
    kind: name,
    uid: result.object.metadata.uid,
  };
  return jsonResponse(200, success(details), { warnings });
}

/** Their storage returns what it deleted. */
const RETURNS_OBJECT: ReadonlySet<string> = new Set([
  "persistentvolumeclaims",
  "persistentvolumes",
  "pods",
  "podtemplates",
  "resourcequotas",
  "serviceaccounts",
  "services",
  "storageclasses.storage.k8s.io",
  "volumeattachments.storage.k8s.io",
]);

/** Answers with the list of what was deleted. */
export function deleteCollection(scope: RequestScope): ApiResponse {
  const { info, resources, request } = scope;
  const options = deleteOptions(scope);
  const kind = storedKind(scope);
  const filter = filterOf(scope.kind, request.query);
  const revision = String(resources.store.revision);
  const victims = resources.store.list(collectionPrefix(scope)).map((entry) => entry.object);
  const deleted = victims.filter(filter).map((object) => {
    const namespace = object.metadata.namespace ?? info.namespace;
    resources.delete(kind, namespace, object.metadata.name, options, operation(scope, options));
    return object;
  });
  return listResponse(scope, deleted, { resourceVersion: revision });
}

function deleteOptions(scope: RequestScope): DeleteOptions {
  const { request } = scope;
  const body =
    request.body.length > 0
      ? parseBody(request.body, request.headers["content-type"], "DeleteOptions").value
      : undefined;
  return parseDeleteOptions(body, request.query);
}

function operation(scope: RequestScope, options: DeleteOptions) {
  return operationOf(scope, { isDryRun: options.isDryRun, fieldManager: "" });
}
