/**
 * From arguments, files and selectors to the objects they mean: the resource builder of
 * cli-runtime. Errors come in the order and with the words of the original.
 */
import type { ApiObject, Query } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { asFailure, combine, KubectlError, NoResourceMatch, StatusFailure } from "../errors.ts";
import type { Json } from "../yaml/parse.ts";
import { groupResourceOf, groupVersionOf, type ResourceType } from "./discovery.ts";
import { checkManifest, listMembers, manifestSources, readDocuments, type Manifest } from "./manifest.ts";
import {
  getObject,
  nameOf,
  namespaceOf,
  requireName,
  resourcePath,
  stringMap,
  withMetadata,
  type Target,
} from "./target.ts";
import { parseSelector, type Selector } from "./label-selector.ts";

export interface Selection {
  readonly args?: readonly string[];
  /** ResourceTypeOrNameArgs' first parameter: a bare type means all its objects. */
  readonly allowsBareType?: boolean;
  /** Arguments are names of this type (`cordon NODE`). */
  readonly fixedType?: string;
  readonly filenames?: readonly string[];
  readonly kustomize?: string;
  readonly isRecursive?: boolean;
  readonly allNamespaces?: boolean;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly selectAll?: boolean;
  readonly continuesOnError?: boolean;
  /** Objects named by files are read from the server again. */
  readonly isLatest?: boolean;
  /** Objects named by arguments are not read. */
  readonly skipsRetrieval?: boolean;
  /** Nothing is asked of the server but its types. */
  readonly isLocal?: boolean;
  readonly isValidated?: boolean;
  readonly singleResourceType?: boolean;
  readonly subresource?: string;
  readonly chunkSize?: number;
  /** For tables: lists stay lists, and this Accept header is sent. */
  readonly accept?: string;
  readonly extraQuery?: Query;
  readonly keepsLists?: boolean;
}

const MISSING_RESOURCE = `You must provide one or more resources by argument or filename.
Example resource specifications include:
   '-f rsrc.yaml'
   '--filename=rsrc.json'
   '<resource> <name>'
   '<resource>'`;

/** Everything selected, in order; failures are yielded in their place when the selection continues on error. */
export async function* visit(kubectl: Kubectl, selection: Selection): AsyncGenerator<Target | Error> {
  try {
    for await (const item of visitAll(kubectl, selection)) {
      yield item;
      if (item instanceof Error && !selection.continuesOnError) return;
    }
  } catch (error) {
    yield asFailure(error);
  }
}

/** The targets, and what failed. */
export async function collect(
  kubectl: Kubectl,
  selection: Selection,
): Promise<{ readonly targets: readonly Target[]; readonly failure: Error | undefined }> {
  const targets: Target[] = [];
  const failures: Error[] = [];
  for await (const item of visit(kubectl, selection)) {
    if (item instanceof Error) failures.push(item);
    else targets.push(item);
  }
  return { targets, failure: combine(failures) };
}

/** Runs `action` on each target; throws the combined failures at the end. Returns how many were visited. */
export async function forEachTarget(
  kubectl: Kubectl,
  selection: Selection,
  action: (target: Target) => Promise<void>,
): Promise<number> {
  const failures: Error[] = [];
  let count = 0;
  for await (const item of visit(kubectl, selection)) {
    if (item instanceof Error) {
      failures.push(item);
      continue;
    }
    count++;
    try {
      await action(item);
    } catch (error) {
      failures.push(asFailure(error));
      if (!selection.continuesOnError) break;
    }
  }
  const failure = combine(failures);
  if (failure !== undefined) throw failure;
  return count;
}

/** Whether exactly one object is meant by the form of the command line alone. */
export function isSingleItem(selection: Selection): boolean {
  const args = selection.args ?? [];
  const filenames = selection.filenames ?? [];
  if (filenames.length > 0) return false;
  if (selection.labelSelector || selection.fieldSelector || selection.selectAll) return false;
  if (args.every((arg) => arg.includes("/"))) return args.length === 1;
  return args.length === 2 && !(args[0] ?? "").includes(",") && (args[0] ?? "") !== "all";
}

async function* visitAll(kubectl: Kubectl, selection: Selection): AsyncGenerator<Target | Error> {
  const filenames = [...(selection.filenames ?? [])];
  if (selection.kustomize) throw new KubectlError("kustomize is not available in this kubectl");
  if (filenames.length > 0) {
    if ((selection.args ?? []).length > 0) {
      throw new KubectlError(
        "when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well",
      );
    }
    yield* visitFiles(kubectl, selection, filenames);
    return;
  }
  yield* visitArguments(kubectl, selection);
}

// ---------------------------------------------------------------------- files

