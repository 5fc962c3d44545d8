/**
 * `/openapi/v3`: the index and one document a group version, made from the kinds' schema data.
 * Paths carry what clients look for (verbs, parameters, kinds); left out are the parameters'
 * descriptions and the protobuf media types.
 */
import { sha512 } from "@noble/hashes/sha2.js";
import { type DefinitionDescription, describeDefinition } from "../kinds/descriptions.ts";
import {
  definition,
  definitionOfKind,
  type DefinitionSchema,
  type FieldSchema,
  INT_OR_STRING,
  QUANTITY,
} from "../kinds/schema.ts";
import type { KindDefinition } from "../kinds/types.ts";
import { customKindOf } from "./custom-kind.ts";
import type { KindRegistry } from "./kind-registry.ts";
import { jsonResponse, pageNotFound } from "./responses.ts";
import type { ApiRequest, ApiResponse } from "./types.ts";
import { minorOf } from "./version.ts";

type Json = Record<string, unknown>;

export interface OpenApiOptions {
  readonly registry: KindRegistry;
  readonly profile: string;
}

/** Undefined when the path is none of OpenAPI's. */
export function openApi(request: ApiRequest, options: OpenApiOptions): ApiResponse | undefined {
  const path = request.path.replace(/\/+$/, "");
  if (path === "/openapi/v3") return jsonResponse(200, { paths: indexPaths(options.registry) });
  if (!path.startsWith("/openapi/v3/")) return undefined;
  const [root, ...rest] = path.slice("/openapi/v3/".length).split("/");
  const [group, version] = root === "api" ? ["", rest[0]] : [rest[0] ?? "", rest[1]];
  if (version === undefined || !options.registry.hasGroupVersion(group ?? "", version)) return pageNotFound();
  return jsonResponse(200, document(options, group ?? "", version));
}

function groupVersions(registry: KindRegistry): { group: string; version: string }[] {
  const seen = new Map(registry.kinds.map(({ group, version }) => [`${group}/${version}`, { group, version }]));
  return [...seen.values()];
}

function pathOf(group: string, version: string): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

function indexPaths(registry: KindRegistry): Json {
  const entries = groupVersions(registry).map(({ group, version }) => {
    const path = pathOf(group, version);
    const kinds = registry.kinds.filter((kind) => kind.group === group && kind.version === version);
    const hash = hashOf(kinds.map((kind) => `${kind.plural} ${customKindOf(kind)?.schemaHash ?? ""}`).join(" "));
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }] as const;
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Clients cache a document under it for good. */
function hashOf(text: string): string {
  const bytes = sha512(new TextEncoder().encode(text));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join("");
}

function document({ registry, profile }: OpenApiOptions, group: string, version: string): Json {
  const kinds = registry.kinds.filter((kind) => kind.group === group && kind.version === version);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: minorOf(profile) },
    paths: Object.assign({ [`/${pathOf(group, version)}/`]: DISCOVERY_PATH }, ...kinds.map(resourcePaths)),
    components: {
      schemas: schemasFor(kinds),
      securitySchemes: {
        BearerToken: {
          type: "apiKey",
          description: "Bearer Token authentication",
          name: "authorization",
          in: "header",
        },
      },
    },
  };
}

// -------------------------------------------------------------------- paths

const DISCOVERY_PATH: Json = {
  get: {
    description: "get available resources",
    responses: {
      "200": {
        description: "OK",
        content: {
          "application/json": {
            schema: { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList" },
          },
        },
      },
      "401": { description: "Unauthorized" },
    },
  },
};

const METHODS: Readonly<Record<string, { readonly method: string; readonly action: string }>> = {
  get: { method: "get", action: "get" },
  list: { method: "get", action: "list" },
  create: { method: "post", action: "post" },
  update: { method: "put", action: "put" },
  patch: { method: "patch", action: "patch" },
  delete: { method: "delete", action: "delete" },
  deletecollection: { method: "delete", action: "deletecollection" },
};

const PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  create: ["dryRun", "fieldManager", "fieldValidation"],
  update: ["dryRun", "fieldManager", "fieldValidation"],
  patch: ["dryRun", "fieldManager", "fieldValidation", "force"],
  delete: ["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"],
  list: [
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
  ],
};

