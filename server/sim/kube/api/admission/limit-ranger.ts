/** Applies a namespace's LimitRanges to new pods and claims: defaults first, then the bounds. */
import type { Draft } from "../../kinds/types.ts";
import { resourceNameOf } from "../kind-registry.ts";
import type { AdmissionRequest } from "../operation.ts";
import { compareQuantities, divideQuantities, nanoOf, sumQuantities } from "../quantities.ts";
import { type AdmissionOptions, type AdmissionPlugin, refusal } from "./plugin.ts";

type ResourceList = Readonly<Record<string, string>>;

interface LimitRangeItem {
  readonly type: string;
  readonly min?: ResourceList;
  readonly max?: ResourceList;
  readonly default?: ResourceList;
  readonly defaultRequest?: ResourceList;
  readonly maxLimitRequestRatio?: ResourceList;
}

const ANNOTATION = "kubernetes.io/limit-ranger";

export const limitRanger: AdmissionPlugin = (request, draft, options) => {
  const resource = resourceNameOf(request.kind);
  if (request.verb !== "create" || request.subresource) return;
  if (resource !== "pods" && resource !== "persistentvolumeclaims") return;
  const items = itemsOf(request, options);
  if (items.length === 0) return;
  const spec = (draft["spec"] ?? {}) as Draft;
  if (resource === "pods") {
    applyDefaults(draft, spec, items);
    refuse(request, draft, [...items.flatMap((item) => podErrors(item, spec))]);
  } else {
    refuse(
      request,
      draft,
      items.filter((item) => item.type === "PersistentVolumeClaim").flatMap((item) => claimErrors(item, spec)),
    );
  }
};

function itemsOf(request: AdmissionRequest, { resources }: AdmissionOptions): LimitRangeItem[] {
  const ranges = resources.list(resources.registry.resource("limitranges"), request.namespace);
  return ranges.flatMap((range) => (range["spec"] as { limits?: LimitRangeItem[] }).limits ?? []);
}

function refuse(request: AdmissionRequest, draft: Draft, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const text = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  throw refusal(request, draft, "validating", text ?? "");
}

function applyDefaults(draft: Draft, spec: Draft, items: readonly LimitRangeItem[]): void {
  const requests = Object.assign({}, ...items.filter(isContainer).map((item) => item.defaultRequest ?? {}));
  const limits = Object.assign({}, ...items.filter(isContainer).map((item) => item.default ?? {}));
  const notes: string[] = [];
  for (const [label, containers] of [
    ["container", containersOf(spec, "containers")],
    ["init container", containersOf(spec, "initContainers")],
  ] as const) {
    for (const container of containers) {
      const name = String(container["name"]);
      const setRequests = fill(container, "requests", requests);
      const setLimits = fill(container, "limits", limits);
      if (setRequests.length > 0) notes.push(`${setRequests.join(", ")} request for ${label} ${name}`);
      if (setLimits.length > 0) notes.push(`${setLimits.join(", ")} limit for ${label} ${name}`);
    }
  }
  if (notes.length === 0) return;
  const metadata = draft["metadata"] as Draft;
  metadata["annotations"] = {
    ...(metadata["annotations"] as Record<string, string> | undefined),
    [ANNOTATION]: `LimitRanger plugin set: ${notes.join("; ")}`,
  };
}

/** The resources that were filled in, sorted. */
function fill(container: Draft, field: "requests" | "limits", defaults: ResourceList): string[] {
  const resources = (container["resources"] ?? {}) as Draft;
  const present = (resources[field] ?? {}) as Record<string, string>;
  const missing = Object.keys(defaults).filter((name) => present[name] === undefined);
  if (missing.length === 0) return [];
  const filled = { ...present };
  for (const name of missing) filled[name] = defaults[name] as string;
  resources[field] = filled;
  container["resources"] = resources;
  return missing.sort();
}

const isContainer = (item: LimitRangeItem): boolean => item.type === "Container";

function podErrors(item: LimitRangeItem, spec: Draft): string[] {
  const containers = [...containersOf(spec, "containers"), ...containersOf(spec, "initContainers")];
  if (item.type === "Container") {
    return containers.flatMap((container) => {
      const resources = (container["resources"] ?? {}) as { requests?: ResourceList; limits?: ResourceList };
      return boundErrors(item, resources.requests ?? {}, resources.limits ?? {});
    });
  }
  if (item.type !== "Pod") return [];
  const total = (field: "requests" | "limits") =>
    sumQuantities(
      containersOf(spec, "containers").map(
        (container) => (container["resources"] as Record<string, ResourceList> | undefined)?.[field] ?? {},
      ),
    );
  return boundErrors(item, total("requests"), total("limits"));
}

function claimErrors(item: LimitRangeItem, spec: Draft): string[] {
  const requests = ((spec["resources"] as Draft | undefined)?.["requests"] ?? {}) as ResourceList;
  return boundErrors({ ...item }, requests, {});
}

/** In the plugin's order: minimum, maximum, ratio; resources sorted. */
function boundErrors(item: LimitRangeItem, requests: ResourceList, limits: ResourceList): string[] {
  const check = (bounds: ResourceList | undefined, problem: Constraint) =>
    sorted(bounds).flatMap(([name, bound]) => {
      const text = problem(item.type, name, bound, requests[name], limits[name]);
      return text === undefined ? [] : [text];
    });
  return [
    ...check(item.min, belowMinimum),
    ...check(item.max, aboveMaximum),
    ...check(item.maxLimitRequestRatio, aboveRatio),
  ];
}

/** What is wrong, if anything; one problem a bound. */
type Constraint = (
  type: string,
  name: string,
  bound: string,
  request: string | undefined,
  limit: string | undefined,
) => string | undefined;

const belowMinimum: Constraint = (type, name, bound, request, limit) => {
  const text = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${text}.  No request is specified`;
  if (compareQuantities(request, bound) < 0) return `${text}, but request is ${request}`;
  return limit !== undefined && compareQuantities(limit, bound) < 0 ? `${text}, but limit is ${limit}` : undefined;
};

const aboveMaximum: Constraint = (type, name, bound, request, limit) => {
  const text = `maximum ${name} usage per ${type} is ${bound}`;
  // Claims have no limits.
  if (limit === undefined && type !== "PersistentVolumeClaim") return `${text}.  No limit is specified`;
  if (limit !== undefined && compareQuantities(limit, bound) > 0) return `${text}, but limit is ${limit}`;
  return request !== undefined && compareQuantities(request, bound) > 0
    ? `${text}, but request is ${request}`
    : undefined;
};

const aboveRatio: Constraint = (type, name, bound, request, limit) => {
  const text = `${name} max limit to request ratio per ${type} is ${bound}`;
  if (request === undefined || nanoOf(request) === 0n) return `${text}, but no request is specified or request is 0`;
  if (limit === undefined || nanoOf(limit) === 0n) return `${text}, but no limit is specified or limit is 0`;
  const ratio = divideQuantities(limit, request);
  return ratio > divideQuantities(bound, "1") ? `${text}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
};

function sorted(list: ResourceList | undefined): [string, string][] {
  return Object.entries(list ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}

function containersOf(spec: Draft, field: string): Draft[] {
  return (spec[field] ?? []) as Draft[];
}
