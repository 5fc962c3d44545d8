import type { Cancel, Clock, Random } from "../../machine/types.ts";
import type { ApiClient, KubeObject, WatchEvent } from "../api/types.ts";

/** What every controller is given. */
export interface ControllerContext {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly random: Random;
  /** A bug in a controller: reported, never shown as an answer of the cluster. */
  reportFault(error: unknown, context: string): void;
  /**
   * The store was steady when this world was taken from its image: initial objects
   * need no first look, which is what makes booting cheap.
   */
  readonly isSteady: boolean;
  /**
   * Hears the changes of every resource through one watch; for the garbage collector, which
   * would need one a resource otherwise.
   */
  watchEverything?(listener: (event: WatchEvent<KubeObject>) => void): Cancel;
}

export interface Controller {
  /** Ends watches and timers. */
  stop(): void;
}

/** RFC 3339 without fractions, as `metav1.Time` is stored. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

export function parseTimestamp(text: string | null | undefined): number {
  return text ? Date.parse(text) : 0;
}
