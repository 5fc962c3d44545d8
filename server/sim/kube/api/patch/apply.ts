/** Server-side apply: the fields of a configuration become those of its manager. */
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { Draft, KindDefinition } from "../../kinds/types.ts";
import { cloneTree } from "../../store/freeze.ts";
import { DecodeError } from "../decode.ts";
import { decodeKind } from "../decode-kind.ts";
import { badRequest, failure, type StatusError } from "../errors.ts";
import { difference, EMPTY_SET, equalSets, type FieldSet, isEmptySet, pathsOf, union } from "../fields/field-set.ts";
import { compare, fieldsOf, mergeTyped, removeFields } from "../fields/typed.ts";
import { apiVersionOf } from "../kind-registry.ts";
import {
  type ApplyConflict,
  conflictsOf,
  formatManagers,
  isSameManager,
  type ManagerEntry,
  parseManagers,
  schemaRefOf,
  strip,
} from "../managed-fields.ts";
import { objectResponse } from "../represent.ts";
import { parseWriteOptions, type WriteOptions } from "../request-options.ts";
import { operationOf, type RequestScope } from "../request-scope.ts";
import { storedKind } from "../served-from.ts";
import type { ApiResponse, KubeObject } from "../types.ts";

export function applyPatch(scope: RequestScope): ApiResponse {
  const { request, info, resources } = scope;
  const options = parseWriteOptions(request.query, "PatchOptions", true);
  const kind = storedKind(scope);
  const config = decodeConfig(scope, options);
  const operation = operationOf(scope, options);
  const time = resources.timestamp();
  const live = resources.find(kind, info.namespace, info.name);
  const applyOn = (old: KubeObject | undefined) => applied(kind, old, config, options, info.subresource, time);
  if (!live) {
    const stored = resources.create(kind, info.namespace, applyOn(undefined), operation, { keepsManagedFields: true });
    return objectResponse(scope, 201, stored);
  }
  const stored = resources.update(kind, info.namespace, info.name, applyOn, operation, {
    subresource: info.subresource,
    keepsManagedFields: true,
  });
  return objectResponse(scope, 200, stored);
}

