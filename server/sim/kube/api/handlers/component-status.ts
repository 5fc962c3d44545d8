/** ComponentStatuses: not stored, but asked of the components at each request. */
import { notFound } from "../errors.ts";
import { groupResource } from "../kind-registry.ts";
import { listResponse, objectResponse } from "../represent.ts";
import type { RequestScope } from "../request-scope.ts";
import type { ApiResponse, ComponentHealth, KubeObject } from "../types.ts";
import { filterOf } from "./read.ts";

export function getComponentStatus(scope: RequestScope): ApiResponse {
  const found = scope.componentHealth().find(({ name }) => name === scope.info.name);
  if (found === undefined) throw notFound(groupResource(scope.kind), scope.info.name);
  return objectResponse(scope, 200, statusOf(found));
}

export function listComponentStatuses(scope: RequestScope): ApiResponse {
  const objects = scope.componentHealth().map(statusOf).filter(filterOf(scope.kind, scope.request.query));
  return listResponse(scope, objects, { resourceVersion: "" });
}

function statusOf({ name, isHealthy, message }: ComponentHealth): KubeObject {
  return {
    kind: "ComponentStatus",
    apiVersion: "v1",
    metadata: { name },
    conditions: [{ type: "Healthy", status: isHealthy ? "True" : "False", message }],
  };
}
