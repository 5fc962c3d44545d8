/** Gives a pod its ServiceAccount, the account's pull secrets and the volume with its token. */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import type { KubeObject } from "../types.ts";
import { type AdmissionOptions, type AdmissionPlugin, refusal } from "./plugin.ts";

const MIRROR_ANNOTATION = "kubernetes.io/config.mirror";
export const TOKEN_MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
/** A little over an hour, so that clients which refresh hourly are not late. */
const TOKEN_EXPIRATION_SECONDS = 3607;

export const serviceAccount: AdmissionPlugin = (request, draft, options) => {
  if (resourceNameOf(request.kind) !== "pods" || request.verb !== "create" || request.subresource) return;
  const metadata = draft["metadata"] as { annotations?: Record<string, string> } | undefined;
  const spec = draft["spec"] as Draft | undefined;
  if (!spec || metadata?.annotations?.[MIRROR_ANNOTATION] !== undefined) return;
  spec["serviceAccountName"] ||= "default";
  spec["serviceAccount"] = spec["serviceAccountName"];
  const account = accountOf(request, draft, String(spec["serviceAccountName"]), options);
  if (list(spec["imagePullSecrets"]).length === 0 && list(account["imagePullSecrets"]).length > 0) {
    spec["imagePullSecrets"] = [...list(account["imagePullSecrets"])];
  }
  const automounts = spec["automountServiceAccountToken"] ?? account["automountServiceAccountToken"] ?? true;
  if (automounts) mountToken(spec, options);
};

function accountOf(request: AdmissionRequest, draft: Draft, name: string, options: AdmissionOptions): KubeObject {
  const { resources } = options;
  const account = resources.find(resources.registry.resource("serviceaccounts"), request.namespace, name);
  if (account) return account;
  throw refusal(
    request,
    draft,
    "mutating",
    `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
  );
}

function mountToken(spec: Draft, options: AdmissionOptions): void {
  const existing = list(spec["volumes"]).find((volume) => String(volume["name"]).startsWith("kube-api-access-"));
  const name = existing ? String(existing["name"]) : `kube-api-access-${options.random.text(5)}`;
  let isNeeded = false;
  for (const container of [...list(spec["initContainers"]), ...list(spec["containers"])]) {
    const mounts = list(container["volumeMounts"]);
    if (mounts.some((mount) => mount["mountPath"] === TOKEN_MOUNT_PATH)) continue;
    container["volumeMounts"] = [...mounts, { name, readOnly: true, mountPath: TOKEN_MOUNT_PATH }];
    isNeeded = true;
  }
  if (isNeeded && !existing) spec["volumes"] = [...list(spec["volumes"]), tokenVolume(name)];
}

function tokenVolume(name: string): Draft {
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: TOKEN_EXPIRATION_SECONDS, path: "token" } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
        {
          downwardAPI: {
            items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }],
          },
        },
      ],
      defaultMode: 0o644,
    },
  };
}

function list(value: unknown): Draft[] {
  return Array.isArray(value) ? (value as Draft[]) : [];
}
