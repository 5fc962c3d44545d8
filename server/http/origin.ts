import type { IncomingMessage } from "node:http";
import type { RequestHandler } from "express";
import { HttpError } from "./errors.ts";

/**
 * Whether a request may change something: it comes from a page of this very host (or
 * one allowed by name), or from a program, which sends no Origin and carries no cookie
 * it was not given on purpose.
 */
export function isOwnOrigin(request: IncomingMessage, allowed: readonly string[]): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (allowed.includes(origin)) return true;
  try {
    return new URL(origin).host === host;
  } catch {
    return false;
  }
}

export function requireOwnOrigin(allowed: readonly string[]): RequestHandler {
  return (request, _response, next) => {
    if (request.method === "GET" || request.method === "HEAD" || isOwnOrigin(request, allowed)) return next();
    next(new HttpError(403, "foreign-origin", "This request came from another site."));
  };
}
