/**
 * Models etcd as the API server uses it: one revisioned, ordered key space with
 * watches, compaction and snapshots. Values are frozen API objects, not bytes, so a
 * read costs a reference. Left out: leases (the API server keeps Event expiry itself),
 * transactions over several keys, authentication.
 */
import type { KubeObject } from "../api/types.ts";
import type { Cancel } from "../../machine/types.ts";
import { deepFreeze } from "./freeze.ts";

/** One key with what etcd knows of it. Frozen. */
export interface StoreEntry {
  readonly key: string;
  /** `metadata.resourceVersion` is `modRevision` as text. */
  readonly object: KubeObject;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Counts writes since creation, from 1. */
  readonly version: number;
}

export interface StoreEvent {
  readonly type: "put" | "delete";
  readonly key: string;
  readonly revision: number;
  /** The new object; for a delete the last one, with the delete's revision as its resourceVersion. */
  readonly object: KubeObject;
  readonly previous: KubeObject | undefined;
}

/** A whole key space at one revision. Immutable, shared between worlds. */
export interface StoreImage {
  readonly revision: number;
  /** In key order. */
  readonly entries: readonly StoreEntry[];
}

/** The difference of a store from an image. JSON-serialisable. */
export interface StoreSnapshot {
  readonly revision: number;
  readonly compactRevision: number;
  readonly put: readonly StoreEntry[];
  readonly removed: readonly string[];
}

export const EMPTY_IMAGE: StoreImage = Object.freeze({ revision: 0, entries: Object.freeze([]) });

/** How many past changes stay readable for watches and lists at a revision. */
export const HISTORY_LIMIT = 1_000;

/** The revision asked for has been compacted away: HTTP 410 at the API. */
export class CompactedError extends Error {
  readonly requested: number;
  readonly compactRevision: number;
  constructor(requested: number, compactRevision: number) {
    super("etcdserver: mvcc: required revision has been compacted");
    this.requested = requested;
    this.compactRevision = compactRevision;
  }
}

/** The revision asked for lies in the future. */
export class FutureRevisionError extends Error {
  constructor() {
    super("etcdserver: mvcc: required revision is a future revision");
  }
}

interface Watcher {
  readonly prefix: string;
  readonly listener: (event: StoreEvent) => void;
  /** Events up to this revision are not for this watcher, except its backlog. */
  after: number;
  /** Changes of the past, due before any other. */
  backlog: readonly StoreEvent[];
  isClosed: boolean;
  readonly onReset: (() => void) | undefined;
}

/** An image made ready for look-ups. */
interface Base {
  readonly entries: ReadonlyMap<string, StoreEntry>;
  readonly keys: readonly string[];
}

const NO_BASE: Base = { entries: new Map(), keys: [] };
const bases = new WeakMap<readonly StoreEntry[], Base>();

function baseOf({ entries }: StoreImage): Base {
  const known = bases.get(entries);
  if (known) return known;
  const base: Base = {
    entries: new Map(entries.map((entry) => [entry.key, entry])),
    keys: entries.map(({ key }) => key),
  };
  bases.set(entries, base);
  return base;
}

/**
 * Writes are synchronous; watchers hear of them in a microtask, in revision order, so a
 * listener never runs inside the write of somebody else.
 */
export class Store {
  /** What was loaded, shared by the stores of one image. */
  #base: Base = NO_BASE;
  /** What differs from the base; null: removed. */
  #changed = new Map<string, StoreEntry | null>();
  /** In order. The base's own until a key is added or removed. */
  #keys: readonly string[] = [];
  #revision = 0;
  #compactRevision = 0;
  #history: StoreEvent[] = [];
  #pending: StoreEvent[] = [];
  #isFlushScheduled = false;
  readonly #watchers = new Set<Watcher>();
  readonly #onFault: (error: unknown) => void;

  constructor(options: { image?: StoreImage; onFault?: (error: unknown) => void } = {}) {
    this.#onFault =
      options.onFault ??
      ((error) => {
        throw error;
      });
    if (options.image) this.#load(options.image);
  }

  /** The revision of the latest write; 0 in a store never written to. */
  get revision(): number {
    return this.#revision;
  }

  /** Watches and lists at or below this revision are refused. */
  get compactRevision(): number {
    return this.#compactRevision;
  }

  get size(): number {
    return this.#keys.length;
  }

  get(key: string): StoreEntry | undefined {
    const changed = this.#changed.get(key);
    return changed === undefined ? this.#base.entries.get(key) : (changed ?? undefined);
  }

