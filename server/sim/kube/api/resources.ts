/**
 * The life of an object between decoding and etcd, for every kind: admission, names, system
 * fields, validation, conflicts, deletion with grace and finalizers. Follows
 * `apiserver/pkg/registry/generic/registry/store.go` and `registry/rest`.
 */
import type { Clock, Random } from "../../machine/types.ts";
import type { Draft, FieldError, KindContext, KindDefinition } from "../kinds/types.ts";
import { cloneTree, equalTrees, shareTree } from "../store/freeze.ts";
import type { Store } from "../store/store.ts";
import { admit } from "./admission/index.ts";
import type { AdmissionOptions } from "./admission/plugin.ts";
import {
  alreadyExists,
  badRequest,
  conflict,
  forbiddenField,
  generateNameConflict,
  invalid,
  invalidValue,
  MODIFIED_TEXT,
  notFound,
  spaceExceeded,
} from "./errors.ts";
import {
  groupKind,
  groupResource,
  type KindRegistry,
  resourceNameOf,
  storageKey,
  storagePrefix,
} from "./kind-registry.ts";
import { recordManager } from "./managed-fields.ts";
import { orderObject, orderObjectMeta } from "./object-meta.ts";
import type { ObjectReader } from "./object-reader.ts";
import type { Operation } from "./operation.ts";
import type { DeleteOptions } from "./request-options.ts";
import type { KubeObject, ObjectMeta, UserInfo } from "./types.ts";
import { countsGeneration, dropAllButStatus, isChecked, keepPart } from "./update-parts.ts";

export interface ResourcesOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  readonly registry: KindRegistry;
  readonly profile: string;
  readonly serviceCidr: string;
  readonly podCidr: string;
}

/** Deletion either took place or has begun. */
export interface DeleteResult {
  readonly object: KubeObject;
  readonly isDeleted: boolean;
}

export interface UpdateOptions {
  /** `status`, `finalize`, … : only that part of the object may change. */
  readonly subresource?: string;
  /** A server-side apply has already recorded its manager. */
  readonly keepsManagedFields?: boolean;
}

/** Objects one cluster can hold; beyond it etcd answers as a full one does. */
export const OBJECT_LIMIT = 10_000;
const NAME_ATTEMPTS = 8;
const SUFFIX_LENGTH = 5;
/** Generated names are cut so that the suffix fits into a DNS label. */
const GENERATED_BASE_LIMIT = 63 - SUFFIX_LENGTH;

export class Resources implements ObjectReader {
  readonly #options: ResourcesOptions;
  readonly #admission: AdmissionOptions;

  constructor(options: ResourcesOptions) {
    this.#options = options;
    this.#admission = { resources: this, random: options.random };
  }

  get store(): Store {
    return this.#options.store;
  }

  get registry(): KindRegistry {
    return this.#options.registry;
  }

  nowMs(): number {
    return this.#options.clock.now();
  }

  uuid(): string {
    return this.#options.random.uuid();
  }

  find(kind: KindDefinition, namespace: string, name: string): KubeObject | undefined {
    return this.store.get(storageKey(kind, namespace, name))?.object;
  }

  /** Throws 404 when there is none. */
  get(kind: KindDefinition, namespace: string, name: string): KubeObject {
    const object = this.find(kind, namespace, name);
    if (!object) throw notFound(groupResource(kind), name);
    return object;
  }

  list(kind: KindDefinition, namespace = ""): readonly KubeObject[] {
    return this.store.list(listPrefix(kind, namespace)).map((entry) => entry.object);
  }

  context(user: UserInfo): KindContext {
    const { random, registry, profile, serviceCidr, podCidr } = this.#options;
    return {
      nowMs: this.nowMs(),
      profile,
      user,
      random: () => random.next(),
      uuid: () => random.uuid(),
      get: (resource, namespace, name) => this.find(registry.resource(resource), namespace, name),
      list: (resource, namespace) => this.list(registry.resource(resource), namespace),
      serviceCidr,
      podCidr,
    };
  }

