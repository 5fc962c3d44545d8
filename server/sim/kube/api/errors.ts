/**
 * Refusals of the API server: one constructor a reason, each with the `Status` body
 * that clients print. Texts follow apimachinery's `api/errors` of v1.36.
 */
import type { StatusObject } from "./types.ts";
import type { FieldError } from "../kinds/types.ts";

export class StatusError extends Error {
  readonly status: StatusObject;
  constructor(status: StatusObject) {
    super(status.message ?? status.reason ?? "");
    this.name = "StatusError";
    this.status = status;
  }
  get code(): number {
    return this.status.code ?? 500;
  }
  get reason(): string {
    return this.status.reason ?? "";
  }
}

/** Group and plural of a resource, or group and kind where the text wants that. */
export interface GroupName {
  readonly group: string;
  readonly name: string;
}

/** `networkpolicies.networking.k8s.io`, `pods`. */
export function qualified(resource: GroupName): string {
  return resource.group ? `${resource.name}.${resource.group}` : resource.name;
}

export function failure(
  code: number,
  reason: string,
  message: string,
  details?: Readonly<Record<string, unknown>>,
): StatusError {
  return new StatusError({
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    ...(reason ? { reason } : {}),
    ...(details ? { details } : {}),
    code,
  });
}

export function isStatusError(error: unknown, reason?: string): error is StatusError {
  return error instanceof StatusError && (reason === undefined || error.reason === reason);
}

function detailsOf(resource: GroupName, name: string): Record<string, unknown> {
  return {
    ...(name ? { name } : {}),
    ...(resource.group ? { group: resource.group } : {}),
    ...(resource.name ? { kind: resource.name } : {}),
  };
}

export function notFound(resource: GroupName, name: string): StatusError {
  return failure(404, "NotFound", `${qualified(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** The path names no resource this server knows. */
export function unknownResource(): StatusError {
  return failure(404, "NotFound", "the server could not find the requested resource", {});
}

export function alreadyExists(resource: GroupName, name: string): StatusError {
  return failure(409, "AlreadyExists", `${qualified(resource)} "${name}" already exists`, detailsOf(resource, name));
}

/** A create with generateName whose drawn name is taken. */
export function generateNameConflict(resource: GroupName, name: string): StatusError {
  return failure(
    409,
    "AlreadyExists",
    `${qualified(resource)} "${name}" already exists, the server was not able to generate a unique name for the object`,
    { ...detailsOf(resource, name), retryAfterSeconds: 1 },
  );
}

export function conflict(resource: GroupName, name: string, reason: string): StatusError {
  return failure(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${reason}`,
    detailsOf(resource, name),
  );
}

export const MODIFIED_TEXT =
  "the object has been modified; please apply your changes to the latest version and try again";

export function forbidden(resource: GroupName, name: string, reason: string): StatusError {
  const subject = name ? `${qualified(resource)} "${name}"` : qualified(resource);
  const message = resource.name ? `${subject} is forbidden: ${reason}` : `forbidden: ${reason}`;
  return failure(403, "Forbidden", message, detailsOf(resource, name));
}

/** `cause` entries become both the text and `details.causes`. The first name is the kind, not the resource. */
export function invalid(kind: GroupName, name: string, errors: readonly FieldError[]): StatusError {
  const distinct = errors.filter(
    (error, index) =>
      errors.findIndex((other) => other.field === error.field && other.message === error.message) === index,
  );
  return failure(422, "Invalid", `${qualified(kind)} "${name}" is invalid: ${aggregate(distinct)}`, {
    ...detailsOf(kind, name),
    causes: distinct.map((error) => ({ reason: error.reason, message: error.message, field: error.field })),
  });
}

/** One error stands alone, several are put in brackets; equal texts once. */
export function aggregate(errors: readonly FieldError[]): string {
  const texts = [...new Set(errors.map((error) => (error.field ? `${error.field}: ${error.message}` : error.message)))];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(", ")}]`;
}

export function badRequest(message: string): StatusError {
  return failure(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return failure(401, "Unauthorized", "Unauthorized");
}

export function methodNotAllowed(): StatusError {
  return failure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
}

/** As the storage layer words it: `delete` of a resource that cannot. */
export function methodNotSupported(resource: GroupName, action: string): StatusError {
  return failure(
    405,
    "MethodNotAllowed",
    `${action} is not supported on resources of kind "${qualified(resource)}"`,
    detailsOf(resource, ""),
  );
}

export function notAcceptable(supported: readonly string[]): StatusError {
  return failure(406, "NotAcceptable", `only the following media types are accepted: ${supported.join(", ")}`);
}

export function unsupportedMediaType(supported: readonly string[]): StatusError {
  return failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${supported.join(", ")}`,
  );
}

/** A patch with a content type no patch has. */
export function unsupportedPatchType(): StatusError {
  return failure(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}

export function resourceExpired(message: string): StatusError {
  return failure(410, "Expired", message);
}

export function tooOldResourceVersion(requested: number, current: number): StatusError {
  return failure(410, "Expired", `too old resource version: ${requested} (${current})`);
}

export function internalError(message: string): StatusError {
  return failure(500, "InternalError", `Internal error occurred: ${message}`, {
    causes: [{ message }],
  });
}

export function tooManyRequests(message: string, retryAfterSeconds: number): StatusError {
  return failure(429, "TooManyRequests", message, { retryAfterSeconds });
}

/** A valid patch that does not fit the object (JSON patch on a missing path, a failed test). */
export function unprocessablePatch(): StatusError {
  return failure(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

export function serviceUnavailable(message: string): StatusError {
  return failure(503, "ServiceUnavailable", message);
}

/** etcd does not answer. */
export function etcdUnavailable(): StatusError {
  return failure(500, "", "etcdserver: request timed out");
}

/** etcd is full. */
export function spaceExceeded(): StatusError {
  return failure(500, "", "etcdserver: mvcc: database space exceeded");
}

// ------------------------------------------------------------- field errors

export const required = (field: string, detail = ""): FieldError => ({
  field,
  reason: "FieldValueRequired",
  message: detail ? `Required value: ${detail}` : "Required value",
});

export const invalidValue = (field: string, value: unknown, detail: string): FieldError => ({
  field,
  reason: "FieldValueInvalid",
  message: `Invalid value: ${value === null ? "null" : JSON.stringify(value)}: ${detail}`,
});

/** `supported` in the order they are to be printed. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): FieldError => ({
  field,
  reason: "FieldValueNotSupported",
  message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((text) => JSON.stringify(text)).join(", ")}`,
});

export const forbiddenField = (field: string, detail: string): FieldError => ({
  field,
  reason: "FieldValueForbidden",
  message: `Forbidden: ${detail}`,
});
