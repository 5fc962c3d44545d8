/** One object a command is about, and how to reach it. */
import type { ApiObject, Query, RequestOptions } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import type { ResourceType } from "./discovery.ts";
import { printedKind } from "./discovery.ts";

export interface Target {
  readonly type: ResourceType;
  /** Empty for cluster-scoped types. */
  readonly namespace: string;
  readonly name: string;
  /** The file it was read from; empty when named on the command line. */
  readonly source: string;
  /** As read from the file or the server. */
  readonly object: ApiObject;
}

/** `/apis/apps/v1/namespaces/default/deployments/web/scale`. An empty namespace means all or none. */
export function resourcePath(type: ResourceType, namespace: string, name = "", subresource = ""): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.isNamespaced && namespace !== "" ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  const tail = name === "" ? "" : `/${encodeURIComponent(name)}`;
  return `${root}${scope}/${type.name}${tail}${subresource === "" ? "" : `/${subresource}`}`;
}

/** `deployment.apps/web`. */
export function printedName(type: ResourceType, name: string): string {
  return `${printedKind(type.group, type.kind)}/${name}`;
}

/** GETs one object. The empty name is refused as client-go does. */
export async function getObject(
  kubectl: Kubectl,
  type: ResourceType,
  namespace: string,
  name: string,
  options: { readonly query?: Query; readonly accept?: string; readonly subresource?: string } = {},
): Promise<ApiObject> {
  requireName(name);
  return kubectl.client().request("GET", resourcePath(type, namespace, name, options.subresource ?? ""), options);
}

export function requireName(name: string): void {
  if (name === "") throw new KubectlError("resource name may not be empty");
  const problems = [
    ...(name === "." || name === ".." ? [`may not be '${name}'`] : []),
    ...["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`),
  ];
  if (problems.length > 0)
    throw new KubectlError(`invalid resource name ${JSON.stringify(name)}: [${problems.join(", ")}]`);
}

/** Sends a change of one object. */
export function sendObject(
  kubectl: Kubectl,
  method: "POST" | "PUT" | "PATCH" | "DELETE",
  target: Pick<Target, "type" | "namespace" | "name">,
  options: RequestOptions & { readonly subresource?: string },
): Promise<ApiObject> {
  const name = method === "POST" ? "" : target.name;
  if (method !== "POST") requireName(name);
  return kubectl
    .client()
    .request(method, resourcePath(target.type, target.namespace, name, options.subresource ?? ""), options);
}

export function nameOf(object: ApiObject): string {
  const name = object.metadata?.["name"];
  return typeof name === "string" ? name : "";
}

export function namespaceOf(object: ApiObject): string {
  const namespace = object.metadata?.["namespace"];
  return typeof namespace === "string" ? namespace : "";
}

/** A string map of metadata: labels or annotations. */
export function stringMap(object: ApiObject, field: "labels" | "annotations"): Readonly<Record<string, string>> {
  return (object.metadata?.[field] ?? {}) as Readonly<Record<string, string>>;
}

/** The object with some metadata replaced; `undefined` values drop a field. */
export function withMetadata(object: ApiObject, changes: Readonly<Record<string, unknown>>): ApiObject {
  const metadata: Record<string, unknown> = { ...object.metadata, ...changes };
  for (const [key, value] of Object.entries(changes)) if (value === undefined) delete metadata[key];
  return { ...object, metadata: metadata as NonNullable<ApiObject["metadata"]> };
}
