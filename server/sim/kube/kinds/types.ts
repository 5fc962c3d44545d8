/**
 * What is known of a kind stands in one object: names, schema, defaults,
 * validation, table columns, subresources. Discovery, the request handlers,
 * kubectl's completion and tests read it from there.
 */
import type { KubeObject, UserInfo } from "../api/types.ts";

export interface KindDefinition {
  /** Empty for core. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** `pods`. */
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly isNamespaced: boolean;
  /** As discovery lists them. */
  readonly verbs: readonly string[];
  /** Name of the definition in the schema data, for example `io.k8s.api.core.v1.Pod`. */
  readonly schema: string;
  /** Whether `.metadata.generation` counts spec changes. */
  readonly hasGeneration?: boolean;
  readonly subresources?: Readonly<Record<string, SubresourceDefinition>>;
  /** Extra selectable fields beyond metadata.name and metadata.namespace: field path → value. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
  readonly columns: readonly TableColumn[];
  /**
   * Fills absent fields of a decoded draft, in place, as the server's defaulting does.
   * Runs on create, update and on the result of patches.
   */
  applyDefaults?(draft: Draft, context: KindContext): void;
  /** Before a create is validated: drops status, sets generated fields (a Service's cluster IP). In place. */
  prepareForCreate?(draft: Draft, context: KindContext): void;
  /** Before an update is validated: keeps what users must not change. In place. */
  prepareForUpdate?(draft: Draft, old: KubeObject, context: KindContext): void;
  /** All that is wrong with an object to be created, metadata included, in the server's order. */
  validate?(object: KubeObject, context: KindContext): readonly FieldError[];
  /** All that is wrong with an update. Called instead of `validate` (it makes the same checks where the server does). */
  validateUpdate?(object: KubeObject, old: KubeObject, context: KindContext): readonly FieldError[];
  /** Deprecation and other warnings sent in the `Warning` header. */
  warnings?(object: KubeObject, old: KubeObject | undefined, context: KindContext): readonly string[];
  /** A whole API that is deprecated: the warning comes with every request, from this minor version on. */
  readonly deprecation?: { readonly sinceMinor: number; readonly message: string };
  /** `conditions` of the object's table row: a pod that has ended is marked `Completed`. */
  rowConditions?(object: KubeObject): readonly Readonly<Record<string, string>>[] | undefined;
  /**
   * Set when this is a second view of objects that another kind stores (`events.k8s.io` events,
   * `autoscaling/v1` autoscalers). Requests are converted, then treated as for the stored kind.
   */
  readonly servedFrom?: ServedFrom;
  /** Seconds of grace when a delete names none (pods: from the spec); undefined deletes at once. */
  defaultGraceSeconds?(object: KubeObject): number | undefined;
}

/** A mutable object tree while a request is being processed. */
export type Draft = { [field: string]: unknown };

export interface ServedFrom {
  /** Resource that holds the objects: `events`. */
  readonly resource: string;
  readonly version: string;
  toStored(object: KubeObject): KubeObject;
  fromStored(object: KubeObject): KubeObject;
}

export interface SubresourceDefinition {
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

export interface KindContext {
  readonly nowMs: number;
  readonly profile: string;
  readonly user: UserInfo;
  random(): number;
  uuid(): string;
  get(resource: string, namespace: string, name: string): KubeObject | undefined;
  list(resource: string, namespace?: string): readonly KubeObject[];
  /** CIDRs of the cluster, from its kubeadm configuration. */
  readonly serviceCidr: string;
  readonly podCidr: string;
}

/** One entry of a 422's `details.causes`; `message` is printed after `field: `. */
export interface FieldError {
  readonly field: string;
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueNotSupported"
    | "FieldValueForbidden"
    | "FieldValueDuplicate"
    | "FieldValueTooLong"
    | "FieldValueTooMany"
    | "FieldValueNotFound"
    | "FieldValueTypeInvalid"
    | "InternalError";
  /** The whole text after the field: `Invalid value: 0: must be between 1 and 65535, inclusive`. */
  readonly message: string;
}

export interface TableColumn {
  readonly name: string;
  /** `string`, `integer`, `date`. */
  readonly type: string;
  /** `name` for the name column, else empty. */
  readonly format: string;
  readonly description: string;
  /** 0 is always shown; 1 only with `-o wide`. */
  readonly priority: number;
  /** The cell: text or number. Ages are computed from `nowMs`. */
  cell(object: KubeObject, nowMs: number): string | number | boolean | null;
}
