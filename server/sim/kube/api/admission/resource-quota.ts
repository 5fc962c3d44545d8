/**
 * Refuses what a namespace's ResourceQuotas do not allow. Usage is counted from the objects
 * themselves, so it is never behind.
 */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import { addQuantities, compareQuantities, sumQuantities } from "../quantities.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { KubeObject } from "../types.ts";
import { type AdmissionOptions, type AdmissionPlugin, refusal } from "./plugin.ts";

type Usage = Readonly<Record<string, string>>;
type Fields = Readonly<Record<string, unknown>>;

export const resourceQuota: AdmissionPlugin = (request, draft, options) => {
  if (request.verb !== "create" || request.subresource || !request.kind.isNamespaced) return;
  const { resources } = options;
  const quotas = resources.list(resources.registry.resource("resourcequotas"), request.namespace);
  for (const quota of quotas) check(request, draft, quota, options);
};

function check(request: AdmissionRequest, draft: Draft, quota: KubeObject, { resources }: AdmissionOptions): void {
  const spec = quota["spec"] as { hard?: Usage; scopes?: readonly string[] };
  const hard = spec.hard ?? {};
  const resource = resourceNameOf(request.kind);
  if (resource === "pods" && !matchesScopes(draft, spec.scopes ?? [])) return;
  if (resource !== "pods" && (spec.scopes ?? []).length > 0) return;
  const requested = pick(usageOf(resource, draft), hard);
  if (resource === "pods") requireComputeFields(request, draft, quota.metadata.name, hard);
  if (Object.keys(requested).length === 0) return;
  const used = usedIn(resources, request, spec.scopes ?? [], hard);
  const exceeded = Object.keys(requested)
    .filter(
      (name) => compareQuantities(addQuantities(used[name] ?? "0", requested[name] ?? "0"), hard[name] ?? "0") > 0,
    )
    .sort();
  if (exceeded.length === 0) return;
  const show = (usage: Usage) => exceeded.map((name) => `${name}=${usage[name] ?? "0"}`).join(",");
  throw refusal(
    request,
    draft,
    "validating",
    `exceeded quota: ${quota.metadata.name}, requested: ${show(requested)}, used: ${show(used)}, limited: ${show(hard)}`,
  );
}

function pick(usage: Usage, hard: Usage): Record<string, string> {
  return Object.fromEntries(Object.entries(usage).filter(([name]) => hard[name] !== undefined));
}

function usedIn(resources: ObjectReader, request: AdmissionRequest, scopes: readonly string[], hard: Usage): Usage {
  const resource = resourceNameOf(request.kind);
  const objects = resources
    .list(request.kind, request.namespace)
    .filter((object) => resource !== "pods" || (!isFinished(object) && matchesScopes(object, scopes)));
  return sumQuantities(objects.map((object) => pick(usageOf(resource, object), hard)));
}

/** What one object uses of every resource a quota may name. */
function usageOf(resource: string, object: Fields): Usage {
  const count = { [`count/${resource}`]: "1" };
  switch (resource) {
    case "pods":
      return { ...count, pods: "1", ...podCompute(object) };
    case "services": {
      const type = (object["spec"] as Fields | undefined)?.["type"];
      const ports = ((object["spec"] as { ports?: unknown[] } | undefined)?.ports ?? []).length;
      return {
        ...count,
        services: "1",
        ...(type === "NodePort" || type === "LoadBalancer" ? { "services.nodeports": String(ports) } : {}),
        ...(type === "LoadBalancer" ? { "services.loadbalancers": "1" } : {}),
      };
    }
    case "persistentvolumeclaims": {
      const requests = ((object["spec"] as Fields | undefined)?.["resources"] as Fields | undefined)?.["requests"];
      const storage = (requests as Usage | undefined)?.["storage"];
      return { ...count, persistentvolumeclaims: "1", ...(storage ? { "requests.storage": storage } : {}) };
    }
    case "configmaps":
    case "secrets":
    case "replicationcontrollers":
    case "resourcequotas":
      return { ...count, [resource]: "1" };
    default:
      return count;
  }
}

function containersOf(pod: Fields): Fields[] {
  return ((pod["spec"] as Fields | undefined)?.["containers"] ?? []) as Fields[];
}

function listOf(container: Fields, field: "requests" | "limits"): Usage {
  return ((container["resources"] as Fields | undefined)?.[field] ?? {}) as Usage;
}

function podCompute(pod: Fields): Usage {
  const requests = sumQuantities(containersOf(pod).map((container) => listOf(container, "requests")));
  const limits = sumQuantities(containersOf(pod).map((container) => listOf(container, "limits")));
  const usage: Record<string, string> = {};
  for (const [name, value] of Object.entries(requests)) {
    usage[`requests.${name}`] = value;
    if (name === "cpu" || name === "memory" || name === "ephemeral-storage") usage[name] = value;
  }
  for (const [name, value] of Object.entries(limits)) usage[`limits.${name}`] = value;
  return usage;
}

const COMPUTE_NAMES = ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory"];

/** A quota on cpu or memory makes these fields compulsory. */
function requireComputeFields(request: AdmissionRequest, pod: Draft, quota: string, hard: Usage): void {
  const missing = COMPUTE_NAMES.filter((name) => hard[name] !== undefined)
    .map((name) => [name, containersLacking(pod, name)] as const)
    .filter(([, containers]) => containers.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (missing.length === 0) return;
  const text = missing.map(([name, containers]) => `${name} for: ${containers.join(",")}`).join("; ");
  throw refusal(request, pod, "validating", `failed quota: ${quota}: must specify ${text}`);
}

function containersLacking(pod: Fields, name: string): string[] {
  const field = name.startsWith("limits.") ? "limits" : "requests";
  const resource = name.replace(/^(requests|limits)\./, "");
  return containersOf(pod)
    .filter((container) => listOf(container, field)[resource] === undefined)
    .map((container) => String(container["name"]));
}

function isFinished(pod: Fields): boolean {
  const phase = (pod["status"] as Fields | undefined)?.["phase"];
  return phase === "Succeeded" || phase === "Failed";
}

function matchesScopes(pod: Fields, scopes: readonly string[]): boolean {
  const isBestEffort = containersOf(pod).every(
    (container) =>
      Object.keys(listOf(container, "requests")).length + Object.keys(listOf(container, "limits")).length === 0,
  );
  const isTerminating = (pod["spec"] as Fields | undefined)?.["activeDeadlineSeconds"] !== undefined;
  return scopes.every((scope) => {
    switch (scope) {
      case "BestEffort":
        return isBestEffort;
      case "NotBestEffort":
        return !isBestEffort;
      case "Terminating":
        return isTerminating;
      case "NotTerminating":
        return !isTerminating;
      default:
        return true;
    }
  });
}