  /** Stores a decoded draft (which it may change). Throws StatusError. */
  create(
    kind: KindDefinition,
    namespace: string,
    draft: Draft,
    operation: Operation,
    options: Pick<UpdateOptions, "keepsManagedFields"> = {},
  ): KubeObject {
    const context = this.context(operation.user);
    const meta = metaOf(draft);
    checkNamespace(kind, namespace, meta);
    if (kind.isNamespaced) meta["namespace"] = namespace;
    kind.applyDefaults?.(draft, context);
    meta["uid"] = context.uuid();
    meta["creationTimestamp"] = this.timestamp();
    for (const field of ["resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink"]) {
      delete meta[field];
    }
    if (!options.keepsManagedFields) recordManager(kind, draft, undefined, operation.manager, "", this.timestamp());
    // Admission is told the name of the request: one that is drawn here is not in it.
    const name = String(meta["name"] ?? "");
    const isGenerated = name === "" && Boolean(meta["generateName"]);
    if (isGenerated) meta["name"] = this.#generateName(kind, namespace, String(meta["generateName"]));
    admit({ verb: "create", kind, namespace, name, subresource: "", operation }, draft, this.#admission);
    kind.prepareForCreate?.(draft, context);
    if (kind.hasGeneration) meta["generation"] = 1;
    else delete meta["generation"];
    const object = orderObject(kind, draft);
    this.#refuse(kind, object, kind.validate?.(object, context) ?? []);
    operation.warnings.push(...(kind.warnings?.(object, undefined, context) ?? []));
    const key = storageKey(kind, namespace, object.metadata.name);
    if (this.store.size >= OBJECT_LIMIT) throw spaceExceeded();
    if (this.store.get(key)) {
      throw isGenerated
        ? generateNameConflict(groupResource(kind), object.metadata.name)
        : alreadyExists(groupResource(kind), object.metadata.name);
    }
    return operation.isDryRun ? object : this.store.put(key, object);
  }

  /**
   * Replaces an object with what `change` makes of it. An unchanged object is not written.
   * Throws StatusError: 404, 409, 422.
   */
  update(
    kind: KindDefinition,
    namespace: string,
    name: string,
    change: (old: KubeObject) => Draft,
    operation: Operation,
    options: UpdateOptions = {},
  ): KubeObject {
    const old = this.get(kind, namespace, name);
    const context = this.context(operation.user);
    const subresource = options.subresource ?? "";
    const draft = change(old);
    const meta = metaOf(draft);
    checkNamespace(kind, namespace, meta);
    this.#checkPreconditions(kind, old, meta);
    const keep = keepPart(subresource);
    const isRewritten = comparesExactly(kind) && holdsEmptyList(draft["spec"]);
    // What the request may not change is put back before any work is spent on it.
    if (subresource === "status") dropAllButStatus(draft);
    kind.applyDefaults?.(draft, context);
    restoreSystemFields(meta, old.metadata);
    keep?.(draft, old);
    if (!options.keepsManagedFields) {
      recordManager(kind, draft, old, operation.manager, subresource, this.timestamp());
    }
    admit({ verb: "update", kind, namespace, name, subresource, operation, old }, draft, this.#admission);
    if (!keep) kind.prepareForUpdate?.(draft, old, context);
    if (kind.hasGeneration && countsGeneration(subresource)) {
      const generation = old.metadata.generation ?? 1;
      const isSame = !isRewritten && equalTrees(specOf(draft), specOf(old));
      meta["generation"] = isSame ? generation : generation + 1;
    } else if (old.metadata.generation !== undefined) meta["generation"] = old.metadata.generation;
    const object = shareTree(old, orderObject(kind, draft));
    this.#refuse(kind, object, [
      ...newFinalizers(object.metadata, old.metadata),
      ...(isChecked(subresource) ? (kind.validateUpdate?.(object, old, context) ?? []) : []),
    ]);
    if (!keep) operation.warnings.push(...(kind.warnings?.(object, old, context) ?? []));
    if (object === old || operation.isDryRun) return object;
    const key = storageKey(kind, namespace, name);
    if (isReadyToVanish(kind, object)) return this.store.delete(key) ?? object;
    return this.store.put(key, object);
  }