function decodeConfig(scope: RequestScope, options: WriteOptions): Draft {
  const { request, info, kind } = scope;
  const tree = parse(new TextDecoder().decode(request.body));
  if (typeof tree !== "object" || tree === null || Array.isArray(tree)) {
    throw badRequest(
      "error decoding YAML: yaml: unmarshal errors:\n  line 1: cannot unmarshal into map[string]interface {}",
    );
  }
  const fields = tree as Draft;
  const version = fields["apiVersion"];
  if (version !== undefined && version !== apiVersionOf(kind)) {
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${String(version)}, expected: ${apiVersionOf(kind)}`,
    );
  }
  const meta = (fields["metadata"] ?? {}) as Draft;
  if (meta["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
  const name = meta["name"];
  if (name !== undefined && name !== info.name) {
    throw badRequest(`the name of the object (${String(name)}) does not match the name on the URL (${info.name})`);
  }
  const { draft, strictErrors } = decode(kind, fields);
  if (strictErrors.length > 0 && options.fieldValidation === "Strict") {
    throw badRequest(`error when applying configuration: strict decoding error: ${strictErrors.join(", ")}`);
  }
  if (strictErrors.length > 0) throw failure(500, "", typedError(scope, strictErrors));
  return { ...draft, metadata: { ...(draft["metadata"] as Draft | undefined), name: info.name } };
}

/** A field the schema does not have cannot be owned. */
function typedError(scope: RequestScope, strictErrors: readonly string[]): string {
  const { kind, info } = scope;
  const name = info.namespace ? `${info.namespace}/${info.name}` : `/${info.name}`;
  const paths = strictErrors.map(
    (error) => `.${error.replace(/^unknown field "(.*)"$/, "$1")}: field not declared in schema`,
  );
  const text = paths.length === 1 ? paths[0] : `errors:\n${paths.map((path) => `  ${path}`).join("\n")}`;
  return `failed to create typed patch object (${name}; ${apiVersionOf(kind)}, Kind=${kind.kind}): ${text}`;
}

function parse(text: string): unknown {
  try {
    return parseYaml(text, { version: "1.1", uniqueKeys: false });
  } catch (error) {
    if (!(error instanceof YAMLParseError)) throw error;
    throw badRequest(`error decoding YAML: ${error.message.split("\n")[0]}`);
  }
}

function decode(kind: KindDefinition, fields: Draft): { draft: Draft; strictErrors: readonly string[] } {
  try {
    return decodeKind(kind, fields);
  } catch (error) {
    if (error instanceof DecodeError) throw badRequest(error.message);
    throw error;
  }
}

/** The object after the apply, with its managers. Throws 409 for fields of others unless forced. */
function applied(
  kind: KindDefinition,
  live: KubeObject | undefined,
  config: Draft,
  options: WriteOptions,
  subresource: string,
  time: string,
): Draft {
  const schema = schemaRefOf(kind);
  const self = {
    manager: options.fieldManager,
    operation: "Apply" as const,
    apiVersion: apiVersionOf(kind),
    subresource,
  };
  const before = withoutManagers(live);
  const managers = parseManagers(live?.metadata.managedFields);
  const own = managers.find((entry) => isSameManager(entry, self));
  const fields = strip(fieldsOf(schema, config));
  const others = managers.filter((entry) => entry !== own);
  const merged = mergeTyped(schema, before, config);
  const pruned = prune(kind, merged, own?.fields, fields, others) as Draft;
  const comparison = compare(schema, before, pruned);
  const found = live ? conflictsOf(managers, self, comparison) : [];
  const conflicts = self.manager === KUBECTL ? withoutOwn(schema, before, found) : found;
  if (conflicts.length > 0 && !options.force) throw conflictError(conflicts);
  const lost = union(union(strip(comparison.added), strip(comparison.modified)), strip(comparison.removed));
  const remaining = others
    .map((entry) => {
      const rest = difference(entry.fields, lost);
      return equalSets(rest, entry.fields) ? entry : { ...entry, fields: rest, time };
    })
    .filter((entry) => !isEmptySet(entry.fields));
  const isChanged = own === undefined || !equalSets(own.fields, fields);
  const entry: ManagerEntry = { ...self, fields, time: isChanged ? time : own.time };
  const draft = cloneTree(pruned) as Draft;
  if (self.manager === KUBECTL) syncLastApplied(draft, config);
  draft["metadata"] = {
    ...(draft["metadata"] as Draft),
    managedFields: formatManagers(isEmptySet(fields) ? remaining : [...remaining, entry]),
  };
  return draft;
}

/** The manager `kubectl apply --server-side` names. Only for it the server heeds the annotation of client-side apply. */
const KUBECTL = "kubectl";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

const annotationsOf = (object: Draft): Readonly<Record<string, string>> =>
  ((object["metadata"] as Draft | undefined)?.["annotations"] ?? {}) as Readonly<Record<string, string>>;

/** Fields that still are as client-side apply left them belong to whoever uses kubectl: no conflict. */
function withoutOwn(
  schema: { readonly ref: string } | undefined,
  live: Draft,
  conflicts: readonly ApplyConflict[],
): readonly ApplyConflict[] {
  const text = annotationsOf(live)[LAST_APPLIED];
  if (conflicts.length === 0 || !text) return conflicts;
  let lastApplied: unknown;
  try {
    lastApplied = JSON.parse(text);
  } catch {
    return conflicts;
  }
  const { added, modified, removed } = compare(schema, live, lastApplied);
  const kept = [added, modified, removed].reduce(difference, fieldsOf(schema, lastApplied));
  const allowed = new Set(pathsOf(kept));
  return conflicts.filter(({ path }) => !allowed.has(path));
}

/** Where client-side apply left its annotation, server-side apply keeps it up to date, so that both can be mixed. */
function syncLastApplied(draft: Draft, config: Draft): void {
  const annotations = annotationsOf(draft);
  if (annotations[LAST_APPLIED] === undefined) return;
  const metadata = { ...(config["metadata"] as Draft) };
  const { [LAST_APPLIED]: _own, ...others } = annotationsOf(config);
  if (metadata["annotations"] !== undefined) metadata["annotations"] = others;
  const text = `${JSON.stringify(sortKeys({ ...config, metadata }))}\n`;
  (draft["metadata"] as Draft)["annotations"] = { ...annotations, [LAST_APPLIED]: text };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, child]) => [key, sortKeys(child)]));
}

function withoutManagers(live: KubeObject | undefined): Draft {
  if (!live) return {};
  const { managedFields: _managed, ...metadata } = live.metadata;
  return { ...live, metadata };
}

/** Removes what this manager applied before, applies no more, and nobody else owns. */
function prune(
  kind: KindDefinition,
  merged: unknown,
  last: FieldSet | undefined,
  fields: FieldSet,
  others: readonly ManagerEntry[],
): unknown {
  if (!last) return merged;
  const owned = others.reduce((set, entry) => union(set, entry.fields), union(fields, EMPTY_SET));
  const dropped = difference(last, owned);
  return isEmptySet(dropped) ? merged : removeFields(schemaRefOf(kind), merged, dropped);
}

function conflictError(conflicts: readonly ApplyConflict[]): StatusError {
  return failure(409, "Conflict", conflictMessage(conflicts), {
    causes: conflicts.map(({ manager, path }) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${describe(manager)}`,
      field: path,
    })),
  });
}

function conflictMessage(conflicts: readonly ApplyConflict[]): string {
  const [first] = conflicts;
  if (first && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${describe(first.manager)}: ${first.path}`;
  }
  const managers = [...new Set(conflicts.map(({ manager }) => manager))];
  const lines = managers.flatMap((manager) => [
    `conflicts with ${describe(manager)}:`,
    ...conflicts.filter((conflict) => conflict.manager === manager).map(({ path }) => `- ${path}`),
  ]);
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`;
}

function describe(entry: ManagerEntry): string {
  const name = JSON.stringify(entry.manager);
  const subject = entry.subresource ? `${name} with subresource ${JSON.stringify(entry.subresource)}` : name;
  return entry.operation === "Update" ? `${subject} using ${entry.apiVersion}` : subject;
}
