/** Issues a token for a ServiceAccount: `kubectl create token`, and the kubelet for its pods. */
import type { Draft } from "../../kinds/types.ts";
import { decodeBody, parseBody } from "../body.ts";
import { conflict, invalid, invalidValue, notFound } from "../errors.ts";
import { parseWriteOptions } from "../request-options.ts";
import type { RequestScope } from "../request-scope.ts";
import type { Resources } from "../resources.ts";
import { jsonResponse } from "../responses.ts";
import type { ApiResponse, KubeObject } from "../types.ts";
import { issueToken } from "../auth/tokens.ts";

const TOKEN_REQUEST = { schema: "io.k8s.api.authentication.v1.TokenRequest", kind: "TokenRequest" };
const SHORTEST_SECONDS = 600;
const DEFAULT_SECONDS = 3600;
const LONGEST_SECONDS = 2 ** 32;

export function createToken(scope: RequestScope): ApiResponse {
  const { request, info, kind, resources, warnings } = scope;
  const options = parseWriteOptions(request.query, "CreateOptions");
  const parsed = parseBody(request.body, request.headers["content-type"], TOKEN_REQUEST.kind);
  const draft = decodeBody(parsed, kind, TOKEN_REQUEST, options.fieldValidation, warnings);
  const account = resources.get(kind, info.namespace, info.name);
  return jsonResponse(201, answerTokenRequest(resources, account, draft), { warnings });
}

interface TokenSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** The request with its token. Throws StatusError. */
export function answerTokenRequest(resources: Resources, account: KubeObject, draft: Draft): Draft {
  const spec = (draft["spec"] ?? {}) as TokenSpec;
  const seconds = spec.expirationSeconds ?? DEFAULT_SECONDS;
  checkExpiration(seconds);
  const { token, expiresMs } = issueToken(resources, {
    account,
    audiences: spec.audiences ?? [],
    expirationSeconds: seconds,
    ...boundObject(resources, account, spec),
  });
  const audiences = spec.audiences?.length ? spec.audiences : ["https://kubernetes.default.svc.cluster.local"];
  return {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      name: account.metadata.name,
      namespace: account.metadata.namespace,
      creationTimestamp: resources.timestamp(),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token, expirationTimestamp: `${new Date(expiresMs).toISOString().slice(0, 19)}Z` },
  };
}

function checkExpiration(seconds: number): void {
  const kind = { group: "authentication.k8s.io", name: "TokenRequest" };
  const field = "spec.expirationSeconds";
  if (seconds < SHORTEST_SECONDS) {
    throw invalid(kind, "", [invalidValue(field, seconds, "may not specify a duration less than 10 minutes")]);
  }
  if (seconds > LONGEST_SECONDS) {
    throw invalid(kind, "", [invalidValue(field, seconds, "may not specify a duration larger than 2^32 seconds")]);
  }
}

function boundObject(resources: Resources, account: KubeObject, spec: TokenSpec): { pod?: KubeObject } {
  const reference = spec.boundObjectRef;
  if (reference?.kind !== "Pod") return {};
  const kind = resources.registry.resource("pods");
  const pod = resources.find(kind, account.metadata.namespace ?? "", reference.name ?? "");
  if (!pod) throw notFound({ group: "", name: "pods" }, reference.name ?? "");
  if (reference.uid && reference.uid !== pod.metadata.uid) {
    throw conflict(
      { group: "", name: "pods" },
      pod.metadata.name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { pod };
}
