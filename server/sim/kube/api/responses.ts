/** Bodies and headers of answers. */
import { inGoOrder } from "./field-order.ts";
import type { StatusError } from "./errors.ts";
import type { ApiRequest, ApiResponse, StatusObject } from "./types.ts";

const BASE_HEADERS = { "cache-control": "no-cache, private" };

export function jsonResponse(
  status: number,
  value: unknown,
  options: { readonly warnings?: readonly string[]; readonly contentType?: string } = {},
): ApiResponse {
  return {
    status,
    headers: {
      ...BASE_HEADERS,
      "content-type": options.contentType ?? "application/json",
      ...warningHeader(options.warnings ?? []),
    },
    body: { kind: "text", text: `${encodeJson(value)}\n` },
  };
}

/** As Go's encoder writes it: what HTML could take for markup is escaped. */
export function encodeJson(value: unknown): string {
  const text = JSON.stringify(value);
  return /[<>&\u2028\u2029]/.test(text) ? escapeHtml(text) : text;
}

function escapeHtml(text: string): string {
  return text.replace(/[<>&\u2028\u2029]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Clients that people look at get indented JSON, without a newline at its end. */
const PEOPLES_CLIENTS = /^(curl|Wget|Mozilla\/5\.0)/;

/** The answer, indented when the request asks for it (`pretty=true`) or comes from a tool for people. */
export function prettyForPeople(request: ApiRequest, response: ApiResponse): ApiResponse {
  const { body } = response;
  if (body.kind !== "text" || response.headers["content-type"] !== "application/json") return response;
  const asked = request.query.find(([name]) => name === "pretty")?.[1];
  const isPretty = asked
    ? asked === "true" || asked === "1"
    : PEOPLES_CLIENTS.test(request.headers["user-agent"] ?? "");
  if (!isPretty) return response;
  const value = inGoOrder(JSON.parse(body.text));
  return { ...response, body: { kind: "text", text: escapeHtml(JSON.stringify(value, undefined, 2)) } };
}

/** Several warnings stand in one header, as HTTP lists do. */
export function warningHeader(warnings: readonly string[]): Readonly<Record<string, string>> {
  if (warnings.length === 0) return {};
  return { warning: [...new Set(warnings)].map((text) => `299 - ${JSON.stringify(text)}`).join(", ") };
}

export function textResponse(status: number, text: string, contentType = "text/plain; charset=utf-8"): ApiResponse {
  return {
    status,
    headers: { ...BASE_HEADERS, "content-type": contentType },
    body: { kind: "text", text },
  };
}

/** The path is served by nobody. */
export function pageNotFound(): ApiResponse {
  return textResponse(404, "404 page not found\n");
}

export function errorResponse(error: StatusError, warnings: readonly string[] = []): ApiResponse {
  const retryAfter = error.status.details?.["retryAfterSeconds"];
  const response = jsonResponse(error.code, error.status, { warnings });
  if (retryAfter === undefined) return response;
  return { ...response, headers: { ...response.headers, "retry-after": String(retryAfter) } };
}

export function success(details?: Readonly<Record<string, unknown>>): StatusObject {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    ...(details ? { details } : {}),
  };
}
