/**
 * ServiceAccount tokens: JSON web tokens whose claims decode like real ones. The signature is an
 * HMAC in the place of RS256 (nobody in the cluster verifies it but this server), so that a token
 * needs no table and survives a snapshot.
 */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import type { Resources } from "../resources.ts";
import type { KubeObject, UserInfo } from "../types.ts";

const ISSUER = "https://kubernetes.default.svc.cluster.local";
/** Length of an RS256 signature. */
const SIGNATURE_BYTES = 256;

export interface TokenOrder {
  readonly account: KubeObject;
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
  readonly pod?: KubeObject;
}

interface Claims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly node?: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly serviceaccount: { readonly name: string; readonly uid: string };
  };
  readonly nbf: number;
  readonly sub: string;
}

export function issueToken(
  resources: Resources,
  order: TokenOrder,
): { readonly token: string; readonly expiresMs: number } {
  const nowSeconds = Math.floor(resources.nowMs() / 1000);
  const { name, namespace = "", uid = "" } = order.account.metadata;
  const { pod } = order;
  const claims: Claims = {
    aud: order.audiences.length > 0 ? order.audiences : [ISSUER],
    exp: nowSeconds + order.expirationSeconds,
    iat: nowSeconds,
    iss: ISSUER,
    jti: resources.uuid(),
    "kubernetes.io": {
      namespace,
      ...nodeClaim(resources, pod),
      ...(pod ? { pod: { name: pod.metadata.name, uid: pod.metadata.uid ?? "" } } : {}),
      serviceaccount: { name, uid },
    },
    nbf: nowSeconds,
    sub: `system:serviceaccount:${namespace}:${name}`,
  };
  const header = encodeText(JSON.stringify({ alg: "RS256", kid: keyId(resources) }));
  const payload = encodeText(JSON.stringify(claims));
  const signature = encodeBytes(sign(resources, `${header}.${payload}`));
  return { token: `${header}.${payload}.${signature}`, expiresMs: claims.exp * 1000 };
}

/** Who the token stands for; undefined when it is forged, expired, or its account or pod is gone. */
export function verifyToken(
  resources: Resources,
  token: string,
  audiences: readonly string[] = [],
): UserInfo | undefined {
  const [header = "", payload = "", signature = "", ...more] = token.split(".");
  if (more.length > 0 || signature === "") return undefined;
  if (encodeBytes(sign(resources, `${header}.${payload}`)) !== signature) return undefined;
  const claims = JSON.parse(decodeText(payload)) as Claims;
  if (claims.exp * 1000 <= resources.nowMs()) return undefined;
  const wanted = audiences.length > 0 ? audiences : [ISSUER];
  if (!claims.aud.some((audience) => wanted.includes(audience))) return undefined;
  const { namespace, pod, serviceaccount, node } = claims["kubernetes.io"];
  if (!isPresent(resources, "serviceaccounts", namespace, serviceaccount)) return undefined;
  if (pod && !isPresent(resources, "pods", namespace, pod)) return undefined;
  return {
    name: claims.sub,
    uid: serviceaccount.uid,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
    extra: {
      "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`],
      ...(node
        ? {
            "authentication.kubernetes.io/node-name": [node.name],
            "authentication.kubernetes.io/node-uid": [node.uid],
          }
        : {}),
      ...(pod
        ? {
            "authentication.kubernetes.io/pod-name": [pod.name],
            "authentication.kubernetes.io/pod-uid": [pod.uid],
          }
        : {}),
    },
  };
}

function isPresent(
  resources: Resources,
  resource: string,
  namespace: string,
  { name, uid }: { readonly name: string; readonly uid: string },
): boolean {
  const object = resources.find(resources.registry.resource(resource), namespace, name);
  return object !== undefined && object.metadata.uid === uid;
}

function nodeClaim(resources: Resources, pod: KubeObject | undefined): Partial<Claims["kubernetes.io"]> {
  const name = (pod?.["spec"] as { nodeName?: string } | undefined)?.nodeName;
  if (!name) return {};
  const node = resources.find(resources.registry.resource("nodes"), "", name);
  return { node: { name, uid: node?.metadata.uid ?? "" } };
}

/** The cluster's key: derived from the identity of its first namespace, which no one can choose. */
function keyOf(resources: Resources): Uint8Array {
  const namespace = resources.find(resources.registry.resource("namespaces"), "", "kube-system");
  return sha256(new TextEncoder().encode(`service-account-key ${namespace?.metadata.uid ?? ""}`));
}

function keyId(resources: Resources): string {
  return encodeBytes(sha256(keyOf(resources)));
}

function sign(resources: Resources, text: string): Uint8Array {
  const key = keyOf(resources);
  const result = new Uint8Array(SIGNATURE_BYTES);
  for (let block = 0; block * 32 < SIGNATURE_BYTES; block++) {
    result.set(hmac(sha256, key, new TextEncoder().encode(`${block} ${text}`)), block * 32);
  }
  return result;
}

function encodeBytes(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function encodeText(text: string): string {
  return encodeBytes(new TextEncoder().encode(text));
}

function decodeText(encoded: string): string {
  const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}
