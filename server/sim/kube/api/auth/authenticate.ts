/** Who sends a request, and whom it wants to be taken for. */
import { forbidden, unauthorized } from "../errors.ts";
import type { Resources } from "../resources.ts";
import type { ApiRequest, UserInfo } from "../types.ts";
import { authorize } from "./rbac.ts";
import { verifyToken } from "./tokens.ts";

export const ANONYMOUS: UserInfo = { name: "system:anonymous", groups: ["system:unauthenticated"] };
const AUTHENTICATED = "system:authenticated";
const SERVICE_ACCOUNT_PREFIX = "system:serviceaccount:";

/** Throws 401 for credentials that are wrong; without any, the user is anonymous. */
export function authenticate(resources: Resources, request: ApiRequest): UserInfo {
  if (request.user) return withGroup(request.user, AUTHENTICATED);
  const authorization = request.headers["authorization"];
  if (authorization === undefined) return ANONYMOUS;
  const token = authorization.match(/^bearer\s+(\S+)\s*$/i)?.[1];
  // A scheme the server does not know is no credential at all.
  if (token === undefined) return ANONYMOUS;
  const user = verifyToken(resources, token);
  if (!user) throw unauthorized();
  return user;
}

function withGroup(user: UserInfo, group: string): UserInfo {
  if (user.name === ANONYMOUS.name || user.groups.includes(group)) return user;
  return { ...user, groups: [...user.groups, group] };
}

/** The user of the `impersonate-*` headers; throws 403 when `user` may not act for them. */
export function impersonate(resources: Resources, request: ApiRequest, user: UserInfo): UserInfo {
  const name = request.headers["impersonate-user"];
  const groups = splitList(request.headers["impersonate-group"]);
  const uid = request.headers["impersonate-uid"];
  if (!name) return user;
  const serviceAccount = serviceAccountOf(name);
  if (serviceAccount) check(resources, user, "serviceaccounts", serviceAccount.name, serviceAccount.namespace);
  else check(resources, user, "users", name);
  for (const group of groups) check(resources, user, "groups", group);
  if (uid) check(resources, user, "uids", uid, "", "authentication.k8s.io");
  return {
    name,
    ...(uid ? { uid } : {}),
    groups: impersonatedGroups(name, groups, serviceAccount?.namespace),
    ...extraOf(request),
  };
}

function impersonatedGroups(name: string, groups: readonly string[], namespace: string | undefined): string[] {
  const own =
    groups.length === 0 && namespace !== undefined
      ? ["system:serviceaccounts", `system:serviceaccounts:${namespace}`]
      : [...groups];
  if (name === ANONYMOUS.name) return own.includes("system:unauthenticated") ? own : [...own, "system:unauthenticated"];
  return own.includes(AUTHENTICATED) || own.includes("system:unauthenticated") ? own : [...own, AUTHENTICATED];
}

function extraOf(request: ApiRequest): Pick<UserInfo, "extra"> {
  const prefix = "impersonate-extra-";
  const entries = Object.entries(request.headers).filter(([header]) => header.startsWith(prefix));
  if (entries.length === 0) return {};
  return {
    extra: Object.fromEntries(
      entries.map(([header, value]) => [decodeURIComponent(header.slice(prefix.length)), splitList(value)]),
    ),
  };
}

/** Repeated headers arrive as one, joined by commas. */
function splitList(header: string | undefined): string[] {
  return (header ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function serviceAccountOf(name: string): { readonly namespace: string; readonly name: string } | undefined {
  if (!name.startsWith(SERVICE_ACCOUNT_PREFIX)) return undefined;
  const [namespace, account, ...more] = name.slice(SERVICE_ACCOUNT_PREFIX.length).split(":");
  return namespace && account && more.length === 0 ? { namespace, name: account } : undefined;
}

function check(resources: Resources, user: UserInfo, resource: string, name: string, namespace = "", group = ""): void {
  const attributes = { verb: "impersonate", namespace, group, resource, subresource: "", name, path: "" };
  if (authorize(resources, user, attributes).isAllowed) return;
  throw forbidden({ group, name: resource }, name, denialText(user, attributes));
}

/** `User "jane" cannot list resource "pods" in API group "" in the namespace "default"`. */
export function denialText(
  user: UserInfo,
  attributes: {
    readonly verb: string;
    readonly namespace: string;
    readonly group: string;
    readonly resource: string;
    readonly subresource: string;
    readonly path: string;
  },
): string {
  const subject = `User ${JSON.stringify(user.name)} cannot ${attributes.verb}`;
  if (attributes.resource === "") return `${subject} path ${JSON.stringify(attributes.path)}`;
  const resource = attributes.subresource ? `${attributes.resource}/${attributes.subresource}` : attributes.resource;
  const where = attributes.namespace
    ? `in the namespace ${JSON.stringify(attributes.namespace)}`
    : "at the cluster scope";
  return `${subject} resource ${JSON.stringify(resource)} in API group ${JSON.stringify(attributes.group)} ${where}`;
}
