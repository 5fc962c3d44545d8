/** The `scale` subresource: replicas of a workload as an autoscaling/v1 Scale. */
import { formatLabels } from "../../kinds/validation/selectors.ts";
import type { Draft } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeBody, mediaType, parseBody } from "../body.ts";
import { decodeObject, DecodeError } from "../decode.ts";
import { badRequest, conflict, invalid, invalidValue, MODIFIED_TEXT, unsupportedPatchType } from "../errors.ts";
import { groupResource } from "../kind-registry.ts";
import { patchTree } from "../patch/index.ts";
import { parseWriteOptions, type WriteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import { jsonResponse } from "../responses.ts";
import type { ApiResponse, KubeObject } from "../types.ts";
import { labelSelectorText } from "../selector-text.ts";

const SCALE = { schema: "io.k8s.api.autoscaling.v1.Scale", kind: "Scale" };

export function getScale(scope: RequestScope): ApiResponse {
  const { info, kind, resources } = scope;
  return jsonResponse(200, scaleOf(resources.get(kind, info.namespace, info.name)));
}

export function updateScale(scope: RequestScope): ApiResponse {
  const { request, kind, warnings } = scope;
  const options = parseWriteOptions(request.query, "UpdateOptions");
  const parsed = parseBody(request.body, request.headers["content-type"], SCALE.kind);
  const draft = decodeBody(parsed, kind, SCALE, options.fieldValidation, warnings);
  return writeScale(scope, options, () => draft);
}

export function patchScale(scope: RequestScope): ApiResponse {
  const { request } = scope;
  const type = mediaType(request.headers["content-type"]);
  if (!type.endsWith("-patch+json")) throw unsupportedPatchType();
  const options = parseWriteOptions(request.query, "PatchOptions");
  return writeScale(scope, options, (current) => {
    const tree = patchTree(SCALE.schema, current as unknown as KubeObject, request.body, type);
    try {
      return decodeObject(SCALE.schema, cloneTree(tree)).draft;
    } catch (error) {
      if (error instanceof DecodeError) throw badRequest(error.message);
      throw error;
    }
  });
}

function writeScale(scope: RequestScope, options: WriteOptions, change: (current: Draft) => Draft): ApiResponse {
  const { info, kind, resources, warnings } = scope;
  const stored = resources.update(
    kind,
    info.namespace,
    info.name,
    (old) => {
      const scale = change(scaleOf(old));
      const meta = (scale["metadata"] ?? {}) as Draft;
      const replicas = Number((scale["spec"] as Draft | undefined)?.["replicas"] ?? 0);
      checkScale(scope, old, meta, replicas);
      const draft = cloneTree(old) as unknown as Draft;
      draft["spec"] = { ...(draft["spec"] as Draft), replicas };
      return draft;
    },
    operationOf(scope, options),
    { subresource: "scale" },
  );
  return jsonResponse(200, scaleOf(stored), { warnings });
}

function checkScale(scope: RequestScope, old: KubeObject, meta: Draft, replicas: number): void {
  const version = meta["resourceVersion"];
  const { name, uid, resourceVersion } = old.metadata;
  if (meta["uid"] && meta["uid"] !== uid) {
    throw conflict(
      groupResource(scope.kind),
      name,
      `Precondition failed: UID in precondition: ${String(meta["uid"])}, UID in object meta: ${uid}`,
    );
  }
  if (version && version !== resourceVersion) throw conflict(groupResource(scope.kind), name, MODIFIED_TEXT);
  if (replicas < 0) {
    throw invalid({ group: "autoscaling", name: "Scale" }, name, [
      invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
}

function scaleOf(object: KubeObject): Draft {
  const spec = (object["spec"] ?? {}) as Draft;
  const status = (object["status"] ?? {}) as Draft;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(object);
  const replicas = Number(spec["replicas"] ?? 0);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(status["replicas"] ?? 0), ...(selector ? { selector } : {}) },
  };
}

/** ReplicationControllers select by a plain map, the others by a label selector. */
function selectorText(object: KubeObject): string {
  const selector = (object["spec"] as Draft | undefined)?.["selector"];
  if (object.kind === "ReplicationController") return formatLabels(selector);
  return labelSelectorText(selector);
}
