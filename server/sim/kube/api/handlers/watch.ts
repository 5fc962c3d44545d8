/** GET with `watch=true`: a stream of JSON lines. */
import { CompactedError, type StoreEvent } from "../../store/store.ts";
import { tooOldResourceVersion } from "../errors.ts";
import { apiVersionOf } from "../kind-registry.ts";
import type { Representation } from "../negotiate.ts";
import { representationOf, serve, tableOptions } from "../represent.ts";
import { isTrue } from "../request-info.ts";
import { queryValue } from "../request-options.ts";
import type { RequestScope } from "../request-scope.ts";
import { encodeJson, warningHeader } from "../responses.ts";
import { partialObject, tableOf } from "../table.ts";
import type { ApiResponse, KubeObject, WatchEventType } from "../types.ts";
import { collectionPrefix, filterOf, type ObjectFilter, parseResourceVersion } from "./read.ts";

/** A client that falls further behind is cut off, as the watch cache does. */
const BUFFER_LIMIT = 1_000;
/** Without `timeoutSeconds` a watch ends after 30–60 minutes; ours at the lower end. */
const DEFAULT_TIMEOUT_SECONDS = 1800;
const BOOKMARK_INTERVAL_MS = 60_000;

export function watchObjects(scope: RequestScope): ApiResponse {
  const { query } = scope.request;
  const filter = filterOf(scope.kind, query);
  const representation = representationOf(scope);
  const since = parseResourceVersion(queryValue(query, "resourceVersion"));
  const stream = new EventStream(scope, filter, representation);
  stream.start(since);
  return {
    status: 200,
    headers: {
      "cache-control": "no-cache, private",
      "content-type": "application/json",
      ...warningHeader(scope.warnings),
    },
    body: { kind: "stream", chunks: stream.chunks() },
  };
}

class EventStream {
  readonly #scope: RequestScope;
  readonly #filter: ObjectFilter;
  readonly #representation: Representation;
  readonly #encoder = new TextEncoder();
  readonly #queue: Uint8Array[] = [];
  readonly #cleanups: (() => void)[] = [];
  #wake: (() => void) | undefined;
  #isEnded = false;
  /** Columns are sent with the first row only. */
  #hasSentColumns = false;

  constructor(scope: RequestScope, filter: ObjectFilter, representation: Representation) {
    this.#scope = scope;
    this.#filter = filter;
    this.#representation = representation;
  }

  start(since: number): void {
    const { clock, request, resources } = this.#scope;
    const timeout = Number(queryValue(request.query, "timeoutSeconds")) || DEFAULT_TIMEOUT_SECONDS;
    this.#cleanups.push(clock.setTimer(timeout * 1000, () => this.#end()));
    this.#cleanups.push(request.interruption.onInterrupt(() => this.#end()));
    const prefix = collectionPrefix(this.#scope);
    const wantsInitial = since === 0 || isTrue(request.query, "sendInitialEvents");
    try {
      const cancel = resources.store.watch(prefix, (event) => this.#onEvent(event), {
        ...(wantsInitial ? {} : { afterRevision: since }),
        onReset: () => this.#end(),
      });
      this.#cleanups.push(cancel);
    } catch (error) {
      if (!(error instanceof CompactedError)) throw error;
      this.#push("ERROR", tooOldResourceVersion(error.requested, error.compactRevision).status);
      this.#end();
      return;
    }
    if (wantsInitial) this.#sendInitial(prefix);
    if (isTrue(request.query, "allowWatchBookmarks")) this.#scheduleBookmark();
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (next) yield next;
        else if (this.#isEnded) return;
        else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        }
      }
    } finally {
      this.#end();
    }
  }

  #sendInitial(prefix: string): void {
    const { request, resources } = this.#scope;
    for (const { object } of resources.store.list(prefix)) if (this.#filter(object)) this.#send("ADDED", object);
    const wantsMark = isTrue(request.query, "sendInitialEvents") && isTrue(request.query, "allowWatchBookmarks");
    if (wantsMark) this.#sendBookmark({ "k8s.io/initial-events-end": "true" });
  }

  #scheduleBookmark(): void {
    const cancel = this.#scope.clock.setTimer(BOOKMARK_INTERVAL_MS, () => {
      if (this.#isEnded) return;
      this.#sendBookmark();
      this.#scheduleBookmark();
    });
    this.#cleanups.push(cancel);
  }

  #sendBookmark(annotations?: Readonly<Record<string, string>>): void {
    const { kind, resources } = this.#scope;
    const object = {
      kind: kind.kind,
      apiVersion: apiVersionOf(kind),
      metadata: { resourceVersion: String(resources.store.revision), ...(annotations ? { annotations } : {}) },
    };
    this.#push("BOOKMARK", object);
  }

  /** A change that moves an object into or out of the selection is an addition or a deletion to the client. */
  #onEvent(event: StoreEvent): void {
    const was = event.previous !== undefined && this.#filter(event.previous);
    const is = event.type === "put" && this.#filter(event.object);
    if (is) this.#send(was ? "MODIFIED" : "ADDED", event.object);
    else if (was) this.#send("DELETED", this.#lastKnown(event));
  }

  /** What left the selection is shown as it was, under the new revision. */
  #lastKnown(event: StoreEvent): KubeObject {
    if (event.type === "delete" || !event.previous) return event.object;
    return {
      ...event.previous,
      metadata: { ...event.previous.metadata, resourceVersion: event.object.metadata.resourceVersion },
    } as KubeObject;
  }

  #send(type: WatchEventType, object: KubeObject): void {
    const served = serve(this.#scope.kind, object);
    switch (this.#representation.form) {
      case "object":
        this.#push(type, served);
        return;
      case "partial":
        this.#push(type, partialObject(served, this.#representation.version));
        return;
      case "table": {
        const options = {
          ...tableOptions(this.#scope, this.#representation.version),
          omitsColumns: this.#hasSentColumns,
        };
        this.#hasSentColumns = true;
        const meta = { resourceVersion: object.metadata.resourceVersion };
        this.#push(type, tableOf(this.#scope.kind, [served], meta, options));
      }
    }
  }

  #push(type: WatchEventType, object: unknown): void {
    if (this.#isEnded) return;
    this.#queue.push(this.#encoder.encode(`${encodeJson({ type, object })}\n`));
    if (this.#queue.length > BUFFER_LIMIT) this.#end();
    this.#notify();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
    this.#notify();
  }
}