  /** All entries whose key begins with `prefix`, in key order. */
  list(prefix: string): StoreEntry[] {
    const result: StoreEntry[] = [];
    for (let index = lowerBound(this.#keys, prefix); index < this.#keys.length; index++) {
      const key = this.#keys[index] as string;
      if (!key.startsWith(prefix)) break;
      result.push(this.get(key) as StoreEntry);
    }
    return result;
  }

  /** How many keys begin with `prefix`. */
  count(prefix: string): number {
    return lowerBound(this.#keys, `${prefix}\uffff`) - lowerBound(this.#keys, prefix);
  }

  /** The objects under `prefix` as they were at `revision`. Throws CompactedError or FutureRevisionError. */
  listAt(prefix: string, revision: number): KubeObject[] {
    if (revision > this.#revision) throw new FutureRevisionError();
    const objects = new Map(this.list(prefix).map((entry) => [entry.key, entry.object]));
    if (revision < this.#revision) {
      if (revision < this.#compactRevision) throw new CompactedError(revision, this.#compactRevision);
      for (let index = this.#history.length - 1; index >= 0; index--) {
        const event = this.#history[index] as StoreEvent;
        if (event.revision <= revision) break;
        if (!event.key.startsWith(prefix)) continue;
        if (event.previous) objects.set(event.key, event.previous);
        else objects.delete(event.key);
      }
    }
    return [...objects.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  /** Writes `object` under the next revision and returns the frozen stored form. */
  put(key: string, object: KubeObject): KubeObject {
    const old = this.get(key);
    const revision = ++this.#revision;
    const stored = deepFreeze({
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(revision) },
    }) as KubeObject;
    this.#changed.set(
      key,
      Object.freeze({
        key,
        object: stored,
        createRevision: old?.createRevision ?? revision,
        modRevision: revision,
        version: (old?.version ?? 0) + 1,
      }),
    );
    if (!old) this.#ownKeys().splice(lowerBound(this.#keys, key), 0, key);
    this.#record({ type: "put", key, revision, object: stored, previous: old?.object });
    return stored;
  }

  /** Removes a key; returns the last object, or undefined if there was none. */
  delete(key: string): KubeObject | undefined {
    const old = this.get(key);
    if (!old) return undefined;
    const revision = ++this.#revision;
    if (this.#base.entries.has(key)) this.#changed.set(key, null);
    else this.#changed.delete(key);
    this.#ownKeys().splice(lowerBound(this.#keys, key), 1);
    const last = deepFreeze({
      ...old.object,
      metadata: { ...old.object.metadata, resourceVersion: String(revision) },
    }) as KubeObject;
    this.#record({ type: "delete", key, revision, object: last, previous: old.object });
    return last;
  }

  /**
   * Hears every change under `prefix` after `afterRevision` (default: from now on).
   * Changes of the past are delivered first, in the same microtask fashion.
   * With `onReset` the watch ends, after calling it, when the whole key space is replaced (a restored
   * data directory); without, the differences are delivered.
   * Throws CompactedError when that past is gone.
   */
  watch(
    prefix: string,
    listener: (event: StoreEvent) => void,
    options: { afterRevision?: number; onReset?: () => void } = {},
  ): Cancel {
    const after = options.afterRevision ?? this.#revision;
    if (after < this.#revision && after < this.#compactRevision) throw new CompactedError(after, this.#compactRevision);
    const backlog =
      after < this.#revision
        ? this.#history.filter((event) => event.revision > after && event.key.startsWith(prefix))
        : [];
    const watcher: Watcher = {
      prefix,
      listener,
      after: this.#revision,
      backlog,
      isClosed: false,
      onReset: options.onReset,
    };
    this.#watchers.add(watcher);
    if (backlog.length > 0) queueMicrotask(() => this.#drain(watcher));
    return () => {
      watcher.isClosed = true;
      this.#watchers.delete(watcher);
    };
  }

  /** Forgets changes up to `revision`: watches and lists from before it are refused. */
  compact(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError();
    if (revision <= this.#compactRevision) return;
    this.#compactRevision = revision;
    this.#history = this.#history.filter((event) => event.revision > revision);
  }

  /** The present content, to be shared by other stores. */
  image(): StoreImage {
    return Object.freeze({
      revision: this.#revision,
      entries: Object.freeze(this.#keys.map((key) => this.get(key) as StoreEntry)),
    });
  }

  /** What differs from `base`. */
  snapshot(base: StoreImage = EMPTY_IMAGE): StoreSnapshot {
    const put: StoreEntry[] = [];
    const removed: string[] = [];
    const seen = new Map(baseOf(base).entries);
    for (const key of this.#keys) {
      const entry = this.get(key) as StoreEntry;
      const before = seen.get(key);
      if (!before || before.modRevision !== entry.modRevision) put.push(entry);
      seen.delete(key);
    }
    for (const key of seen.keys()) removed.push(key);
    return { revision: this.#revision, compactRevision: this.#compactRevision, put, removed };
  }

  /** A store with the content of `base` changed by `snapshot`; shares the frozen objects of both. */
  static restore(
    base: StoreImage,
    snapshot: StoreSnapshot,
    options: { onFault?: (error: unknown) => void } = {},
  ): Store {
    const store = new Store(options);
    store.#load(applySnapshot(base, snapshot));
    store.#compactRevision = snapshot.revision;
    return store;
  }

  /**
   * Replaces the whole key space, as starting etcd on another data directory does. Watches with
   * `onReset` end; the others go on and hear of the differences, as clients do that list again.
   */
  reset(image: StoreImage): void {
    const before = new Map(this.image().entries.map((entry) => [entry.key, entry]));
    this.#pending = [];
    this.#load(image);
    const changes = this.#changesSince(before);
    for (const watcher of [...this.#watchers]) {
      if (watcher.onReset) {
        watcher.isClosed = true;
        this.#watchers.delete(watcher);
        watcher.onReset();
        continue;
      }
      // Revisions may go back: what is counted from now on is news.
      watcher.after = 0;
      watcher.backlog = changes.filter((event) => event.key.startsWith(watcher.prefix));
      queueMicrotask(() => this.#drain(watcher));
    }
  }

  #changesSince(before: ReadonlyMap<string, StoreEntry>): StoreEvent[] {
    const events: StoreEvent[] = [];
    const { revision } = this;
    for (const [key, { object }] of before) {
      if (this.get(key) === undefined) events.push({ type: "delete", key, revision, object, previous: object });
    }
    for (const key of this.#keys) {
      const { object } = this.get(key) as StoreEntry;
      const previous = before.get(key)?.object;
      if (previous !== object) events.push({ type: "put", key, revision, object, previous });
    }
    return events;
  }

  #load(image: StoreImage): void {
    this.#base = baseOf(image);
    this.#changed = new Map();
    this.#keys = this.#base.keys;
    this.#revision = image.revision;
    this.#compactRevision = image.revision;
    this.#history = [];
  }

  /** For writing: another store may use the base's. */
  #ownKeys(): string[] {
    const own = this.#keys === this.#base.keys ? [...this.#keys] : (this.#keys as string[]);
    this.#keys = own;
    return own;
  }

  #record(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > HISTORY_LIMIT * 2) {
      this.#history = this.#history.slice(-HISTORY_LIMIT);
      this.#compactRevision = (this.#history[0] as StoreEvent).revision - 1;
    }
    if (this.#watchers.size === 0) return;
    this.#pending.push(event);
    if (this.#isFlushScheduled) return;
    this.#isFlushScheduled = true;
    queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushScheduled = false;
    const events = this.#pending;
    this.#pending = [];
    for (const event of events) {
      for (const watcher of [...this.#watchers]) {
        if (event.revision > watcher.after && event.key.startsWith(watcher.prefix)) {
          this.#drain(watcher);
          this.#deliver(watcher, event);
        }
      }
    }
  }

  #drain(watcher: Watcher): void {
    const events = watcher.backlog;
    watcher.backlog = [];
    for (const event of events) this.#deliver(watcher, event);
  }

  #deliver(watcher: Watcher, event: StoreEvent): void {
    if (watcher.isClosed) return;
    try {
      watcher.listener(event);
    } catch (error) {
      // A fault in one listener must not silence the others.
      this.#onFault(error);
    }
  }
}

function applySnapshot(base: StoreImage, snapshot: StoreSnapshot): StoreImage {
  if (snapshot.put.length === 0 && snapshot.removed.length === 0) {
    return { revision: snapshot.revision, entries: base.entries };
  }
  const removed = new Set(snapshot.removed);
  const put = new Map(snapshot.put.map((entry) => [entry.key, deepFreeze(entry)]));
  const entries: StoreEntry[] = [];
  for (const entry of base.entries) {
    if (removed.has(entry.key)) continue;
    const changed = put.get(entry.key);
    put.delete(entry.key);
    entries.push(changed ?? entry);
  }
  if (put.size > 0) {
    entries.push(...put.values());
    entries.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  }
  return { revision: snapshot.revision, entries };
}

/** Index of the first key not below `key`. Keys are ordered by UTF-16 units; API names are ASCII. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