async function* visitFiles(
  kubectl: Kubectl,
  selection: Selection,
  filenames: readonly string[],
): AsyncGenerator<Target | Error> {
  const filter = selection.labelSelector ? parseSelector(selection.labelSelector) : undefined;
  const failures: Error[] = [];
  const sources = filenames.flatMap((filename) => {
    try {
      return manifestSources(kubectl, [filename], selection.isRecursive ?? false);
    } catch (error) {
      failures.push(asFailure(error));
      return [];
    }
  });
  // The builder collects missing paths before it visits any file.
  const missing = combine(failures);
  if (missing !== undefined) {
    yield missing;
    return;
  }
  const seen = { failures: [] as Error[] };
  for (const source of sources) {
    for await (const item of visitSource(kubectl, selection, source)) {
      if (item instanceof Error) seen.failures.push(item);
      else if (filter !== undefined && !filter.matches(stringMap(item.object, "labels"))) continue;
      yield item;
    }
  }
}

async function* visitSource(
  kubectl: Kubectl,
  selection: Selection,
  source: { readonly name: string; read(): Promise<string> },
): AsyncGenerator<Target | Error> {
  try {
    const text = await source.read();
    for (const value of readDocuments(text, source.name)) {
      if (value === undefined || value === null) continue;
      for await (const item of visitDocument(kubectl, selection, value, source.name)) {
        yield item;
        // A document that cannot be decoded ends its file, as the stream visitor returns.
        if (item instanceof DocumentFailure) return;
      }
    }
  } catch (error) {
    yield asFailure(error);
  }
}

class DocumentFailure extends KubectlError {}

async function* visitDocument(
  kubectl: Kubectl,
  selection: Selection,
  value: Json,
  source: string,
): AsyncGenerator<Target | Error> {
  let manifest: Manifest;
  try {
    manifest = checkManifest(value, source, selection.isValidated ?? false);
  } catch (error) {
    yield selection.continuesOnError ? asFailure(error) : new DocumentFailure(asFailure(error).message);
    return;
  }
  for (const object of listMembers(manifest.object)) {
    try {
      const target = await fileTarget(kubectl, selection, object, source);
      yield selection.isLatest ? await refetch(kubectl, selection, target) : target;
    } catch (error) {
      yield asFailure(error);
    }
  }
}

