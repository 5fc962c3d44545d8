/** Which handler serves which subresource. */
import { methodNotAllowed, serviceUnavailable, unknownResource } from "../errors.ts";
import type { RequestScope } from "../request-scope.ts";
import type { ApiResponse } from "../types.ts";
import { bindPod } from "./binding.ts";
import { evictPod } from "./eviction.ts";
import { attachPod, execPod, podLog, portForwardPod } from "./pod-streams.ts";
import { getObject } from "./read.ts";
import { getScale, patchScale, updateScale } from "./scale.ts";
import { createToken } from "./token.ts";
import { patchObject, updateObject } from "./write.ts";

type Handler = (scope: RequestScope) => ApiResponse | Promise<ApiResponse>;

/** Verb → handler; the kind's definition says which kinds have which subresource. */
const HANDLERS: Readonly<Record<string, Readonly<Record<string, Handler>>>> = {
  status: { get: getObject, update: updateObject, patch: patchObject },
  scale: { get: getScale, update: updateScale, patch: patchScale },
  finalize: { update: updateObject },
  ephemeralcontainers: { get: getObject, update: updateObject, patch: patchObject },
  resize: { get: getObject, update: updateObject, patch: patchObject },
  approval: { get: getObject, update: updateObject, patch: patchObject },
  binding: { create: bindPod },
  eviction: { create: evictPod },
  log: { get: podLog },
  exec: { get: execPod, create: execPod },
  attach: { get: attachPod, create: attachPod },
  portforward: { get: portForwardPod, create: portForwardPod },
  token: { create: createToken },
  proxy: {
    get: noProxy,
    create: noProxy,
    update: noProxy,
    patch: noProxy,
    delete: noProxy,
  },
};

function noProxy(): ApiResponse {
  throw serviceUnavailable("error trying to reach service: the API server has no route to the cluster network");
}

export function handleSubresource(scope: RequestScope): ApiResponse | Promise<ApiResponse> {
  const handlers = HANDLERS[scope.info.subresource];
  if (!handlers) throw unknownResource();
  const handler = handlers[scope.info.verb];
  if (!handler) throw methodNotAllowed();
  return handler(scope);
}
