/** Builds a `KindDefinition` from what is particular to a kind. */
import { columnsOf, type Cells } from "./columns.ts";
import { normalise } from "./normalise.ts";
import type { KubeObject } from "../api/types.ts";
import { cloneJson } from "./fields.ts";
import type {
  Draft,
  FieldError,
  KindContext,
  KindDefinition,
  ServedFrom,
  SubresourceDefinition,
  TableColumn,
} from "./types.ts";
import { type MetadataRules, validateMetadata, validateMetadataUpdate } from "./validation/metadata.ts";
import { isDns1123Subdomain } from "./validation/names.ts";

export const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const READ_WRITE = ["get", "patch", "update"] as const;

type Hooks = Pick<
  KindDefinition,
  | "hasGeneration"
  | "selectableFields"
  | "deprecation"
  | "rowConditions"
  | "servedFrom"
  | "applyDefaults"
  | "prepareForCreate"
  | "prepareForUpdate"
  | "warnings"
  | "defaultGraceSeconds"
>;

export interface KindInput extends Hooks {
  /** Default: core. */
  readonly group?: string;
  /** Default: `v1`. */
  readonly version?: string;
  readonly kind: string;
  readonly plural: string;
  /** Default: the kind in lower case. */
  readonly singular?: string;
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  /** Default: true. */
  readonly isNamespaced?: boolean;
  /** Default: all. */
  readonly verbs?: readonly string[];
  readonly subresources?: Readonly<Record<string, SubresourceDefinition>>;
  /** What `metadata.name` must be. Default: a DNS subdomain. */
  readonly checkName?: MetadataRules["checkName"];
  /** The status of a new object, for kinds with a status subresource. Default: `{}`. */
  initialStatus?(draft: Draft): unknown;
  /** Everything but the metadata, on create and (with the stored object) on update. */
  validateSpec?(object: KubeObject, context: KindContext, old?: KubeObject): readonly FieldError[];
  /** What only an update can do wrong. */
  validateChange?(object: KubeObject, old: KubeObject, context: KindContext): readonly FieldError[];
  /** Whether the errors of `validateChange` come before those of `validateSpec`. Default: after them. */
  readonly isChangeCheckedFirst?: boolean;
  /** False for questions to the server, which have no name. Default: true. */
  readonly hasName?: boolean;
  /** Cells by column name; `Name`, `Age` and `Created At` are known. */
  readonly cells?: Cells;
}

export function defineKind(input: KindInput): KindDefinition {
  const { cells, checkName, initialStatus, validateSpec, validateChange, isChangeCheckedFirst, hasName, ...given } =
    input;
  const group = given.group ?? "";
  const version = given.version ?? "v1";
  const resource = group === "" ? given.plural : `${given.plural}.${group}`;
  const schema = `${schemaPackage(group)}.${version}.${given.kind}`;
  const metadata: MetadataRules = {
    isNamespaced: given.isNamespaced ?? true,
    checkName: checkName ?? isDns1123Subdomain,
  };
  const hasStatus = given.subresources?.["status"] !== undefined;
  let columns: readonly TableColumn[] | undefined;
  return {
    ...given,
    group,
    version,
    schema,
    singular: given.singular ?? given.kind.toLowerCase(),
    shortNames: given.shortNames ?? [],
    categories: given.categories ?? [],
    isNamespaced: given.isNamespaced ?? true,
    verbs: given.verbs ?? ALL_VERBS,
    applyDefaults(draft: Draft, context: KindContext): void {
      normalise(draft, schema);
      given.applyDefaults?.(draft, context);
    },
    prepareForCreate(draft: Draft, context: KindContext): void {
      if (hasStatus) draft["status"] = initialStatus?.(draft) ?? {};
      given.prepareForCreate?.(draft, context);
    },
    prepareForUpdate(draft: Draft, old: KubeObject, context: KindContext): void {
      if (hasStatus) keepStatus(draft, old);
      given.prepareForUpdate?.(draft, old, context);
    },
    validate(object: KubeObject, context: KindContext): readonly FieldError[] {
      return [
        ...(hasName === false ? [] : validateMetadata(object, metadata, context.profile)),
        ...(validateSpec?.(object, context) ?? []),
      ];
    },
    validateUpdate(object: KubeObject, old: KubeObject, context: KindContext): readonly FieldError[] {
      const change = validateChange?.(object, old, context) ?? [];
      const spec = validateSpec?.(object, context, old) ?? [];
      return [
        ...validateMetadataUpdate(object, old, metadata),
        ...(isChangeCheckedFirst === true ? [...change, ...spec] : [...spec, ...change]),
      ];
    },
    get columns() {
      columns ??= columnsOf(resource, storedCells(cells ?? {}, given.servedFrom));
      return columns;
    },
  };
}

/** Cells read the stored form, whichever view of an object they are given. */
function storedCells(cells: Cells, servedFrom: ServedFrom | undefined): Cells {
  if (servedFrom === undefined) return cells;
  const wrapped = Object.entries(cells).map(
    ([name, cell]) => [name, (object: KubeObject, nowMs: number) => cell(servedFrom.toStored(object), nowMs)] as const,
  );
  return Object.fromEntries(wrapped);
}

/** An update of the object itself never touches its status. */
function keepStatus(draft: Draft, old: KubeObject): void {
  const status = old["status"];
  if (status === undefined) delete draft["status"];
  else draft["status"] = cloneJson(status);
}

/** `status` as every kind with one has it. */
export function statusSubresource(kind: string): SubresourceDefinition {
  return { kind, verbs: READ_WRITE };
}

export const scaleSubresource: SubresourceDefinition = {
  kind: "Scale",
  group: "autoscaling",
  version: "v1",
  verbs: READ_WRITE,
};

/** The Go package whose types a group's definitions are named after. */
function schemaPackage(group: string): string {
  switch (group) {
    case "":
      return "io.k8s.api.core";
    case "apiextensions.k8s.io":
      return "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions";
    case "apiregistration.k8s.io":
      return "io.k8s.kube-aggregator.pkg.apis.apiregistration";
    default:
      return `io.k8s.api.${group.split(".")[0]}`;
  }
}