async function fileTarget(kubectl: Kubectl, selection: Selection, object: ApiObject, source: string): Promise<Target> {
  const apiVersion = object.apiVersion ?? "";
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const kind = object.kind ?? "";
  const type = await kubectl.withDiscovery((discovery) => discovery.findKind(group, version, kind));
  if (type === undefined) {
    throw new KubectlError(
      `resource mapping not found for name: ${JSON.stringify(nameOf(object))} namespace: ${JSON.stringify(namespaceOf(object))} from ${JSON.stringify(source)}: no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
    );
  }
  return placeInNamespace(kubectl, selection, {
    type,
    namespace: namespaceOf(object),
    name: nameOf(object),
    source,
    object,
  });
}

function placeInNamespace(kubectl: Kubectl, selection: Selection, target: Target): Target {
  if (!target.type.isNamespaced) {
    if (target.namespace === "") return target;
    return { ...target, namespace: "", object: withMetadata(target.object, { namespace: undefined }) };
  }
  const { namespace, isNamespaceExplicit } = kubectl.connection();
  if (target.namespace === "") return { ...target, namespace, object: withMetadata(target.object, { namespace }) };
  if (isNamespaceExplicit && !selection.allNamespaces && target.namespace !== namespace) {
    throw new KubectlError(
      `the namespace from the provided object ${JSON.stringify(target.namespace)} does not match the namespace ${JSON.stringify(namespace)}. You must pass '--namespace=${target.namespace}' to perform this operation.`,
    );
  }
  return target;
}

async function refetch(kubectl: Kubectl, selection: Selection, target: Target): Promise<Target> {
  requireName(target.name);
  const object = await getObject(kubectl, target.type, target.namespace, target.name, fetchOptions(selection));
  return { ...target, object };
}

function fetchOptions(selection: Selection): { accept?: string; subresource?: string; query?: Query } {
  return {
    ...(selection.accept === undefined ? {} : { accept: selection.accept }),
    ...(selection.subresource ? { subresource: selection.subresource } : {}),
    ...(selection.extraQuery === undefined ? {} : { query: selection.extraQuery }),
  };
}

// ------------------------------------------------------------------ arguments

interface ParsedArguments {
  readonly tuples: readonly { readonly resource: string; readonly name: string }[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
}

async function parseArguments(kubectl: Kubectl, selection: Selection): Promise<ParsedArguments> {
  const args = joinCommas(selection.args ?? []);
  if (selection.fixedType !== undefined) {
    const tuples = args.filter((arg) => arg.includes("/")).map((arg) => splitTuple(arg));
    const names = args.filter((arg) => !arg.includes("/"));
    return { tuples, names, resources: names.length > 0 || tuples.length === 0 ? [selection.fixedType] : [] };
  }
  const withSlash = args.filter((arg) => arg.includes("/")).length;
  if (withSlash > 0) {
    if (withSlash !== args.length) {
      throw new KubectlError(
        "there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' instead of 'kubectl get resource resource/<resource_name>'",
      );
    }
    return { tuples: args.map(splitTuple), resources: [], names: [] };
  }
  const [types = "", ...names] = args;
  if (args.length === 0) return { tuples: [], resources: [], names: [] };
  return { tuples: [], resources: await expandTypes(kubectl, types), names };
}

/** `pods, svc` as two words is one list of types. */
function joinCommas(args: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const last = joined.at(-1);
    if (last?.endsWith(",")) joined[joined.length - 1] = last + arg;
    else joined.push(arg);
  }
  return joined;
}

function splitTuple(arg: string): { resource: string; name: string } {
  const parts = arg.split("/");
  if (parts.length !== 2) throw new KubectlError("arguments in resource/name form may not have more than one slash");
  const [resource = "", name = ""] = parts;
  if (resource === "" || name === "" || resource.includes(",")) {
    throw new KubectlError("arguments in resource/name form must have a single resource and name");
  }
  return { resource, name };
}

/** Comma-separated types with categories (`all`) replaced by their members. */
async function expandTypes(kubectl: Kubectl, list: string): Promise<readonly string[]> {
  const words = list.split(",");
  if (words.length === 0) return words;
  const types = await kubectl.withDiscovery((discovery) => discovery.types());
  return words.flatMap((word) => {
    const members = types.filter((type) => type.categories.includes(word));
    return members.length === 0 ? [word] : members.map(groupResourceOf);
  });
}

async function* visitArguments(kubectl: Kubectl, selection: Selection): AsyncGenerator<Target | Error> {
  const parsed = await parseArguments(kubectl, selection);
  const { labelSelector = "", fieldSelector = "" } = selection;
  const isBareType = selection.allowsBareType === true && parsed.resources.length > 0 && parsed.names.length === 0;
  if (labelSelector !== "" || fieldSelector !== "" || selection.selectAll || isBareType) {
    yield* visitSelector(kubectl, selection, parsed);
  } else if (parsed.tuples.length > 0) {
    yield* visitTuples(kubectl, selection, parsed.tuples);
    if (parsed.names.length > 0) yield* visitNames(kubectl, selection, parsed);
  } else if (parsed.names.length > 0) {
    yield* visitNames(kubectl, selection, parsed);
  } else {
    for (const resource of parsed.resources) await requireType(kubectl, resource);
    throw new KubectlError(
      parsed.resources.length > 0 ? "resource(s) were provided, but no name was specified" : MISSING_RESOURCE,
    );
  }
}

/** The type of a word; an unknown one ends in `error: the server doesn't have …`. */
export async function requireType(kubectl: Kubectl, word: string): Promise<ResourceType> {
  try {
    return await kubectl.withDiscovery((discovery) => discovery.require(word));
  } catch (error) {
    throw error instanceof NoResourceMatch ? new KubectlError(error.message) : error;
  }
}

async function uniqueTypes(
  kubectl: Kubectl,
  selection: Selection,
  resources: readonly string[],
): Promise<readonly ResourceType[]> {
  if (resources.length > 1 && selection.singleResourceType)
    throw new KubectlError("you may only specify a single resource type");
  const types: ResourceType[] = [];
  for (const resource of resources) {
    const type = await requireType(kubectl, resource);
    if (!types.some((known) => known.name === type.name && known.group === type.group)) types.push(type);
  }
  return types;
}

async function* visitSelector(
  kubectl: Kubectl,
  selection: Selection,
  parsed: ParsedArguments,
): AsyncGenerator<Target | Error> {
  if (parsed.names.length > 0) throw new KubectlError("name cannot be provided when a selector is specified");
  if (parsed.tuples.length > 0) {
    throw new KubectlError("selectors and the all flag cannot be used when passing resource/name arguments");
  }
  if (parsed.resources.length === 0)
    throw new KubectlError("at least one resource must be specified to use a selector");
  if (selection.subresource) throw new KubectlError("subresource cannot be used when bulk resources are specified");
  const types = await uniqueTypes(kubectl, selection, parsed.resources);
  for (const type of types) {
    try {
      yield* listTargets(kubectl, selection, type);
    } catch (error) {
      yield asFailure(error);
      if (!selection.continuesOnError) return;
    }
  }
}

/** Lists one type in chunks; each object (or each list, when lists are kept) is a target. */
async function* listTargets(kubectl: Kubectl, selection: Selection, type: ResourceType): AsyncGenerator<Target> {
  const namespace = type.isNamespaced && !selection.allNamespaces ? kubectl.namespace : "";
  const { labelSelector = "", fieldSelector = "", chunkSize = 500 } = selection;
  const path = resourcePath(type, namespace);
  let token = "";
  do {
    const query: (readonly [string, string])[] = [...(selection.extraQuery ?? [])];
    if (token !== "") query.push(["continue", token]);
    if (fieldSelector !== "") query.push(["fieldSelector", fieldSelector]);
    if (labelSelector !== "") query.push(["labelSelector", labelSelector]);
    if (chunkSize > 0) query.push(["limit", String(chunkSize)]);
    let list: ApiObject;
    try {
      list = await kubectl
        .client()
        .request("GET", path, { query, ...(selection.accept ? { accept: selection.accept } : {}) });
    } catch (error) {
      throw explainListFailure(error, type, labelSelector, fieldSelector);
    }
    if (selection.keepsLists) yield { type, namespace, name: "", source: "", object: list };
    else
      for (const object of listItems(list))
        yield { type, namespace: namespaceOf(object), name: nameOf(object), source: "", object };
    const next = list.metadata?.["continue"];
    token = typeof next === "string" ? next : "";
  } while (token !== "");
}

/** Items of a list with kind and version filled in from the list's. */
export function listItems(list: ApiObject): readonly ApiObject[] {
  const items = (list["items"] ?? []) as readonly ApiObject[];
  const kind = (list.kind ?? "").replace(/List$/, "");
  return items.map((item) =>
    item.kind === undefined || item.apiVersion === undefined
      ? { ...item, apiVersion: list.apiVersion ?? "", kind }
      : item,
  );
}

function explainListFailure(error: unknown, type: ResourceType, labelSelector: string, fieldSelector: string): unknown {
  if (!(error instanceof StatusFailure) || (error.reason !== "BadRequest" && error.reason !== "NotFound")) return error;
  const resource = JSON.stringify(`${type.group}/${type.version}, Resource=${type.name}`);
  if (labelSelector === "" && fieldSelector === "")
    return error.withMessage(`Unable to list ${resource}: ${error.message}`);
  return error.withMessage(
    `Unable to find ${resource} that match label selector ${JSON.stringify(labelSelector)}, field selector ${JSON.stringify(fieldSelector)}: ${error.message}`,
  );
}

async function* visitTuples(
  kubectl: Kubectl,
  selection: Selection,
  tuples: readonly { readonly resource: string; readonly name: string }[],
): AsyncGenerator<Target | Error> {
  const types: ResourceType[] = [];
  for (const { resource } of tuples) types.push(await requireType(kubectl, resource));
  for (const [index, { name }] of tuples.entries()) {
    const type = types[index] as ResourceType;
    yield* visitNamed(kubectl, selection, type, name);
  }
}

async function* visitNames(
  kubectl: Kubectl,
  selection: Selection,
  parsed: ParsedArguments,
): AsyncGenerator<Target | Error> {
  if (parsed.resources.length === 0) throw new KubectlError("you must provide a resource and a resource name together");
  if (parsed.resources.length > 1) throw new KubectlError("you must specify only one resource");
  const type = await requireType(kubectl, parsed.resources[0] ?? "");
  for (const name of parsed.names) yield* visitNamed(kubectl, selection, type, name);
}

async function* visitNamed(
  kubectl: Kubectl,
  selection: Selection,
  type: ResourceType,
  name: string,
): AsyncGenerator<Target | Error> {
  if (type.isNamespaced && selection.allNamespaces) {
    throw new KubectlError("a resource cannot be retrieved by name across all namespaces");
  }
  const target: Target = { type, namespace: type.isNamespaced ? kubectl.namespace : "", name, source: "", object: {} };
  if (selection.skipsRetrieval) {
    yield target;
    return;
  }
  try {
    yield { ...target, object: await getObject(kubectl, type, target.namespace, name, fetchOptions(selection)) };
  } catch (error) {
    yield asFailure(error);
  }
}

/** `networking.k8s.io/v1, Kind=NetworkPolicy` as Go prints a GroupVersionKind. */
export function printedGroupVersionKind(type: ResourceType): string {
  return `${groupVersionOf(type).includes("/") ? groupVersionOf(type) : `/${type.version}`}, Kind=${type.kind}`;
}

export type { Selector };
