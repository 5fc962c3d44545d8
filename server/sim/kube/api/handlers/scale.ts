/** The `scale` subresource: replicas of a workload as an autoscaling/v1 Scale. */
import { formatLabels } from "../../kinds/validation/selectors.ts";
import type { Draft, KindDefinition } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { decodeBody, mediaType, parseBody } from "../body.ts";
import { decodeObject, DecodeError } from "../decode.ts";
import { customKindOf } from "../custom-kind.ts";
import {
  badRequest,
  conflict,
  internalError,
  invalid,
  invalidValue,
  MODIFIED_TEXT,
  unsupportedPatchType,
} from "../errors.ts";
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
  return jsonResponse(200, scaleOf(resources.get(kind, info.namespace, info.name), fieldsOf(kind)));
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
  const fields = fieldsOf(kind);
  const stored = resources.update(
    kind,
    info.namespace,
    info.name,
    (old) => {
      const scale = change(scaleOf(old, fields));
      const meta = (scale["metadata"] ?? {}) as Draft;
      const replicas = Number((scale["spec"] as Draft | undefined)?.["replicas"] ?? 0);
      checkScale(scope, old, meta, replicas);
      const draft = cloneTree(old) as unknown as Draft;
      setField(draft, fields.replicas, replicas);
      return draft;
    },
    operationOf(scope, options),
    { subresource: "scale" },
  );
  return jsonResponse(200, scaleOf(stored, fields), { warnings });
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

/** Where a kind keeps what a Scale shows. */
interface ScaleFields {
  readonly replicas: readonly string[];
  readonly currentReplicas: readonly string[];
  selector(object: KubeObject): string;
}

const WORKLOAD: ScaleFields = {
  replicas: ["spec", "replicas"],
  currentReplicas: ["status", "replicas"],
  selector: selectorText,
};

function fieldsOf(kind: KindDefinition): ScaleFields {
  const paths = customKindOf(kind)?.scale;
  if (paths === undefined) return WORKLOAD;
  const { labelSelectorPath = "" } = paths;
  return {
    replicas: parts(paths.specReplicasPath),
    currentReplicas: parts(paths.statusReplicasPath),
    selector: (object) => (labelSelectorPath ? String(fieldAt(object, parts(labelSelectorPath)) ?? "") : ""),
  };
}

/** `.spec.replicas`; the definition's validation allows no arrays in it. */
const parts = (path: string): readonly string[] => path.split(".").filter(Boolean);

function fieldAt(object: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, name) => (value as Draft | undefined)?.[name], object);
}

function setField(draft: Draft, path: readonly string[], value: unknown): void {
  const [name = "", ...rest] = path;
  if (rest.length === 0) {
    draft[name] = value;
    return;
  }
  draft[name] ??= {};
  setField(draft[name] as Draft, rest, value);
}

function scaleOf(object: KubeObject, fields: ScaleFields): Draft {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const wanted = fieldAt(object, fields.replicas);
  if (wanted === undefined && fields !== WORKLOAD) {
    throw internalError(`the spec replicas field ".${fields.replicas.join(".")}" does not exist`);
  }
  const selector = fields.selector(object);
  const replicas = Number(wanted ?? 0);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: replicas === 0 ? {} : { replicas },
    status: { replicas: Number(fieldAt(object, fields.currentReplicas) ?? 0), ...(selector ? { selector } : {}) },
  };
}

/** ReplicationControllers select by a plain map, the others by a label selector. */
function selectorText(object: KubeObject): string {
  const selector = (object["spec"] as Draft | undefined)?.["selector"];
  if (object.kind === "ReplicationController") return formatLabels(selector);
  return labelSelectorText(selector);
}
