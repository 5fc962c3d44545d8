/** What a request's path and method mean. Follows `apiserver/pkg/endpoints/request/requestinfo.go`. */

export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for other paths the method in lower case. */
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly namespace: string;
  readonly resource: string;
  readonly subresource: string;
  readonly name: string;
  /** Path segments after the name and subresource: of a proxy call. */
  readonly rest: readonly string[];
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

export function parseRequestInfo(
  method: string,
  path: string,
  query: readonly (readonly [string, string])[],
): RequestInfo {
  const parts = path.split("/").filter(Boolean).map(decodeSegment);
  const other: RequestInfo = {
    isResource: false,
    path,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    namespace: "",
    resource: "",
    subresource: "",
    name: "",
    rest: [],
  };
  if (parts[0] !== "api" && parts[0] !== "apis") return other;
  const prefixLength = parts[0] === "api" ? 2 : 3;
  if (parts.length <= prefixLength) return other;
  const group = parts[0] === "api" ? "" : (parts[1] as string);
  const version = parts[prefixLength - 1] as string;
  return resourceInfo(method, { ...other, isResource: true, group, version }, parts.slice(prefixLength), query);
}

function resourceInfo(
  method: string,
  base: RequestInfo,
  given: readonly string[],
  query: readonly (readonly [string, string])[],
): RequestInfo {
  let parts = given;
  let verb = VERBS[method] ?? "";
  let namespace = "";
  const isWatchPath = parts[0] === "watch" && parts.length > 1;
  if (isWatchPath) {
    verb = "watch";
    parts = parts.slice(1);
  }
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1] as string;
    // `/namespaces/x/status` is the namespace's own subresource, `/namespaces/x/pods` is not.
    if (parts.length > 2 && parts[2] !== "status" && parts[2] !== "finalize") parts = parts.slice(2);
  }
  const [resource = "", name = "", subresource = "", ...rest] = parts;
  const selectedName = nameFromFieldSelector(query);
  if (name === "" && (verb === "get" || verb === "watch")) {
    verb = isTrue(query, "watch") || isWatchPath ? "watch" : "list";
  }
  if (name === "" && verb === "delete") verb = "deletecollection";
  const effectiveName = name || (["list", "watch", "deletecollection"].includes(verb) ? (selectedName ?? "") : "");
  return { ...base, verb, namespace, resource, name: effectiveName, subresource, rest };
}

/** A collection request for one name is authorised for that name. */
function nameFromFieldSelector(query: readonly (readonly [string, string])[]): string | undefined {
  const selector = query.find(([key]) => key === "fieldSelector")?.[1];
  const match = selector?.match(/(?:^|,)metadata\.name==?([^,]+)(?:,|$)/);
  return match?.[1];
}

export function isTrue(query: readonly (readonly [string, string])[], key: string): boolean {
  const value = query.find(([name]) => name === key)?.[1];
  return value !== undefined && value !== "false" && value !== "0";
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
