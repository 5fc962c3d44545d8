/** One request on its way through nginx: what its variables are read from. */
import type { HttpHeaders, HttpServerRequest } from "../../machine/http.ts";
import type { Process } from "../../machine/types.ts";
import type { Directive } from "./configuration.ts";
import type { Location, Scope, VirtualServer } from "./servers.ts";

export interface UpstreamState {
  host?: string;
  port?: string;
  address?: string;
  status?: string;
  responseTime?: string;
  headers?: HttpHeaders;
}

export interface Exchange {
  readonly process: Process;
  readonly request: HttpServerRequest;
  readonly server: VirtualServer;
  readonly host: string;
  readonly scheme: "http" | "https";
  readonly requestLine: string;
  readonly requestLength: number;
  readonly requestId: string;
  readonly remoteUser: string;
  readonly version: string;
  readonly connection: number;
  readonly startedMs: number;
  readonly maps: ReadonlyMap<string, Directive>;
  readonly variables: Map<string, string>;
  /** Decoded path; changes with rewrites and internal redirects. */
  uri: string;
  args: string;
  location: Location | null;
  /** The innermost block that applies. */
  scope: Scope;
  captures: RegExpExecArray | null;
  root: string;
  filename: string;
  status: number;
  bodyBytes: number;
  sentHeaders: HttpHeaders;
  upstream: UpstreamState | null;
}

/** What an exchange ends with; headers that nginx makes by itself are not in it. */
export interface Reply {
  readonly status: number;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | null;
  readonly contentType?: string;
  /** Undefined: chunked. */
  readonly contentLength?: number;
  readonly lastModified?: string;
  /** Made absolute when it begins with a slash. */
  readonly location?: string;
  /** After Connection, in this order. */
  readonly headers?: readonly (readonly [name: string, value: string])[];
}