  /** Begins or completes a deletion. Throws StatusError: 404, 409. */
  delete(
    kind: KindDefinition,
    namespace: string,
    name: string,
    options: DeleteOptions,
    operation: Operation,
  ): DeleteResult {
    const old = this.get(kind, namespace, name);
    this.#checkDeletePreconditions(kind, old, options);
    admit({ verb: "delete", kind, namespace, name, subresource: "", operation, old }, {}, this.#admission);
    const key = storageKey(kind, namespace, name);
    const isDryRun = operation.isDryRun || options.isDryRun;
    const next = this.#markForDeletion(kind, old, options);
    if (next) {
      if (isDryRun || next === old) return { object: next, isDeleted: false };
      return { object: this.store.put(key, next), isDeleted: false };
    }
    if (isDryRun) return { object: old, isDeleted: true };
    return { object: this.store.delete(key) ?? old, isDeleted: true };
  }

  /** RFC 3339 in whole seconds: the form of `metav1.Time`. */
  timestamp(offsetSeconds = 0): string {
    return `${new Date(this.nowMs() + offsetSeconds * 1000).toISOString().slice(0, 19)}Z`;
  }

  #refuse(kind: KindDefinition, object: KubeObject, errors: readonly FieldError[]): void {
    if (errors.length > 0) throw invalid(groupKind(kind), object.metadata.name ?? "", errors);
  }

  #generateName(kind: KindDefinition, namespace: string, prefix: string): string {
    const base = prefix.slice(0, GENERATED_BASE_LIMIT);
    let name = base;
    for (let attempt = 0; attempt < NAME_ATTEMPTS; attempt++) {
      name = base + this.#options.random.text(SUFFIX_LENGTH);
      if (!this.find(kind, namespace, name)) break;
    }
    return name;
  }

  #checkPreconditions(kind: KindDefinition, old: KubeObject, meta: Draft): void {
    const resource = groupResource(kind);
    const uid = meta["uid"];
    if (uid && uid !== old.metadata.uid) {
      const key = storageKey(kind, old.metadata.namespace ?? "", old.metadata.name);
      throw conflict(
        resource,
        old.metadata.name,
        `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${String(uid)}, UID in object meta: ${old.metadata.uid}`,
      );
    }
    const version = meta["resourceVersion"];
    if (version && version !== "0" && version !== old.metadata.resourceVersion) {
      throw conflict(resource, old.metadata.name, MODIFIED_TEXT);
    }
    if (!version && needsResourceVersion(kind)) {
      throw invalid(groupKind(kind), old.metadata.name, [
        invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
      ]);
    }
  }

  #checkDeletePreconditions(kind: KindDefinition, old: KubeObject, options: DeleteOptions): void {
    const { uid, resourceVersion, name } = old.metadata;
    if (options.uid && options.uid !== uid) {
      throw conflict(
        groupKind(kind),
        name,
        `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      );
    }
    if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
      throw conflict(
        groupKind(kind),
        name,
        `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      );
    }
  }

  /** The object with its deletion begun; undefined when it can go at once. */
  #markForDeletion(kind: KindDefinition, old: KubeObject, options: DeleteOptions): KubeObject | undefined {
    const meta = old.metadata;
    const finalizers = finalizersForDeletion(meta, options);
    const grace = graceSeconds(kind, old, options);
    const isHeld = finalizers.length > 0 || isNamespaceWithContent(kind, old);
    if (grace === 0 && !isHeld) return undefined;
    if (meta.deletionTimestamp && (meta.deletionGracePeriodSeconds ?? 0) <= grace) {
      return equalTrees(finalizers, meta.finalizers ?? []) ? old : changeMeta(old, { finalizers });
    }
    return changeMeta(
      old,
      {
        finalizers,
        deletionTimestamp: this.timestamp(grace),
        deletionGracePeriodSeconds: grace,
        ...(meta.generation === undefined || meta.deletionTimestamp ? {} : { generation: meta.generation + 1 }),
      },
      resourceNameOf(kind) === "namespaces" ? { status: { ...statusOf(old), phase: "Terminating" } } : {},
    );
  }
}

function listPrefix(kind: KindDefinition, namespace: string): string {
  return namespace && kind.isNamespaced ? `${storagePrefix(kind)}${namespace}/` : storagePrefix(kind);
}

/** The draft's own metadata, made mutable and present. */
export function metaOf(draft: Draft): Draft {
  const present = draft["metadata"];
  if (typeof present === "object" && present !== null && !Object.isFrozen(present)) return present as Draft;
  const copy = cloneTree((present ?? {}) as Draft);
  draft["metadata"] = copy;
  return copy;
}

function checkNamespace(kind: KindDefinition, namespace: string, meta: Draft): void {
  const given = meta["namespace"];
  if (!kind.isNamespaced || !given || given === namespace) return;
  throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
}

