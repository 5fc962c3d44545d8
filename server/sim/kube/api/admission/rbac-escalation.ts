/** Nobody grants rights they do not have: checked when roles and their bindings are written. */
import type { Draft } from "../../kinds/types.ts";
import { allows, authorize, MASTERS_GROUP, type PolicyRule, rulesFor } from "../auth/rbac.ts";
import { forbidden } from "../errors.ts";
import { groupResource } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import type { UserInfo } from "../types.ts";
import type { AdmissionOptions, AdmissionPlugin } from "./plugin.ts";

const RBAC = "rbac.authorization.k8s.io";

export const rbacEscalation: AdmissionPlugin = (request, draft, options) => {
  const { kind, verb, operation } = request;
  if (kind.group !== RBAC || (verb !== "create" && verb !== "update")) return;
  if (operation.user.groups.includes(MASTERS_GROUP)) return;
  const isBinding = kind.kind.endsWith("Binding");
  const granted = isBinding ? rulesOfRole(request, draft, options) : ((draft["rules"] ?? []) as PolicyRule[]);
  if (mayRegardless(request, draft, options, isBinding)) return;
  const held = rulesFor(options.resources, operation.user, request.namespace);
  const missing = granted.flatMap(singleRules).filter((rule) => !held.some((own) => covers(own, rule)));
  if (missing.length === 0) return;
  const name = String((draft["metadata"] as Draft | undefined)?.["name"] ?? request.name);
  throw forbidden(groupResource(kind), name, escalationText(operation.user, missing));
};

/** The verbs `escalate` on roles and `bind` on the role that is bound. */
function mayRegardless(
  request: AdmissionRequest,
  draft: Draft,
  options: AdmissionOptions,
  isBinding: boolean,
): boolean {
  const roleRef = (draft["roleRef"] ?? {}) as { kind?: string; name?: string };
  const isClusterRole = isBinding ? roleRef.kind === "ClusterRole" : request.kind.kind === "ClusterRole";
  const attributes = {
    verb: isBinding ? "bind" : "escalate",
    namespace: request.namespace,
    group: RBAC,
    resource: isClusterRole ? "clusterroles" : "roles",
    subresource: "",
    name: isBinding ? (roleRef.name ?? "") : request.name,
    path: "",
  };
  return authorize(options.resources, request.operation.user, attributes).isAllowed;
}

function rulesOfRole(request: AdmissionRequest, draft: Draft, { resources }: AdmissionOptions): PolicyRule[] {
  const roleRef = (draft["roleRef"] ?? {}) as { kind?: string; name?: string };
  const isCluster = roleRef.kind === "ClusterRole";
  const kind = resources.registry.resource(`${isCluster ? "clusterroles" : "roles"}.${RBAC}`);
  const role = resources.find(kind, isCluster ? "" : request.namespace, roleRef.name ?? "");
  return (role?.["rules"] ?? []) as PolicyRule[];
}

/** A rule split into rules with one verb, group and resource (or path) each. */
function singleRules(rule: PolicyRule): PolicyRule[] {
  const verbs = rule.verbs ?? [];
  const paths = (rule.nonResourceURLs ?? []).flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      verbs.map((verb) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...(rule.resourceNames?.length ? { resourceNames: rule.resourceNames } : {}),
      })),
    ),
  );
  return [...resources, ...paths];
}

function covers(own: PolicyRule, single: PolicyRule): boolean {
  const [verb = ""] = single.verbs ?? [];
  const [url] = single.nonResourceURLs ?? [];
  const base = { verb, namespace: "", group: "", resource: "", subresource: "", name: "", path: "" };
  if (url !== undefined) return allows(own, { ...base, path: url });
  const [resource = "", subresource = ""] = (single.resources?.[0] ?? "").split("/");
  const attributes = { ...base, group: single.apiGroups?.[0] ?? "", resource, subresource };
  const names = single.resourceNames ?? [""];
  return names.every((name) => allows(own, { ...attributes, name }));
}

function escalationText(user: UserInfo, missing: readonly PolicyRule[]): string {
  const groups = user.groups.map((group) => JSON.stringify(group)).join(" ");
  const lines = compact(missing).map(ruleText).sort();
  return `user ${JSON.stringify(user.name)} (groups=[${groups}]) is attempting to grant RBAC permissions not currently held:\n${lines.join("\n")}`;
}

/** Single rules that differ only in their verb, put together again. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const byRest = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs = [], ...rest } = rule;
    const key = JSON.stringify(rest);
    byRest.set(key, { ...rest, verbs: [...(byRest.get(key)?.verbs ?? []), ...verbs] });
  }
  return [...byRest.values()];
}

function ruleText(rule: PolicyRule): string {
  const list = (values: readonly string[]) => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;
  const parts = [
    ...(rule.apiGroups?.length ? [`APIGroups:${list(rule.apiGroups)}`] : []),
    ...(rule.resources?.length ? [`Resources:${list(rule.resources)}`] : []),
    ...(rule.resourceNames?.length ? [`ResourceNames:${list(rule.resourceNames)}`] : []),
    ...(rule.nonResourceURLs?.length ? [`NonResourceURLs:${list(rule.nonResourceURLs)}`] : []),
    `Verbs:${list(rule.verbs ?? [])}`,
  ];
  return `{${parts.join(", ")}}`;
}
