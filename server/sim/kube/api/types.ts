/**
 * The API server as a function: one request in, one response out. The simulated
 * kubectl calls it over the simulated network, `curl` in a pod does, and the HTTP
 * gateway hands it the requests of a real kubectl.
 */
import type { Cancel, InputStream, Interruption, OutputStream, TtySize } from "../../machine/types.ts";
import type { AuditSession } from "../../net/types.ts";

export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD" | "OPTIONS";
  /** Path without the query, not decoded: `/api/v1/namespaces/default/pods`. */
  readonly path: string;
  /** Decoded, in order; keys may repeat. */
  readonly query: readonly (readonly [string, string])[];
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Fires when the client went away: ends watches and streams. */
  readonly interruption: Interruption;
  /** The client's certificate or token, already verified by the door; absent: decided from `headers.authorization`. */
  readonly user?: UserInfo;
  /** Whose doing the request is; exec hands it on to the process it starts. */
  readonly audit?: AuditSession;
}

export interface ApiResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ApiBody;
}

export type ApiBody =
  /** A whole document, UTF-8. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** Chunks as they come: a watch's JSON lines, a followed log. */
  | { readonly kind: "stream"; readonly chunks: AsyncIterable<Uint8Array> }
  /** exec, attach, port-forward: the connection is taken over (status 101). */
  | { readonly kind: "upgrade"; readonly session: StreamSession };

/** exec and attach: the door connects the client's channels and reports the final Status. */
export interface StreamSession {
  /** Runs to its end and returns the `Status` object that goes over the error channel. */
  run(channels: StreamChannels): Promise<StatusObject>;
}

export interface StreamChannels {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  readonly stdout: (bytes: Uint8Array) => Promise<void>;
  readonly stderr: (bytes: Uint8Array) => Promise<void>;
  /** Hears each terminal size the client sends; at once with the latest. */
  onResize(listener: (size: TtySize) => void): Cancel;
  readonly interruption: Interruption;
}

export interface ApiServer {
  handle(request: ApiRequest): Promise<ApiResponse>;
}

/** What a component's health check says. */
export interface ComponentHealth {
  /** `scheduler`, `etcd-0`. */
  readonly name: string;
  readonly isHealthy: boolean;
  /** `ok`, or why the check failed. */
  readonly message: string;
}

// ------------------------------------------------------------------ objects

/** Any API object. Stored objects are frozen; change is by replacement. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly generateName?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string | null;
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly managedFields?: readonly Readonly<Record<string, unknown>>[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metav1.Status`. */
export interface StatusObject {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly code?: number;
}

// ------------------------------------------- what controllers and kubelets use

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR";

export interface WatchEvent<T extends KubeObject = KubeObject> {
  readonly type: WatchEventType;
  readonly object: T;
}

/**
 * The in-process client of controllers, scheduler and kubelets: the same checks and
 * the same store as over HTTP (admission, defaulting, validation, conflicts), without
 * encoding. Calls are synchronous; refusals throw `StatusError` (`errors.ts`).
 * Resource names are plural and lower case; the group is empty for core.
 */
export interface ApiClient {
  get<T extends KubeObject>(resource: ResourceName, namespace: string, name: string): T | undefined;
  /** Namespace "" lists all namespaces. Frozen objects, in key order. */
  list<T extends KubeObject>(resource: ResourceName, namespace?: string): readonly T[];
  /** `"pods/binding"` assigns a pod to a node and returns the pod. */
  create<T extends KubeObject>(resource: ResourceName, object: unknown): T;
  /** Conflict (409) when `metadata.resourceVersion` is set and stale. */
  update<T extends KubeObject>(resource: ResourceName, object: T): T;
  updateStatus<T extends KubeObject>(resource: ResourceName, object: T): T;
  /** Reads, changes, writes; retries are not needed as nothing runs in between. `change` returns undefined for "no change". */
  mutate<T extends KubeObject>(
    resource: ResourceName,
    namespace: string,
    name: string,
    change: (current: T) => T | undefined,
    options?: { readonly subresource?: "status" | "scale" | "finalize" },
  ): T | undefined;
  delete(
    resource: ResourceName,
    namespace: string,
    name: string,
    options?: {
      readonly gracePeriodSeconds?: number;
      readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
      readonly uid?: string;
    },
  ): void;
  /**
   * Hears every change, with the present objects as ADDED first (synchronously) unless
   * `skipInitial`. Events come after the write that caused them has returned (in a microtask),
   * in revision order.
   */
  watch<T extends KubeObject>(
    resource: ResourceName,
    listener: (event: WatchEvent<T>, old?: T) => void,
    options?: { readonly namespace?: string; readonly skipInitial?: boolean },
  ): Cancel;
  /** Records a core/v1 Event, aggregating repeats as client-go's recorder does. */
  recordEvent(event: EventInput): void;
}

/** `"pods"` or `{group, resource}`: `"deployments.apps"` is the short form used here. */
export type ResourceName = string;

export interface EventInput {
  readonly involved: KubeObject;
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** `default-scheduler`, `kubelet`, `deployment-controller`, … */
  readonly component: string;
  readonly host?: string;
  /** `spec.containers{nginx}` */
  readonly fieldPath?: string;
}

/**
 * What the API server asks of a kubelet for the subresources log, exec, attach, portforward.
 * Implemented by the kubelet, handed in by the world.
 */
export interface NodeAgent {
  /** Throws `StatusError` with the kubelet's message. */
  logs(pod: KubeObject, options: LogOptions, interruption: Interruption): AsyncIterable<Uint8Array>;
  exec(pod: KubeObject, options: ExecOptions): StreamSession;
  attach(pod: KubeObject, options: ExecOptions): StreamSession;
}

export interface LogOptions {
  readonly container: string;
  readonly follow: boolean;
  readonly previous: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number;
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly limitBytes?: number;
}

export interface ExecOptions {
  readonly container: string;
  readonly command: readonly string[];
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  readonly audit?: AuditSession;
}

/** Only for typing of streams that programs hand on. */
export type { InputStream, OutputStream };
