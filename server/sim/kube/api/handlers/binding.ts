/** Binds a pod to a node: what the scheduler posts. */
import type { Draft } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeBody, parseBody } from "../body.ts";
import { badRequest, conflict, invalid, notSupported, required } from "../errors.ts";
import type { Operation } from "../operation.ts";
import { parseWriteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import type { Resources } from "../resources.ts";
import { jsonResponse, success } from "../responses.ts";
import type { ApiResponse, KubeObject } from "../types.ts";

const BINDING_SCHEMA = "io.k8s.api.core.v1.Binding";

export function bindPod(scope: RequestScope): ApiResponse {
  const { request, info, kind, resources, warnings } = scope;
  const options = parseWriteOptions(request.query, "CreateOptions");
  const parsed = parseBody(request.body, request.headers["content-type"], "Binding");
  const expected = { schema: BINDING_SCHEMA, kind: "Binding" };
  const binding = decodeBody(parsed, kind, expected, options.fieldValidation, warnings);
  const name = String((binding["metadata"] as Draft | undefined)?.["name"] ?? "");
  // The old `bindings` collection takes the pod's name from the body.
  const podName = info.resource === "bindings" ? name : info.name;
  if (name !== podName || name === "") throw badRequest("name in URL does not match name in Binding object");
  assignPod(resources, info.namespace, binding, operationOf(scope, options));
  return jsonResponse(201, { ...success(), code: 201 }, { warnings });
}

/** Throws 404 for no pod, 409 for one that has a node already, 422 for a target that is no node. */
export function assignPod(resources: Resources, namespace: string, binding: Draft, operation: Operation): KubeObject {
  const metadata = (binding["metadata"] ?? {}) as Draft;
  const target = (binding["target"] ?? {}) as { kind?: string; name?: string };
  const name = String(metadata["name"] ?? "");
  const errors = [
    ...(target.kind && target.kind !== "Node" ? [notSupported("target.kind", target.kind, ["Node", "<empty>"])] : []),
    ...(target.name ? [] : [required("target.name")]),
  ];
  if (errors.length > 0) throw invalid({ group: "", name: "Binding" }, name, errors);
  const time = resources.timestamp();
  return resources.update(
    resources.registry.resource("pods"),
    namespace,
    name,
    (pod) => boundPod(pod, metadata, String(target.name), time),
    operation,
    // The record of managers does not mention bindings.
    { subresource: "binding", keepsManagedFields: true },
  );
}

function boundPod(pod: KubeObject, metadata: Draft, nodeName: string, time: string): Draft {
  const resource = { group: "", name: "pods/binding" };
  const { name, uid, deletionTimestamp } = pod.metadata;
  const draft = cloneTree(pod) as unknown as Draft;
  const spec = draft["spec"] as Draft;
  if (metadata["uid"] && metadata["uid"] !== uid) {
    throw conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${String(metadata["uid"])}, UID in object meta: ${uid}`,
    );
  }
  if (deletionTimestamp) throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (spec["nodeName"])
    throw conflict(resource, name, `pod ${name} is already assigned to node ${JSON.stringify(spec["nodeName"])}`);
  spec["nodeName"] = nodeName;
  const meta = draft["metadata"] as Draft;
  if (metadata["annotations"]) {
    meta["annotations"] = { ...(meta["annotations"] as Draft | undefined), ...(metadata["annotations"] as Draft) };
  }
  const status = (draft["status"] ?? {}) as Draft;
  const conditions = ((status["conditions"] ?? []) as Draft[]).filter(
    (condition) => condition["type"] !== "PodScheduled",
  );
  status["conditions"] = [
    ...conditions,
    { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: time },
  ];
  draft["status"] = status;
  return draft;
}
