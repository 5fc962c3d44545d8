/** Resource requirements of containers and quotas. */
import { type Fields, fields, text } from "../fields.ts";
import { quantityNano } from "../quantity.ts";
import { type FieldErrors, invalid, invalids } from "./errors.ts";
import { isQualifiedName } from "./names.ts";

const STANDARD = new Set(["cpu", "memory", "ephemeral-storage"]);

/** `limits` and `requests` of a container, and that no request exceeds its limit. */
export function validateResources(resources: unknown, path: string): FieldErrors {
  const limits = fields(fields(resources)["limits"]);
  const requests = fields(fields(resources)["requests"]);
  return [
    ...sortedEntries(limits).flatMap(([name, value]) => validateResource(name, value, `${path}.limits[${name}]`)),
    ...sortedEntries(requests).flatMap(([name, value]) => [
      ...validateResource(name, value, `${path}.requests[${name}]`),
      ...validateRequest(name, value, limits[name], `${path}.requests`),
    ]),
  ];
}

function validateResource(name: string, value: unknown, path: string): FieldErrors {
  return [...validateContainerResourceName(name, path), ...validateNonNegativeQuantity(value, path)];
}

function validateContainerResourceName(name: string, path: string): FieldErrors {
  const syntax = invalids(path, name, isQualifiedName(name));
  if (syntax.length > 0 || name.includes("/") || STANDARD.has(name) || name.startsWith("hugepages-")) return syntax;
  return [
    invalid(path, name, "must be a standard resource type or fully qualified"),
    invalid(path, name, "must be a standard resource for containers"),
  ];
}

export function validateNonNegativeQuantity(value: unknown, path: string): FieldErrors {
  return quantityNano(value) < 0n ? [invalid(path, String(value), "must be greater than or equal to 0")] : [];
}

function validateRequest(name: string, request: unknown, limit: unknown, path: string): FieldErrors {
  if (limit === undefined) return [];
  const [asked, allowed] = [quantityNano(request), quantityNano(limit)];
  // Extended resources and huge pages cannot be overcommitted.
  const mayDiffer = !name.includes("/") && !name.startsWith("hugepages-");
  if (!mayDiffer && asked !== allowed) {
    return [invalid(path, text(request), `must be equal to ${name} limit of ${text(limit)}`)];
  }
  if (asked > allowed) {
    return [invalid(path, text(request), `must be less than or equal to ${name} limit of ${text(limit)}`)];
  }
  return [];
}

function sortedEntries(map: Fields): readonly (readonly [string, unknown])[] {
  return Object.entries(map).sort(([left], [right]) => (left < right ? -1 : 1));
}
