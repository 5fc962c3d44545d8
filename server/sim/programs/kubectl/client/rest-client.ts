/** Typed requests over a Transport: JSON in and out, refusals as StatusFailure, server warnings heard. */
import { KubectlError, StatusFailure, toStatus, type Status } from "../errors.ts";
import type { Json } from "../yaml/parse.ts";
import type { ApiCall, ApiReply, Transport } from "./transport.ts";

export type Query = readonly (readonly [string, string])[];

/** An API object or list as JSON. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: Readonly<Record<string, Json>>;
  readonly [field: string]: unknown;
}

export interface RequestOptions {
  readonly query?: Query;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
}

export const TABLE_ACCEPT =
  "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

export class RestClient {
  private readonly seenWarnings = new Set<string>();

  constructor(
    readonly transport: Transport,
    private readonly headers: Readonly<Record<string, string>>,
    private readonly onWarning: (text: string) => Promise<void>,
  ) {}

  /** The parsed body of a successful answer. */
  async request(method: ApiCall["method"], path: string, options: RequestOptions = {}): Promise<ApiObject> {
    const reply = await this.send(method, path, options);
    const text = await reply.text();
    return parseBody(text, reply.status);
  }

  /** A successful answer whose body is still to be read. */
  async send(
    method: ApiCall["method"],
    path: string,
    options: RequestOptions & { readonly interruption?: ApiCall["interruption"] } = {},
  ): Promise<ApiReply> {
    const { body } = options;
    const headers: Record<string, string> = { ...this.headers, accept: options.accept ?? "application/json" };
    if (body !== undefined) headers["content-type"] = options.contentType ?? "application/json";
    const call: ApiCall = {
      method,
      path,
      query: options.query ?? [],
      headers,
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
      ...(options.interruption === undefined ? {} : { interruption: options.interruption }),
    };
    const reply = await this.transport.send(call);
    await this.hearWarnings(reply.headers["warning"]);
    if (reply.status >= 400) throw toFailure(await reply.text(), reply.status);
    return reply;
  }

  /** exec and attach. */
  stream(path: string, query: Query, ends: Parameters<Transport["stream"]>[1]): Promise<Status> {
    return this.transport.stream({ method: "GET", path, query, headers: this.headers }, ends);
  }

  private async hearWarnings(header: string | undefined): Promise<void> {
    if (header === undefined) return;
    for (const match of header.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
      const text = (match[1] ?? "").replace(/\\(.)/g, "$1");
      if (this.seenWarnings.has(text)) continue;
      this.seenWarnings.add(text);
      await this.onWarning(text);
    }
  }
}

function parseBody(text: string, status: number): ApiObject {
  try {
    return JSON.parse(text) as ApiObject;
  } catch {
    throw new StatusFailure({ reason: "", code: status, message: `the server returned an unreadable answer: ${text}` });
  }
}

/** The Status of a refusal; answers without one get client-go's generic texts. */
export function toFailure(text: string, code: number): Error {
  let parsed: Json | undefined;
  try {
    parsed = JSON.parse(text) as Json;
  } catch {
    parsed = undefined;
  }
  const status = toStatus(parsed);
  if (status !== undefined) return new StatusFailure(status);
  switch (code) {
    case 400:
      return new StatusFailure({
        code,
        reason: "BadRequest",
        message: "the server rejected our request for an unknown reason",
      });
    case 401:
      return new StatusFailure({
        code,
        reason: "Unauthorized",
        message: "the server has asked for the client to provide credentials",
      });
    case 403:
      return new StatusFailure({ code, reason: "Forbidden", message: text.trim() });
    case 404:
      return new StatusFailure({
        code,
        reason: "NotFound",
        message: "the server could not find the requested resource",
      });
    case 405:
      return new StatusFailure({
        code,
        reason: "MethodNotAllowed",
        message: "the server does not allow this method on the requested resource",
      });
    case 415:
      return new StatusFailure({ code, reason: "UnsupportedMediaType", message: text.trim() });
    case 503:
      return new StatusFailure({
        code,
        reason: "ServiceUnavailable",
        message: text.trim() || "the server is currently unable to handle the request",
      });
    default:
      return code >= 500
        ? new StatusFailure({
            code,
            reason: "InternalError",
            message: `an error on the server (${JSON.stringify(text.trim())}) has prevented the request from succeeding`,
          })
        : new KubectlError(text.trim());
  }
}
