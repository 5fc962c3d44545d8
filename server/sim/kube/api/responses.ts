/** Bodies and headers of answers. */
import type { StatusError } from "./errors.ts";
import type { ApiResponse, StatusObject } from "./types.ts";

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
    body: { kind: "text", text: `${JSON.stringify(value)}\n` },
  };
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
