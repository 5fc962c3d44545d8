/** GET of one object or of a collection. */
import type { KindDefinition } from "../../kinds/types.ts";
import { CompactedError, FutureRevisionError } from "../../store/store.ts";
import { badRequest, failure, invalid, resourceExpired } from "../errors.ts";
import { expireEvents } from "../events.ts";
import { storagePrefix } from "../kind-registry.ts";
import { listResponse, objectResponse } from "../represent.ts";
import { type Query, queryValue } from "../request-options.ts";
import type { RequestScope } from "../request-scope.ts";
import { matchesFields, matchesLabels, parseFieldSelector, parseLabelSelector } from "../selectors.ts";
import type { ApiResponse, KubeObject } from "../types.ts";
import { storedKind } from "../served-from.ts";

export function getObject(scope: RequestScope): ApiResponse {
  const { info, resources } = scope;
  return objectResponse(scope, 200, resources.get(storedKind(scope), info.namespace, info.name));
}

export type ObjectFilter = (object: KubeObject) => boolean;

/** Of the label and field selectors in the query. Throws 400. */
export function filterOf(kind: KindDefinition, query: Query): ObjectFilter {
  const labels = parseLabelSelector(queryValue(query, "labelSelector"));
  const fields = parseFieldSelector(kind, queryValue(query, "fieldSelector"));
  if (labels.length === 0 && fields.length === 0) return () => true;
  return (object) => matchesLabels(labels, object.metadata.labels) && matchesFields(kind, fields, object);
}

export function collectionPrefix(scope: RequestScope): string {
  const kind = storedKind(scope);
  const prefix = storagePrefix(kind);
  return kind.isNamespaced && scope.info.namespace ? `${prefix}${scope.info.namespace}/` : prefix;
}

export function listObjects(scope: RequestScope): ApiResponse {
  const { query } = scope.request;
  if (storedKind(scope).plural === "events") expireEvents(scope.resources, scope.info.namespace);
  const filter = filterOf(scope.kind, query);
  const limit = limitOf(query);
  const start = startOf(scope);
  const candidates = candidatesAt(scope, start).filter(filter);
  const page = limit > 0 ? candidates.slice(0, limit) : candidates;
  const rest = candidates.length - page.length;
  const last = page.at(-1);
  const revision = start.revision ?? scope.resources.store.revision;
  return listResponse(scope, page, {
    resourceVersion: String(revision),
    ...(rest > 0 && last ? { continue: continueToken(revision, last) } : {}),
    // The count is left out where a selector makes it unknown to the store.
    ...(rest > 0 && !isFiltered(query) ? { remainingItemCount: rest } : {}),
  });
}

interface ListStart {
  /** Undefined: now. */
  readonly revision?: number;
  /** `namespace/name` after which the page begins. */
  readonly after?: string;
}

function candidatesAt(scope: RequestScope, start: ListStart): KubeObject[] {
  const prefix = collectionPrefix(scope);
  const { store } = scope.resources;
  const objects =
    start.revision === undefined || start.revision === store.revision
      ? store.list(prefix).map((entry) => entry.object)
      : listAt(scope, prefix, start);
  const { after } = start;
  return after === undefined ? objects : objects.filter((object) => positionOf(object) > after);
}

function listAt(scope: RequestScope, prefix: string, start: ListStart): KubeObject[] {
  const revision = start.revision ?? 0;
  try {
    return scope.resources.store.listAt(prefix, revision);
  } catch (error) {
    if (error instanceof CompactedError) {
      throw resourceExpired(
        start.after === undefined
          ? "The resourceVersion for the provided list is too old."
          : "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
      );
    }
    if (error instanceof FutureRevisionError) throw tooLarge(revision, scope.resources.store.revision);
    throw error;
  }
}

function tooLarge(revision: number, current: number): Error {
  return failure(504, "Timeout", `Too large resource version: ${revision}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

function startOf(scope: RequestScope): ListStart {
  const { query } = scope.request;
  const token = queryValue(query, "continue");
  const version = queryValue(query, "resourceVersion");
  const match = queryValue(query, "resourceVersionMatch");
  if (token) {
    if (version && version !== "0") throw badRequest("specifying resource version is not allowed when using continue");
    return parseContinueToken(token);
  }
  const revision = parseResourceVersion(version);
  if (match === "Exact" && revision > 0) return { revision };
  if (revision > scope.resources.store.revision) throw tooLarge(revision, scope.resources.store.revision);
  return {};
}

/** 0 for none. Throws the server's refusal for text that is no number. */
export function parseResourceVersion(text: string): number {
  if (text === "") return 0;
  if (!/^\d+$/.test(text)) {
    throw invalid({ group: "meta.k8s.io", name: "ListOptions" }, "", [
      {
        field: "resourceVersion",
        reason: "FieldValueInvalid",
        message: `Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
      },
    ]);
  }
  return Number(text);
}

function limitOf(query: Query): number {
  const text = queryValue(query, "limit");
  if (text === "") return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, Number(text));
}

function isFiltered(query: Query): boolean {
  return queryValue(query, "labelSelector") !== "" || queryValue(query, "fieldSelector") !== "";
}

function positionOf(object: KubeObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : name;
}

function continueToken(revision: number, last: KubeObject): string {
  const json = JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${positionOf(last)}\u0000` });
  return btoa(json).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function parseContinueToken(token: string): ListStart {
  try {
    const json = JSON.parse(atob(token.replaceAll("-", "+").replaceAll("_", "/"))) as Record<string, unknown>;
    const start = String(json["start"]);
    return { revision: Number(json["rv"]), after: start.replace(/\u0000$/, "") };
  } catch {
    throw badRequest("continue key is not valid: illegal base64 data");
  }
}
