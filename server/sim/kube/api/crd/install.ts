/**
 * Serves what CustomResourceDefinitions define: each served version becomes a kind of the registry.
 * Also sets the definitions' status, as the apiextensions controllers of the server do.
 */
import type { Cancel } from "../../../machine/types.ts";
import type { Draft, KindContext, KindDefinition } from "../../kinds/types.ts";
import { scaleSubresource } from "../../kinds/define.ts";
import { validateMetadata, validateMetadataUpdate } from "../../kinds/validation/metadata.ts";
import { isDns1123Subdomain } from "../../kinds/validation/names.ts";
import { cloneTree, equalTrees } from "../../store/freeze.ts";
import { syncCustomApiServices } from "../api-services.ts";
import { createClient } from "../client.ts";
import { customKindOf, markCustomKind, type ScalePaths } from "../custom-kind.ts";
import { isStatusError } from "../errors.ts";
import { storagePrefix } from "../kind-registry.ts";
import type { Operation } from "../operation.ts";
import type { Resources } from "../resources.ts";
import type { KubeObject } from "../types.ts";
import { customColumns, type PrinterColumn } from "./columns.ts";
import { applyDefaults, type StructuralSchema } from "./structural.ts";
import { validateBySchema } from "./validate.ts";

const SERVER_USER = { name: "system:apiserver", groups: ["system:masters"] };
const DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io";
const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];
const PART_VERBS = ["get", "patch", "update"];

interface DefinitionSpec {
  readonly group: string;
  readonly scope: "Cluster" | "Namespaced";
  readonly names: {
    readonly kind: string;
    readonly plural: string;
    readonly singular?: string;
    readonly listKind?: string;
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  };
  readonly versions: readonly DefinitionVersion[];
}

interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: StructuralSchema };
  readonly subresources?: { readonly status?: object; readonly scale?: ScalePaths };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
}

/** Follows the definitions in the store. Those that are there already are installed at once. */
export function installCustomKinds(resources: Resources): Cancel {
  const client = createClient(resources, { user: SERVER_USER, manager: "kube-apiserver" });
  const kind = resources.registry.resource(DEFINITIONS);
  for (const object of resources.list(kind)) install(resources, object);
  return resources.store.watch(storagePrefix(kind), ({ type, object }) => {
    if (type === "delete") {
      uninstall(resources, object.metadata.name);
    } else {
      install(resources, object);
      settleStatus(resources, kind, object);
    }
    syncCustomApiServices(resources, client, new Set([specOf(object).group]));
  });
}

function specOf(object: KubeObject): DefinitionSpec {
  return object["spec"] as DefinitionSpec;
}

function install(resources: Resources, object: KubeObject): void {
  const spec = specOf(object);
  const schemaHash = JSON.stringify(spec);
  const { name } = object.metadata;
  const present = resources.registry.kinds.filter((kind) => customKindOf(kind)?.definitionName === name);
  if (present.some((kind) => customKindOf(kind)?.schemaHash === schemaHash)) return;
  for (const kind of present) resources.registry.remove(kind);
  for (const version of orderVersions(spec.versions)) {
    if (!version.served) continue;
    const openApiSchema = version.schema?.openAPIV3Schema ?? { "x-kubernetes-preserve-unknown-fields": true };
    const kind = customKind(spec, version, openApiSchema);
    const scale = version.subresources?.scale;
    const facts = { openApiSchema, schemaHash, definitionName: name, ...(scale ? { scale } : {}) };
    resources.registry.add(markCustomKind(kind, facts));
  }
}

/** Stable versions before beta before alpha, each with the highest number first. */
function orderVersions(versions: readonly DefinitionVersion[]): DefinitionVersion[] {
  const rank = ({ name }: DefinitionVersion): number[] => {
    const match = name.match(/^v(\d+)(?:(alpha|beta)(\d+))?$/);
    if (!match) return [3, 0, 0];
    const stage = match[2] === undefined ? 0 : match[2] === "beta" ? 1 : 2;
    return [stage, -Number(match[1]), -Number(match[3] ?? 0)];
  };
  return [...versions].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    for (let index = 0; index < 3; index++) {
      const difference = (left[index] ?? 0) - (right[index] ?? 0);
      if (difference !== 0) return difference;
    }
    return a.name < b.name ? -1 : 1;
  });
}

function uninstall(resources: Resources, name: string): void {
  for (const kind of resources.registry.kinds) {
    if (customKindOf(kind)?.definitionName !== name) continue;
    // The objects of a kind that is gone go with it.
    for (const { key } of resources.store.list(storagePrefix(kind))) resources.store.delete(key);
    resources.registry.remove(kind);
  }
}

function customKind(spec: DefinitionSpec, version: DefinitionVersion, schema: StructuralSchema): KindDefinition {
  const { names } = spec;
  const hasStatus = version.subresources?.status !== undefined;
  const rules = { isNamespaced: spec.scope === "Namespaced", checkName: isDns1123Subdomain };
  return {
    group: spec.group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    isNamespaced: spec.scope === "Namespaced",
    verbs: VERBS,
    schema: "",
    hasGeneration: true,
    subresources: {
      ...(hasStatus ? { status: { kind: names.kind, verbs: PART_VERBS } } : {}),
      ...(version.subresources?.scale ? { scale: scaleSubresource } : {}),
    },
    columns: customColumns(version.additionalPrinterColumns),
    applyDefaults: (draft: Draft) => applyDefaults(schema, draft),
    prepareForCreate(draft: Draft) {
      if (hasStatus) delete draft["status"];
    },
    prepareForUpdate(draft: Draft, old: KubeObject) {
      if (!hasStatus) return;
      if (old["status"] === undefined) delete draft["status"];
      else draft["status"] = old["status"];
    },
    validate: (object: KubeObject) => [...validateMetadata(object, rules), ...validateBySchema(schema, object)],
    validateUpdate: (object: KubeObject, old: KubeObject, _context: KindContext) => [
      ...validateMetadataUpdate(object, old, rules),
      ...validateBySchema(schema, object, old),
    ],
  };
}

/** Names are accepted and the definition established at once: nobody else competes for them. */
function settleStatus(resources: Resources, kind: KindDefinition, object: KubeObject): void {
  if (object.metadata.deletionTimestamp) return;
  const { names, versions } = specOf(object);
  const present = (object["status"] ?? {}) as Draft;
  const conditions = ((present["conditions"] ?? []) as Draft[]).filter((condition) => condition["status"] === "True");
  const stored = versions.filter((version) => version.storage).map((version) => version.name);
  const time = resources.timestamp();
  const condition = (type: string, reason: string, message: string) =>
    conditions.find((each) => each["type"] === type) ?? {
      type,
      status: "True",
      lastTransitionTime: time,
      reason,
      message,
    };
  const status = {
    conditions: [
      condition("NamesAccepted", "NoConflicts", "no conflicts found"),
      condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ],
    acceptedNames: names,
    storedVersions: [...new Set([...((present["storedVersions"] ?? []) as string[]), ...stored])],
  };
  if (equalTrees(status, present)) return;
  try {
    resources.update(
      kind,
      "",
      object.metadata.name,
      (old) => ({ ...(cloneTree(old) as unknown as Draft), status: cloneTree(status) }),
      serverOperation(),
      { subresource: "status" },
    );
  } catch (error) {
    // Deleted in between.
    if (!isStatusError(error, "NotFound")) throw error;
  }
}

const serverOperation = (): Operation => ({
  user: SERVER_USER,
  manager: "kube-apiserver",
  isDryRun: false,
  warnings: [],
});
