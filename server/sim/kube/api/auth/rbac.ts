/** Role-based access control: who may do what, by the Role and ClusterRole objects in the store. */
import { qualified } from "../errors.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { KubeObject, UserInfo } from "../types.ts";

export interface PolicyRule {
  readonly verbs?: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

/** What is to be decided on. `resource` empty: a path that is no resource. */
export interface AccessAttributes {
  readonly verb: string;
  readonly namespace: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  readonly path: string;
}

export interface AccessDecision {
  readonly isAllowed: boolean;
  /** `RBAC: allowed by …`, or what went wrong while looking. */
  readonly reason: string;
}

interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

/** Members of this group are never refused anything. */
export const MASTERS_GROUP = "system:masters";
const RBAC_GROUP = "rbac.authorization.k8s.io";

export function authorize(resources: ObjectReader, user: UserInfo, attributes: AccessAttributes): AccessDecision {
  if (user.groups.includes(MASTERS_GROUP)) return { isAllowed: true, reason: "" };
  if (isNodeAllowed(resources, user, attributes)) return { isAllowed: true, reason: "" };
  const problems: string[] = [];
  for (const grant of grantsOf(resources, user, attributes.namespace, problems)) {
    if (grant.rules.some((rule) => allows(rule, attributes))) return { isAllowed: true, reason: grant.reason };
  }
  return { isAllowed: false, reason: problems.length > 0 ? `RBAC: ${problemText(problems)}` : "" };
}

function problemText(problems: readonly string[]): string {
  const distinct = [...new Set(problems)];
  return distinct.length === 1 ? (distinct[0] as string) : `[${distinct.join(", ")}]`;
}

interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly reason: string;
}

/** Cluster-wide bindings first, then those of the namespace. Roles that do not exist are added to `problems`. */
function* grantsOf(
  resources: ObjectReader,
  user: UserInfo,
  namespace: string,
  problems: string[],
): Generator<Grant, void, undefined> {
  for (const binding of listOf(resources, "clusterrolebindings")) {
    const subject = matchingSubject(binding, user, "");
    if (!subject) continue;
    const rules = rulesOf(resources, roleRefOf(binding), "", problems);
    yield {
      rules,
      reason: `RBAC: allowed by ClusterRoleBinding ${JSON.stringify(binding.metadata.name)} of ClusterRole ${JSON.stringify(roleRefOf(binding).name)} to ${describe(subject)}`,
    };
  }
  if (!namespace) return;
  for (const binding of listOf(resources, "rolebindings", namespace)) {
    const subject = matchingSubject(binding, user, namespace);
    if (!subject) continue;
    const role = roleRefOf(binding);
    yield {
      rules: rulesOf(resources, role, namespace, problems),
      reason: `RBAC: allowed by RoleBinding ${JSON.stringify(`${binding.metadata.name}/${namespace}`)} of ${role.kind} ${JSON.stringify(role.name)} to ${describe(subject)}`,
    };
  }
}

/** All rules that apply to a user in a namespace, in the order in which they are looked at. */
export function rulesFor(resources: ObjectReader, user: UserInfo, namespace: string): PolicyRule[] {
  const all = [...grantsOf(resources, user, namespace, [])].flatMap((grant) => [...grant.rules]);
  return user.groups.includes(MASTERS_GROUP)
    ? [{ verbs: ["*"], apiGroups: ["*"], resources: ["*"] }, { verbs: ["*"], nonResourceURLs: ["*"] }, ...all]
    : all;
}

function listOf(resources: ObjectReader, plural: string, namespace = ""): readonly KubeObject[] {
  return resources.list(resources.registry.resource(`${plural}.${RBAC_GROUP}`), namespace);
}

function roleRefOf(binding: KubeObject): RoleRef {
  return binding["roleRef"] as RoleRef;
}

function rulesOf(resources: ObjectReader, role: RoleRef, namespace: string, problems: string[]): readonly PolicyRule[] {
  const plural = role.kind === "ClusterRole" ? "clusterroles" : "roles";
  const kind = resources.registry.resource(`${plural}.${RBAC_GROUP}`);
  const object = resources.find(kind, role.kind === "ClusterRole" ? "" : namespace, role.name);
  if (!object) {
    const resource = { group: RBAC_GROUP, name: plural.slice(0, -1) };
    problems.push(`${qualified(resource)} ${JSON.stringify(role.name)} not found`);
    return [];
  }
  return (object["rules"] ?? []) as PolicyRule[];
}

function matchingSubject(binding: KubeObject, user: UserInfo, namespace: string): Subject | undefined {
  return ((binding["subjects"] ?? []) as Subject[]).find((subject) => {
    switch (subject.kind) {
      case "User":
        return subject.name === user.name;
      case "Group":
        return user.groups.includes(subject.name);
      case "ServiceAccount":
        return user.name === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
      default:
        return false;
    }
  });
}

function describe(subject: Subject): string {
  const name = subject.kind === "ServiceAccount" ? `${subject.name}/${subject.namespace ?? ""}` : subject.name;
  return `${subject.kind} ${JSON.stringify(name)}`;
}

export function allows(rule: PolicyRule, attributes: AccessAttributes): boolean {
  if (!includesOrAll(rule.verbs, attributes.verb)) return false;
  if (attributes.resource === "") return (rule.nonResourceURLs ?? []).some((url) => matchesPath(url, attributes.path));
  return (
    includesOrAll(rule.apiGroups, attributes.group) &&
    matchesResource(rule.resources ?? [], attributes.resource, attributes.subresource) &&
    ((rule.resourceNames ?? []).length === 0 || (rule.resourceNames ?? []).includes(attributes.name))
  );
}

function includesOrAll(values: readonly string[] | undefined, value: string): boolean {
  return values !== undefined && (values.includes("*") || values.includes(value));
}

function matchesResource(resources: readonly string[], resource: string, subresource: string): boolean {
  const combined = subresource ? `${resource}/${subresource}` : resource;
  return resources.some((candidate) => {
    if (candidate === "*" || candidate === combined) return true;
    return subresource !== "" && candidate === `*/${subresource}`;
  });
}

function matchesPath(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1));
}

/**
 * The node authorizer in short: kubelets may do what the role `system:node` says. Left out: that
 * each sees only the secrets and volumes of its own pods.
 */
function isNodeAllowed(resources: ObjectReader, user: UserInfo, attributes: AccessAttributes): boolean {
  if (!user.groups.includes("system:nodes") || !user.name.startsWith("system:node:")) return false;
  const rules = rulesOf(resources, { kind: "ClusterRole", name: "system:node" }, "", []);
  return rules.some((rule) => allows(rule, attributes));
}