function restoreSystemFields(meta: Draft, old: ObjectMeta): void {
  meta["uid"] ??= old.uid;
  meta["creationTimestamp"] ??= old.creationTimestamp;
  meta["resourceVersion"] = old.resourceVersion;
  for (const field of ["deletionTimestamp", "deletionGracePeriodSeconds", "generateName"] as const) {
    if (old[field] === undefined) delete meta[field];
    else meta[field] = old[field];
  }
  if (old.namespace !== undefined) meta["namespace"] ??= old.namespace;
}

/** What is being deleted takes no new finalizers. */
function newFinalizers(next: ObjectMeta, old: ObjectMeta): FieldError[] {
  if (!old.deletionTimestamp) return [];
  const added = (next.finalizers ?? []).filter((name) => !(old.finalizers ?? []).includes(name));
  if (added.length === 0) return [];
  const names = added.map((name) => JSON.stringify(name)).join(", ");
  return [
    forbiddenField(
      "metadata.finalizers",
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    ),
  ];
}

/** Kinds that refuse an update without a resourceVersion. */
function needsResourceVersion(kind: KindDefinition): boolean {
  return UNCONDITIONAL_UPDATE_FORBIDDEN.has(resourceNameOf(kind));
}

const UNCONDITIONAL_UPDATE_FORBIDDEN = new Set([
  "leases.coordination.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
]);

/** Kinds whose strategy compares specs with `reflect.DeepEqual`: an empty list differs from none. */
function comparesExactly(kind: KindDefinition): boolean {
  return resourceNameOf(kind) === "networkpolicies.networking.k8s.io";
}

/** Stored objects hold no empty lists: etcd's encoding drops them. */
function holdsEmptyList(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value) && value.length === 0) return true;
  return Object.values(value).some(holdsEmptyList);
}

/** All but metadata and status: what `generation` counts. */
function specOf(object: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { metadata: _metadata, status: _status, kind: _kind, apiVersion: _version, ...spec } = object;
  return spec;
}

function statusOf(object: KubeObject): Record<string, unknown> {
  return (object["status"] ?? {}) as Record<string, unknown>;
}

function finalizersForDeletion(meta: ObjectMeta, options: DeleteOptions): readonly string[] {
  const present = meta.finalizers ?? [];
  if (options.propagationPolicy === undefined) return present;
  const others = present.filter((name) => name !== "orphan" && name !== "foregroundDeletion");
  switch (options.propagationPolicy) {
    case "Orphan":
      return [...others, "orphan"];
    case "Foreground":
      return [...others, "foregroundDeletion"];
    case "Background":
      return others;
  }
}

function graceSeconds(kind: KindDefinition, old: KubeObject, options: DeleteOptions): number {
  const byDefault = kind.defaultGraceSeconds?.(old);
  if (byDefault === undefined || isNowhere(old)) return 0;
  return options.gracePeriodSeconds ?? byDefault;
}

/** A pod without a node, or one that has ended: nobody needs time to stop it. */
function isNowhere(object: KubeObject): boolean {
  const { nodeName } = (object["spec"] ?? {}) as { nodeName?: string };
  const { phase } = statusOf(object);
  return !nodeName || phase === "Succeeded" || phase === "Failed";
}

function isNamespaceWithContent(kind: KindDefinition, object: KubeObject): boolean {
  if (resourceNameOf(kind) !== "namespaces") return false;
  const spec = (object["spec"] ?? {}) as { finalizers?: readonly string[] };
  return (spec.finalizers ?? []).length > 0;
}

/** Deletion had begun, nothing holds the object any more and its grace is over. */
function isReadyToVanish(kind: KindDefinition, object: KubeObject): boolean {
  const meta = object.metadata;
  if (!meta.deletionTimestamp || (meta.finalizers ?? []).length > 0) return false;
  if (isNamespaceWithContent(kind, object)) return false;
  return (meta.deletionGracePeriodSeconds ?? 0) === 0;
}

function changeMeta(
  object: KubeObject,
  change: Readonly<Record<string, unknown>>,
  fields: Readonly<Record<string, unknown>> = {},
): KubeObject {
  const { kind, apiVersion, metadata, ...rest } = object;
  const ordered = orderObjectMeta({ ...metadata, ...change });
  return { kind, apiVersion, metadata: ordered, ...rest, ...fields } as KubeObject;
}