const PARAMETER_TYPES: Readonly<Record<string, string>> = {
  allowWatchBookmarks: "boolean",
  force: "boolean",
  gracePeriodSeconds: "integer",
  limit: "integer",
  orphanDependents: "boolean",
  sendInitialEvents: "boolean",
  timeoutSeconds: "integer",
  watch: "boolean",
};

const PATCH_MEDIA = [
  "application/apply-patch+yaml",
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
];

function resourcePaths(kind: KindDefinition): Json {
  const base = `/${pathOf(kind.group, kind.version)}/${kind.isNamespaced ? "namespaces/{namespace}/" : ""}${kind.plural}`;
  const collection = ["list", "create", "deletecollection"];
  const single = ["get", "update", "patch", "delete"];
  const paths: Json = {};
  const add = (path: string, verbs: readonly string[], served: readonly string[]) => {
    const present = verbs.filter((verb) => served.includes(verb));
    if (present.length > 0) paths[path] = operations(kind, path, present);
  };
  add(base, collection, kind.verbs);
  add(`${base}/{name}`, single, kind.verbs);
  if (kind.isNamespaced) add(`/${pathOf(kind.group, kind.version)}/${kind.plural}`, ["list"], kind.verbs);
  for (const [name, subresource] of Object.entries(kind.subresources ?? {})) {
    add(`${base}/{name}/${name}`, [...single, "create"], subresource.verbs);
  }
  return paths;
}

function operations(kind: KindDefinition, path: string, verbs: readonly string[]): Json {
  const names = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
  return {
    ...Object.fromEntries(verbs.map((verb) => [METHODS[verb]?.method ?? verb, operation(kind, verb)])),
    parameters: [
      ...names.map((name) => ({ name, in: "path", required: true, schema: { type: "string", uniqueItems: true } })),
      { name: "pretty", in: "query", schema: { type: "string", uniqueItems: true } },
    ],
  };
}

function operation(kind: KindDefinition, verb: string): Json {
  const { group, version } = kind;
  const schema = { $ref: `#/components/schemas/${schemaNameOf(kind)}` };
  const content = { "application/json": { schema }, "application/yaml": { schema } };
  const parameters = (PARAMETERS[verb] ?? []).map((name) => ({
    name,
    in: "query",
    schema: { type: PARAMETER_TYPES[name] ?? "string", uniqueItems: true },
  }));
  const patch = { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.Patch" };
  const body =
    verb === "patch"
      ? { content: Object.fromEntries(PATCH_MEDIA.map((type) => [type, { schema: patch }])), required: true }
      : verb === "create" || verb === "update"
        ? { content: { "*/*": { schema } }, required: true }
        : undefined;
  return {
    tags: [`${(group || "core").split(".")[0]}_${version}`],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: body } : {}),
    responses: { "200": { description: "OK", content }, "401": { description: "Unauthorized" } },
    "x-kubernetes-action": METHODS[verb]?.action ?? verb,
    "x-kubernetes-group-version-kind": { group, version, kind: kind.kind },
  };
}

// ------------------------------------------------------------------ schemas

function schemaNameOf(kind: KindDefinition): string {
  return kind.schema || `${kind.group.split(".").reverse().join(".")}.${kind.version}.${kind.kind}`;
}

