/**
 * How kubectl reaches an API server: a request out, a response or a stream back.
 * `http-transport.ts` does it over the simulated network; tests plug the API
 * server's function in directly.
 */
import type { Cancel, Interruption, TtySize } from "../../../machine/types.ts";
import type { Status } from "../errors.ts";

export interface ApiCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path without query. */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[];
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Ends a stream early. */
  readonly interruption?: Interruption;
}

export interface ApiReply {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body. */
  text(): Promise<string>;
  /** The body as it comes. Read either this or `text`, once. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** The client's side of exec and attach. */
export interface StreamEnds {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  readonly stdout: (bytes: Uint8Array) => Promise<void>;
  readonly stderr: (bytes: Uint8Array) => Promise<void>;
  onResize(listener: (size: TtySize) => void): Cancel;
  readonly interruption: Interruption;
}

export interface Transport {
  /** Rejects with ConnectionFailure when no answer comes. */
  send(call: ApiCall): Promise<ApiReply>;
  /** exec and attach: resolves with the final Status. Rejects with StatusFailure when refused. */
  stream(call: ApiCall, ends: StreamEnds): Promise<Status>;
}
