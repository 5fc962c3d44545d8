/** `/healthz`, `/livez`, `/readyz`. */
import { queryValue } from "./request-options.ts";
import { textResponse } from "./responses.ts";
import type { ApiRequest, ApiResponse } from "./types.ts";

const POST_START_HOOKS = [
  "start-apiserver-admission-initializer",
  "generic-apiserver-start-informers",
  "priority-and-fairness-config-consumer",
  "priority-and-fairness-filter",
  "storage-object-count-tracker-hook",
  "start-apiextensions-informers",
  "start-apiextensions-controllers",
  "crd-informer-synced",
  "start-system-namespaces-controller",
  "peer-endpoint-reconciler-controller",
  "start-cluster-authentication-info-controller",
  "start-kube-apiserver-identity-lease-controller",
  "start-kube-apiserver-identity-lease-garbage-collector",
  "storage-readiness",
  "start-legacy-token-tracking-controller",
  "start-service-ip-repair-controllers",
  "rbac/bootstrap-roles",
  "scheduling/bootstrap-system-priority-classes",
  "priority-and-fairness-config-producer",
  "bootstrap-controller",
  "start-kubernetes-service-cidr-controller",
  "start-kube-aggregator-informers",
  "apiservice-status-local-available-controller",
  "apiservice-status-remote-available-controller",
  "apiservice-registration-controller",
  "apiservice-discovery-controller",
  "kube-apiserver-autoregistration",
  "autoregister-completion",
  "apiservice-openapi-controller",
  "apiservice-openapiv3-controller",
].map((name) => (name === "autoregister-completion" ? name : `poststarthook/${name}`));

const CHECKS: Readonly<Record<string, readonly string[]>> = {
  healthz: ["ping", "log", "etcd", ...POST_START_HOOKS],
  livez: ["ping", "log", "etcd", ...POST_START_HOOKS],
  readyz: ["ping", "log", "etcd", "etcd-readiness", "informer-sync", ...POST_START_HOOKS, "shutdown"],
};

export const HEALTH_PATHS: readonly string[] = Object.entries(CHECKS).flatMap(([endpoint, checks]) => [
  `/${endpoint}`,
  ...checks.map((check) => `/${endpoint}/${check}`),
]);

/** Undefined when the path is no health check. `isEtcdUp` decides the checks that ask etcd. */
export function health(request: ApiRequest, isEtcdUp: boolean): ApiResponse | undefined {
  const [endpoint = "", ...rest] = request.path.split("/").filter(Boolean);
  const checks = CHECKS[endpoint];
  if (!checks) return undefined;
  const excluded = new Set(request.query.filter(([name]) => name === "exclude").map(([, value]) => value));
  const isUp = (check: string) => isEtcdUp || !check.startsWith("etcd");
  if (rest.length > 0) {
    const check = rest.join("/");
    if (!checks.includes(check)) return textResponse(404, "404 page not found\n");
    return isUp(check)
      ? textResponse(200, "ok")
      : textResponse(500, "internal server error: etcd failed: reason withheld\n");
  }
  const failed = checks.filter((check) => !isUp(check) && !excluded.has(check));
  const lines = checks.map((check) => {
    if (excluded.has(check)) return `[+]${check} excluded: ok`;
    return isUp(check) ? `[+]${check} ok` : `[-]${check} failed: reason withheld`;
  });
  if (failed.length > 0) return textResponse(500, `${lines.join("\n")}\n${endpoint} check failed\n`);
  const isVerbose = queryValue(request.query, "verbose") !== "" || request.query.some(([name]) => name === "verbose");
  return textResponse(200, isVerbose ? `${lines.join("\n")}\n${endpoint} check passed\n` : "ok");
}
