/** Short questions about the API server's refusals. */
import { StatusError } from "../api/errors.ts";

export const isStatusError = (error: unknown): boolean => error instanceof StatusError;

export const isReason = (error: unknown, reason: string): boolean =>
  error instanceof StatusError && error.reason === reason;

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
