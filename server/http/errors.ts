import type { ErrorRequestHandler, Request } from "express";
import { z } from "zod";
import type { ErrorBody } from "../protocol.ts";
import { SessionError } from "../session/services.ts";
import { firstIssue } from "./messages.ts";

/** A refusal with its status, for the person in one line. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const sessionStatus = { "not-found": 404, "too-many": 429, "nothing-to-undo": 409, closing: 503 } as const;

export function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof SessionError) return new HttpError(sessionStatus[error.reason], error.reason, error.message);
  if (error instanceof z.ZodError) return new HttpError(400, "bad-request", firstIssue(error));
  if (error instanceof URIError)
    return new HttpError(400, "bad-request", "The address is misspelt: % must be followed by two digits of a byte.");
  if (isBodyError(error)) {
    return error.status === 413
      ? new HttpError(413, "too-large", "The request is too large.")
      : new HttpError(400, "bad-request", "The request's body is not valid JSON.");
  }
  return new HttpError(500, "fault", "The server failed on this request; it has been logged.");
}

/** Answers every error as one JSON object; only our own faults are logged. */
export function answerErrors(report: (error: unknown, request: Request) => void): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    const refusal = toHttpError(error);
    if (refusal.status === 500) report(error, request);
    const body: ErrorBody = { error: { code: refusal.code, message: refusal.message } };
    response.status(refusal.status).json(body);
  };
}

function isBodyError(error: unknown): error is { readonly status: number } {
  return (
    typeof error === "object" &&
    error !== null &&
    "type" in error &&
    typeof error.type === "string" &&
    "status" in error &&
    typeof error.status === "number"
  );
}
