/** Request bodies: from bytes to a decoded draft of the right kind. */
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { Draft, KindDefinition } from "../kinds/types.ts";
import { customKindOf } from "./custom-kind.ts";
import { decodeObject, DecodeError } from "./decode.ts";
import { decodeKind } from "./decode-kind.ts";
import { badRequest, type StatusError, unsupportedMediaType } from "./errors.ts";
import { goJsonError, parseGoJson } from "./go-json.ts";
import { apiVersionOf } from "./kind-registry.ts";
import type { FieldValidation } from "./request-options.ts";

const MEDIA_TYPES = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

export interface ParsedBody {
  readonly value: unknown;
  /** `duplicate field "spec.replicas"`. */
  readonly duplicates: readonly string[];
}

/** The media type of a `content-type` header without its parameters. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
}

/** Throws 400 with the words of the decoder that looks for the kind, 415 for a type it does not read. */
export function parseBody(bytes: Uint8Array, contentType: string | undefined, expectedKind: string): ParsedBody {
  const type = mediaType(contentType) || "application/json";
  const text = new TextDecoder().decode(bytes);
  switch (type) {
    case "application/json":
      return parseJsonBody(text, expectedKind);
    case "application/yaml":
      return { value: parseYamlBody(text), duplicates: [] };
    default:
      throw unsupportedMediaType(MEDIA_TYPES);
  }
}

function parseJsonBody(text: string, expectedKind: string): ParsedBody {
  try {
    return parseGoJson(text);
  } catch {
    throw unrecognized(expectedKind, `json parse error: ${goJsonError(text)}`, text);
  }
}

function unrecognized(kind: string, reason: string, text: string): StatusError {
  return badRequest(
    `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; ${reason} (${excerpt(text)})`,
  );
}

/** What `runtime.NotRegisteredErrForKind` shows of a body. */
function excerpt(text: string): string {
  if (text === "") return "<empty>";
  return text.length > 100 ? `${text.slice(0, 100)} ...` : text;
}

function parseYamlBody(text: string): unknown {
  try {
    return parseYaml(text, { version: "1.1", uniqueKeys: false });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw badRequest(`error converting YAML to JSON: yaml: ${error.message.split("\n")[0]}`);
  }
}

/**
 * The draft a create or update carries. Warnings are added for fields that are dropped.
 * Throws 400 for a wrong kind, a wrong type, or (Strict) unknown fields.
 */
export function decodeBody(
  parsed: ParsedBody,
  kind: KindDefinition,
  expected: { readonly schema: string; readonly kind: string },
  validation: FieldValidation,
  warnings: string[],
): Draft {
  const tree = parsed.value;
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    const type = Array.isArray(tree) ? "array" : typeof tree;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${expected.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${type} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" } (${excerpt(JSON.stringify(tree))})`,
    );
  }
  const fields = tree as Record<string, unknown>;
  if (!customKindOf(kind)) checkKind(fields, kind, expected.kind);
  try {
    const isSelf = expected.schema === kind.schema;
    const { draft, strictErrors } = isSelf ? decodeKind(kind, fields) : decodeObject(expected.schema, fields);
    handleStrictErrors([...parsed.duplicates, ...strictErrors], fields, kind, expected.kind, validation, warnings);
    return draft;
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    throw badRequest(`${handledAs(fields, kind, expected.kind)}: ${error.message}`);
  }
}

function handleStrictErrors(
  errors: readonly string[],
  fields: Readonly<Record<string, unknown>>,
  kind: KindDefinition,
  expectedKind: string,
  validation: FieldValidation,
  warnings: string[],
): void {
  if (errors.length === 0 || validation === "Ignore") return;
  if (validation === "Warn") {
    warnings.push(...errors);
    return;
  }
  throw badRequest(`${handledAs(fields, kind, expectedKind)}: strict decoding error: ${errors.join(", ")}`);
}

/** `Deployment in version "v1" cannot be handled as a Deployment`. */
function handledAs(fields: Readonly<Record<string, unknown>>, kind: KindDefinition, expectedKind: string): string {
  const givenKind = String(fields["kind"] ?? expectedKind);
  const version = String(fields["apiVersion"] ?? apiVersionOf(kind))
    .split("/")
    .at(-1);
  return `${givenKind} in version ${JSON.stringify(version)} cannot be handled as a ${expectedKind}`;
}

/** Absent kind and apiVersion are taken from the URL. */
function checkKind(fields: Readonly<Record<string, unknown>>, kind: KindDefinition, expectedKind: string): void {
  const givenKind = fields["kind"] ?? expectedKind;
  const givenVersion = fields["apiVersion"] ?? undefined;
  if (givenKind === expectedKind && (givenVersion === undefined || givenVersion === apiVersionOf(kind))) return;
  if (givenKind === expectedKind && KNOWN_OTHER_VERSIONS.has(`${givenVersion}/${givenKind}`)) return;
  const isRegistered = givenKind !== expectedKind && /^[A-Z]/.test(String(givenKind));
  if (!isRegistered) {
    throw badRequest(
      `${handledAs(fields, kind, expectedKind)}: no kind ${JSON.stringify(givenKind)} is registered for version ${JSON.stringify(String(givenVersion ?? apiVersionOf(kind)))} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const version = String(givenVersion ?? apiVersionOf(kind))
    .split("/")
    .at(-1);
  const internalPackage = kind.group === "" ? "core" : kind.group.split(".")[0];
  throw badRequest(
    `${handledAs(fields, kind, expectedKind)}: converting (${version}.${String(givenKind)}) to (${internalPackage}.${expectedKind}): unknown conversion`,
  );
}

/** Subresource bodies whose group differs from their resource's. */
const KNOWN_OTHER_VERSIONS: ReadonlySet<string> = new Set([
  "autoscaling/v1/Scale",
  "policy/v1/Eviction",
  "authentication.k8s.io/v1/TokenRequest",
  "v1/Binding",
]);
