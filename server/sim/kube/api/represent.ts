/** Objects and lists in the form a client asked for. */
import { stringify } from "yaml";
import type { KindDefinition } from "../kinds/types.ts";
import { apiVersionOf, isBuiltInGroup } from "./kind-registry.ts";
import { includeObject, negotiate, type Representation } from "./negotiate.ts";
import type { RequestScope } from "./request-scope.ts";
import { jsonResponse } from "./responses.ts";
import { partialObject, tableOf, type TableOptions } from "./table.ts";
import type { ApiResponse, KubeObject } from "./types.ts";

export function representationOf(scope: RequestScope): Representation {
  return negotiate(scope.request.headers["accept"]);
}

export function tableOptions(scope: RequestScope, version: string): TableOptions {
  return { version, includeObject: includeObject(scope.request.query), nowMs: scope.clock.now() };
}

/** The object as the kind of the path serves it. */
export function serve(kind: KindDefinition, object: KubeObject): KubeObject {
  if (kind.servedFrom) return kind.servedFrom.fromStored(object);
  // Versions of a custom resource differ in name only.
  const apiVersion = apiVersionOf(kind);
  return object.apiVersion === apiVersion ? object : { ...object, apiVersion };
}

export function objectResponse(scope: RequestScope, status: number, object: KubeObject): ApiResponse {
  const representation = representationOf(scope);
  return encode(status, convertObject(scope, object, representation), representation, scope.warnings);
}

export function convertObject(scope: RequestScope, object: KubeObject, representation: Representation): unknown {
  const served = serve(scope.kind, object);
  switch (representation.form) {
    case "object":
      return served;
    case "table":
      return tableOf(
        scope.kind,
        [served],
        { resourceVersion: object.metadata.resourceVersion },
        tableOptions(scope, representation.version),
      );
    case "partial":
      return partialObject(served, representation.version);
  }
}

export interface ListMeta {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export function listResponse(scope: RequestScope, objects: readonly KubeObject[], meta: ListMeta): ApiResponse {
  const representation = representationOf(scope);
  const served = objects.map((object) => serve(scope.kind, object));
  return encode(200, convertList(scope, served, meta, representation), representation, scope.warnings);
}

function convertList(
  scope: RequestScope,
  objects: readonly KubeObject[],
  meta: ListMeta,
  representation: Representation,
): unknown {
  const { kind } = scope;
  switch (representation.form) {
    case "object":
      return listOf(kind, objects, meta);
    case "table":
      return tableOf(kind, objects, { ...meta }, tableOptions(scope, representation.version));
    case "partial":
      return {
        kind: "PartialObjectMetadataList",
        apiVersion: `meta.k8s.io/${representation.version}`,
        metadata: meta,
        items: objects.map((object) => partialObject(object, representation.version)),
      };
  }
}

export function listOf(kind: KindDefinition, objects: readonly KubeObject[], meta: ListMeta): Record<string, unknown> {
  return {
    kind: `${kind.kind}List`,
    apiVersion: apiVersionOf(kind),
    metadata: meta,
    items: isBuiltInGroup(kind.group) ? objects.map(withoutTypeMeta) : objects,
  };
}

/** Typed lists do not repeat kind and apiVersion in their items. */
function withoutTypeMeta(object: KubeObject): Record<string, unknown> {
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return rest;
}

function encode(
  status: number,
  value: unknown,
  representation: Representation,
  warnings: readonly string[],
): ApiResponse {
  const json = jsonResponse(status, value, { warnings });
  if (representation.media === "json") return json;
  return {
    ...json,
    headers: { ...json.headers, "content-type": "application/yaml" },
    body: { kind: "text", text: stringify(value, { version: "1.1", lineWidth: 0 }) },
  };
}
