/** What form of answer the `Accept` header asks for. */
import { badRequest, notAcceptable, notSupported } from "./errors.ts";
import type { IncludeObject } from "./table.ts";
import { type Query, queryValue } from "./request-options.ts";

export type Representation =
  | { readonly form: "object"; readonly media: "json" | "yaml" }
  | { readonly form: "table"; readonly version: string; readonly media: "json" | "yaml" }
  | { readonly form: "partial"; readonly version: string; readonly isList: boolean; readonly media: "json" | "yaml" };

const OBJECT_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

interface AcceptClause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

function parseAccept(header: string): AcceptClause[] {
  const clauses = header.split(",").flatMap((part) => {
    const [type = "", ...rest] = part.split(";").map((piece) => piece.trim());
    if (!type) return [];
    const parameters = Object.fromEntries(
      rest.map((piece) => {
        const [name = "", value = ""] = piece.split("=");
        return [name.trim(), value.trim()];
      }),
    );
    return [{ type: type.toLowerCase(), parameters, quality: Number(parameters["q"] ?? 1) }];
  });
  return clauses.sort((a, b) => b.quality - a.quality);
}

/** Throws 406 when nothing that is asked for can be served. Protobuf is passed over: clients name JSON beside it. */
export function negotiate(accept: string | undefined): Representation {
  const clauses = parseAccept(accept || "*/*");
  for (const clause of clauses) {
    const media = mediaOf(clause.type);
    if (!media) continue;
    const representation = transformOf(clause, media);
    if (representation) return representation;
  }
  throw notAcceptable(OBJECT_TYPES);
}

function mediaOf(type: string): "json" | "yaml" | undefined {
  if (type === "*/*" || type === "application/*" || type === "application/json") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

function transformOf(clause: AcceptClause, media: "json" | "yaml"): Representation | undefined {
  const { as, g, v } = clause.parameters;
  if (as === undefined) return { form: "object", media };
  if (g !== "meta.k8s.io" || (v !== "v1" && v !== "v1beta1")) return undefined;
  if (as === "Table") return { form: "table", version: v, media };
  if (as === "PartialObjectMetadata") return { form: "partial", version: v, isList: false, media };
  if (as === "PartialObjectMetadataList") return { form: "partial", version: v, isList: true, media };
  return undefined;
}

/** Discovery has its own `as`. Undefined asks for the plain documents. */
export function wantsAggregatedDiscovery(accept: string | undefined): "v2" | "v2beta1" | undefined {
  for (const { type, parameters } of parseAccept(accept || "*/*")) {
    if (!mediaOf(type)) continue;
    const isDiscovery = parameters["g"] === "apidiscovery.k8s.io" && parameters["as"] === "APIGroupDiscoveryList";
    if (isDiscovery && (parameters["v"] === "v2" || parameters["v"] === "v2beta1")) return parameters["v"];
    if (parameters["as"] === undefined) return undefined;
  }
  return undefined;
}

/** Throws 400 for an unknown value. */
export function includeObject(query: Query): IncludeObject {
  const value = queryValue(query, "includeObject") || "Metadata";
  if (value === "None" || value === "Metadata" || value === "Object") return value;
  throw badRequest(
    `Invalid includeObject value: ${notSupported("includeObject", value, ["Metadata", "None", "Object"]).message}`,
  );
}
