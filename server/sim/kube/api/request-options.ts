/** Query parameters and DeleteOptions bodies, with the server's validation of them. */
import type { FieldError } from "../kinds/types.ts";
import { badRequest, invalid, invalidValue, notSupported, required } from "./errors.ts";

export type Query = readonly (readonly [string, string])[];

export type FieldValidation = "Ignore" | "Warn" | "Strict";

export interface WriteOptions {
  readonly isDryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  readonly force: boolean;
}

export function queryValue(query: Query, key: string): string {
  return query.find(([name]) => name === key)?.[1] ?? "";
}

export function queryValues(query: Query, key: string): string[] {
  return query.filter(([name]) => name === key).map(([, value]) => value);
}

/** `optionsKind` names the options type in a refusal: `CreateOptions`, `UpdateOptions`, `PatchOptions`. */
export function parseWriteOptions(query: Query, optionsKind: string, isApply = false): WriteOptions {
  const dryRun = queryValues(query, "dryRun");
  const fieldManager = queryValue(query, "fieldManager");
  const fieldValidation = queryValue(query, "fieldValidation");
  const errors: FieldError[] = [];
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  if (isApply && !fieldManager) errors.push(required("fieldManager", "is required for apply patch"));
  if (fieldManager.length > 128) {
    errors.push(invalidValue("fieldManager", fieldManager, "may not be more than 128 bytes"));
  }
  if (!["", "Ignore", "Strict", "Warn"].includes(fieldValidation)) {
    errors.push(notSupported("fieldValidation", fieldValidation, ["", "Ignore", "Strict", "Warn"]));
  }
  const force = queryValue(query, "force");
  if (force !== "" && optionsKind === "PatchOptions" && !isApply) {
    errors.push({
      field: "force",
      reason: "FieldValueForbidden",
      message: "Forbidden: may not be specified for non-apply patch",
    });
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", name: optionsKind }, "", errors);
  return {
    isDryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: (fieldValidation || "Warn") as FieldValidation,
    force: force === "true" || force === "1",
  };
}

export interface DeleteOptions {
  readonly isDryRun: boolean;
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan";
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** From the decoded body, if there is one, else from the query. */
export function parseDeleteOptions(body: unknown, query: Query): DeleteOptions {
  const fields = typeof body === "object" && body !== null ? (body as Record<string, unknown>) : undefined;
  const dryRun = fields?.["dryRun"] ? (fields["dryRun"] as string[]) : queryValues(query, "dryRun");
  const policy = (fields?.["propagationPolicy"] ?? queryValue(query, "propagationPolicy")) as string;
  const orphan = fields?.["orphanDependents"] ?? (queryValue(query, "orphanDependents") || undefined);
  const graceText = queryValue(query, "gracePeriodSeconds");
  const grace = fields?.["gracePeriodSeconds"] ?? (graceText === "" ? undefined : Number(graceText));
  const preconditions = fields?.["preconditions"] as Record<string, string> | undefined;
  const errors: FieldError[] = [];
  if (dryRun.some((value) => value !== "All")) errors.push(notSupported("dryRun", dryRun, ["All"]));
  if (policy && !["Background", "Foreground", "Orphan"].includes(policy)) {
    errors.push(notSupported("propagationPolicy", policy, ["Background", "Foreground", "Orphan"]));
  }
  if (errors.length > 0) throw invalid({ group: "meta.k8s.io", name: "DeleteOptions" }, "", errors);
  if (typeof grace === "number" && Number.isNaN(grace)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(graceText)}: invalid syntax`);
  }
  const effectivePolicy = policy || (orphan === true || orphan === "true" ? "Orphan" : "");
  return {
    isDryRun: dryRun.length > 0,
    // A negative grace period means the smallest that is graceful.
    ...(typeof grace === "number" ? { gracePeriodSeconds: grace < 0 ? 1 : grace } : {}),
    ...(effectivePolicy ? { propagationPolicy: effectivePolicy as "Background" } : {}),
    ...(preconditions?.["uid"] ? { uid: preconditions["uid"] } : {}),
    ...(preconditions?.["resourceVersion"] ? { resourceVersion: preconditions["resourceVersion"] } : {}),
  };
}
