/**
 * What can end a kubectl command, and the words kubectl has for each (cmd/util/helpers.go,
 * `checkErr`). Messages of the API server arrive as StatusFailure and are only framed here.
 */
import type { Json } from "./yaml/parse.ts";

/** The fields of `metav1.Status` that kubectl reads. */
export interface Status {
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: {
    readonly name?: string;
    readonly kind?: string;
    readonly group?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** A refusal in kubectl's own words; printed after `error: `. */
export class KubectlError extends Error {}

/** Wrong use: the message is followed by where help is found. */
export class UsageError extends KubectlError {
  constructor(message: string, command: string) {
    super(`${message}\nSee '${command} -h' for help and examples`);
  }
}

/** Ends with an exit code and a message printed as it is (empty: nothing is printed). */
export class ExitFailure extends Error {
  constructor(
    readonly code: number,
    message = "",
  ) {
    super(message);
  }
}

/** The API server refused. */
export class StatusFailure extends Error {
  constructor(readonly status: Status) {
    super(status.message ?? "");
  }

  get reason(): string {
    return this.status.reason ?? "";
  }

  get isNotFound(): boolean {
    return this.reason === "NotFound";
  }

  /** The same refusal with another message. */
  withMessage(message: string): StatusFailure {
    return new StatusFailure({ ...this.status, message });
  }
}

/** The server could not be reached. `reason` is Go's text: `dial tcp 127.0.0.1:1: connect: connection refused`. */
export class ConnectionFailure extends Error {
  constructor(
    readonly method: string,
    readonly url: string,
    readonly host: string,
    readonly reason: string,
  ) {
    super(`${method} "${url}": ${reason}`);
  }
}

/** A kubeconfig that contradicts itself. */
export class ConfigurationInvalid extends Error {}

/** No resource type of this name; printed without `error: ` where kubectl does not wrap it. */
export class NoResourceMatch extends Error {
  constructor(readonly resource: string) {
    super(`the server doesn't have a resource type ${JSON.stringify(resource)}`);
  }
}

/** Several failures, one a line. */
export class Failures extends Error {
  constructor(readonly failures: readonly Error[]) {
    super(failures.map((failure) => failure.message).join(", "));
  }
}

/** One failure as itself, several as Failures, none as undefined. */
export function combine(failures: readonly Error[]): Error | undefined {
  const flat = failures.flatMap((failure) => (failure instanceof Failures ? failure.failures : [failure]));
  return flat.length > 1 ? new Failures(flat) : flat[0];
}

/** Names the file concerned, as kubectl's AddSourceToErr does. */
export function withSource(verb: string, source: string, error: Error): Error {
  if (source === "") return error;
  const message = `error when ${verb} ${JSON.stringify(source)}: ${error.message}`;
  return error instanceof StatusFailure ? error.withMessage(message) : new KubectlError(message);
}

/** What is printed on stderr (with its line end) and the exit code. */
export function describeFailure(error: Error): { readonly text: string; readonly code: number } {
  if (error instanceof ExitFailure) return { text: line(error.message), code: error.code };
  if (error instanceof StatusFailure && error.reason === "Invalid")
    return { text: line(invalidText(error.status)), code: 1 };
  if (error instanceof ConfigurationInvalid) return { text: line(`Error in configuration: ${error.message}`), code: 1 };
  if (error instanceof NoResourceMatch) return { text: line(error.message), code: 1 };
  if (error instanceof Failures) {
    return {
      text: error.failures.map((failure) => line(standardMessage(failure) ?? failure.message)).join(""),
      code: 1,
    };
  }
  const standard = standardMessage(error);
  if (standard !== undefined) return { text: line(standard), code: 1 };
  const message = error.message;
  return { text: line(message.startsWith("error: ") ? message : `error: ${message}`), code: 1 };
}

function line(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function standardMessage(error: Error): string | undefined {
  if (error instanceof StatusFailure) {
    if (error.reason === "Unauthorized") return `error: You must be logged in to the server (${error.message})`;
    return error.reason === ""
      ? `Error from server: ${error.message}`
      : `Error from server (${error.reason}): ${error.message}`;
  }
  if (error instanceof ConnectionFailure) {
    if (error.reason.includes("connection refused")) {
      return `The connection to the server ${error.host} was refused - did you specify the right host or port?`;
    }
    return `Unable to connect to the server: ${error.reason}`;
  }
  return undefined;
}

function invalidText(status: Status): string {
  const details = status.details;
  const message = status.message ?? "";
  if (details === undefined) return message === "" ? "The request is invalid" : `The request is invalid: ${message}`;
  const causes = details.causes ?? [];
  const isNamed = (details.kind ?? "") !== "" || (details.name ?? "") !== "";
  let head = "The request is invalid";
  if (isNamed) head = `The ${details.kind ?? ""} ${JSON.stringify(details.name ?? "")} is invalid`;
  else if (message !== "" && causes.length === 0) head += `: ${message}`;
  if (causes.length === 0) return head;
  const lines = [...new Set(causes.map((cause) => `${cause.field ?? ""}: ${cause.message ?? ""}`))];
  return lines.length === 1 ? `${head}: ${lines[0]}` : `${head}: \n${lines.map((text) => `* ${text}\n`).join("")}`;
}

/** Narrowing for unknown catches: only our own failures go on as such. */
export function asFailure(error: unknown): Error {
  if (isFailure(error)) return error;
  throw error;
}

function isFailure(error: unknown): error is Error {
  return (
    error instanceof KubectlError ||
    error instanceof StatusFailure ||
    error instanceof ConnectionFailure ||
    error instanceof ExitFailure ||
    error instanceof ConfigurationInvalid ||
    error instanceof NoResourceMatch ||
    error instanceof Failures
  );
}

/** A Status read from JSON. */
export function toStatus(value: Json | undefined): Status | undefined {
  const candidate = value as (Status & { kind?: string }) | null | undefined;
  return typeof candidate === "object" && candidate !== null && candidate.kind === "Status" ? candidate : undefined;
}