/** Definitions of the kinds and all they refer to. */
function schemasFor(kinds: readonly KindDefinition[]): Json {
  const result: Json = {};
  const pending = [
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Status",
    "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList",
    "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent",
  ];
  for (const kind of kinds) {
    const custom = customKindOf(kind);
    if (custom) {
      result[schemaNameOf(kind)] = customSchema(kind, { ...custom.openApiSchema });
      pending.push("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
    } else pending.push(kind.schema, `${kind.schema}List`);
    for (const { group, version, kind: name } of Object.values(kind.subresources ?? {})) {
      const schema = group && version ? definitionOfKind(group, version, name) : undefined;
      if (schema) pending.push(schema.name);
    }
  }
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const schema = definition(name);
    if (!schema || result[name]) continue;
    result[name] = definitionDocument(schema, describeDefinition(name));
    for (const field of Object.values(schema.fields)) pending.push(...referencesOf(field));
  }
  return Object.fromEntries(Object.entries(result).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The fields every object has are documented as in the built-in kinds, whatever the definition says of them. */
function customSchema(kind: KindDefinition, schema: Json): Json {
  const meta = { $ref: "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };
  const texts = describeDefinition("io.k8s.api.core.v1.ConfigMap")?.fields ?? {};
  return {
    ...schema,
    properties: {
      ...((schema["properties"] ?? {}) as Json),
      apiVersion: { type: "string", description: texts["apiVersion"] },
      kind: { type: "string", description: texts["kind"] },
      metadata: { description: texts["metadata"], allOf: [meta] },
    },
    "x-kubernetes-group-version-kind": [{ group: kind.group, kind: kind.kind, version: kind.version }],
  };
}

function referencesOf(field: FieldSchema): string[] {
  if (field.ref !== undefined) return [field.ref];
  return [field.items, field.values].flatMap((child) => (child ? referencesOf(child) : []));
}

function definitionDocument(schema: DefinitionSchema, text: DefinitionDescription | undefined): Json {
  const description = text?.description ? { description: text.description } : {};
  if (schema.name === INT_OR_STRING) {
    return { ...description, format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] };
  }
  if (schema.name === QUANTITY) return { ...description, oneOf: [{ type: "string" }, { type: "number" }] };
  if (schema.type !== undefined) {
    return {
      ...description,
      ...(schema.type === "any" ? {} : { type: schema.type }),
      ...(schema.format ? { format: schema.format } : {}),
    };
  }
  const properties = Object.entries(schema.fields).map(
    ([name, field]) => [name, fieldDocument(field, text?.fields[name])] as const,
  );
  return {
    ...description,
    type: "object",
    ...(schema.required.length > 0 ? { required: schema.required } : {}),
    properties: Object.fromEntries(properties),
    ...(schema.mapType ? { "x-kubernetes-map-type": schema.mapType } : {}),
    ...(schema.kinds.length > 0 ? { "x-kubernetes-group-version-kind": schema.kinds } : {}),
  };
}

/** Values of maps are referred to plainly. */
function valuesDocument(values: FieldSchema): Json {
  return values.ref === undefined ? fieldDocument(values, undefined) : { $ref: `#/components/schemas/${values.ref}` };
}

function fieldDocument(field: FieldSchema, text: string | undefined): Json {
  const description = text ? { description: text } : {};
  if (field.ref !== undefined) {
    return { ...description, allOf: [{ $ref: `#/components/schemas/${field.ref}` }] };
  }
  const type = field.type === "map" ? "object" : field.type;
  return {
    ...description,
    ...(type && type !== "any" ? { type } : {}),
    ...(field.format ? { format: field.format } : {}),
    ...(field.enum ? { enum: field.enum } : {}),
    ...(field.items ? { items: fieldDocument(field.items, undefined) } : {}),
    ...(field.values ? { additionalProperties: valuesDocument(field.values) } : {}),
    ...(field.listMapKeys ? { "x-kubernetes-list-map-keys": field.listMapKeys } : {}),
    ...(field.listType ? { "x-kubernetes-list-type": field.listType } : {}),
    ...(field.mapType ? { "x-kubernetes-map-type": field.mapType } : {}),
    ...(field.patchMergeKey ? { "x-kubernetes-patch-merge-key": field.patchMergeKey } : {}),
    ...(field.patchStrategy ? { "x-kubernetes-patch-strategy": field.patchStrategy } : {}),
  };
}
