/** Builds a `KindDefinition` from what is particular to a kind. */
import { columnsOf, type Cells } from "./columns.ts";
import { normalise } from "./normalise.ts";
import type { Draft, KindContext, KindDefinition, SubresourceDefinition, TableColumn } from "./types.ts";

export const ALL_VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"] as const;
const READ_WRITE = ["get", "patch", "update"] as const;

type Hooks = Pick<
  KindDefinition,
  | "hasGeneration"
  | "selectableFields"
  | "rowConditions"
  | "servedFrom"
  | "applyDefaults"
  | "prepareForCreate"
  | "prepareForUpdate"
  | "validate"
  | "validateUpdate"
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
  /** Cells by column name; `Name`, `Age` and `Created At` are known. */
  readonly cells?: Cells;
}

export function defineKind(input: KindInput): KindDefinition {
  const { cells, ...given } = input;
  const group = given.group ?? "";
  const version = given.version ?? "v1";
  const resource = group === "" ? given.plural : `${given.plural}.${group}`;
  const schema = `${schemaPackage(group)}.${version}.${given.kind}`;
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
    get columns() {
      columns ??= columnsOf(resource, cells ?? {});
      return columns;
    },
  };
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
