/** A describer: what `kubectl describe` says of one kind, and what it has to ask for to say it. */
import type { KubeObject } from "../../../kube/api/types.ts";

export interface Describer {
  /** Empty for core. */
  readonly group: string;
  readonly kind: string;
  /** What has to be fetched besides the object, in the order of the requests. */
  queries(object: KubeObject): readonly RelatedQuery[];
  /** The whole text, with its last newline. `kubectlMinor` is kubectl's own version: 36 for v1.36 (default). */
  describe(object: KubeObject, related: RelatedObjects, nowMs: number, kubectlMinor?: number): string;
}

/** Minor versions of kubectl from which on a description looks as it does today. Recorded with 1.27 to 1.36. */
export const SINCE_MINOR = {
  /** `Node-Selectors` and `Tolerations` of templates. */
  templateScheduling: 30,
  /** `Internal Traffic Policy`. */
  trafficPolicies: 31,
  /** `To Port Range: 8000-8100/TCP`. */
  portRanges: 31,
  /** `Optional` instead of `ConfigMapOptional`. */
  plainOptional: 33,
  /** No `Kube-Proxy Version` of nodes; events name the part of the object they are about. */
  eventParts: 34,
} as const;

export const CURRENT_MINOR = 36;

/** A list, or with `objectName` one object. */
export interface RelatedQuery {
  /** Under this name the answer stands in `RelatedObjects`. */
  readonly name: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  /** Absent: a cluster-scoped resource, or all namespaces. */
  readonly namespace?: string;
  readonly objectName?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

export interface RelatedResult {
  readonly items: readonly KubeObject[];
  /** The server's message when it refused: `services "web" not found`. */
  readonly error?: string;
}

/**
 * Answers by query name. A name is missing when it was not asked for: without `events`
 * (`--show-events=false`, or several objects at once) nothing is said of events.
 */
export type RelatedObjects = Readonly<Record<string, RelatedResult | undefined>>;
