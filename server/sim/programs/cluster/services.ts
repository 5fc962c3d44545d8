/** What the world lends to the programs of a cluster's nodes. A program whose slot is empty cannot start. */
import type { HttpHandler } from "../../machine/http.ts";
import { serviceKey } from "../../machine/services.ts";
import type { TlsServerOptions } from "../../machine/tls.ts";
import type { Cancel, Process } from "../../machine/types.ts";

/** The API server function behind an HTTP door, with its certificates. */
export interface ApiServerDoor {
  readonly handler: HttpHandler;
  readonly tls: TlsServerOptions;
}

export const apiServerDoorKey = serviceKey<ApiServerDoor>("api-server-door");

/** The names of the cluster, and those beyond it. Types are `A`, `SRV`, …; names lower case without the final dot. */
export interface NameAnswers {
  lookup(name: string, type: string): NameAnswer;
}

export interface NameRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  /** An address, a name, or `PRIORITY WEIGHT PORT TARGET`. */
  readonly data: string;
}

export type NameAnswer =
  | { readonly kind: "answer"; readonly records: readonly NameRecord[]; readonly additional: readonly NameRecord[] }
  | { readonly kind: "no-data" | "no-such-name" }
  /** Neither of the cluster nor known outside: nobody to forward to. */
  | { readonly kind: "not-mine" };

export const clusterNamesKey = serviceKey<NameAnswers>("cluster-names");

/**
 * Tells the world that a component's process runs, so that what it does for the cluster
 * happens only while it does. The returned function is called when the process ends.
 */
export interface ComponentRegistrar {
  started(component: string, process: Process): Cancel;
}

export const componentRegistrarKey = serviceKey<ComponentRegistrar>("component-registrar");
