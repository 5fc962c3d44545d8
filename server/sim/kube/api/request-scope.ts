/** What the handlers of one request share. */
import type { KindDefinition } from "../kinds/types.ts";
import type { RequestInfo } from "./request-info.ts";
import type { Resources } from "./resources.ts";
import type { ComponentHealth, ApiRequest, NodeAgent, UserInfo } from "./types.ts";
import type { Operation } from "./operation.ts";
import type { WriteOptions } from "./request-options.ts";
import type { Clock } from "../../machine/types.ts";

export interface RequestScope {
  readonly request: ApiRequest;
  readonly info: RequestInfo;
  readonly kind: KindDefinition;
  readonly resources: Resources;
  readonly clock: Clock;
  readonly user: UserInfo;
  readonly nodeAgent: ((nodeName: string) => NodeAgent | undefined) | undefined;
  componentHealth(): readonly ComponentHealth[];
  /** Filled while the request runs. */
  readonly warnings: string[];
}

/** The manager of fields: the `fieldManager` parameter, else the first part of the user agent. */
export function managerOf(request: ApiRequest, fieldManager: string): string {
  if (fieldManager) return fieldManager;
  return (request.headers["user-agent"] ?? "").split("/")[0] || "unknown";
}

export function operationOf(scope: RequestScope, options: Pick<WriteOptions, "isDryRun" | "fieldManager">): Operation {
  return {
    user: scope.user,
    manager: managerOf(scope.request, options.fieldManager),
    isDryRun: options.isDryRun,
    warnings: scope.warnings,
  };
}
