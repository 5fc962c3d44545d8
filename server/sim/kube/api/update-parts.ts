/** Which part of an object an update through a subresource may change; all else stays as it was. */
import type { Draft } from "../kinds/types.ts";
import { cloneTree } from "../store/freeze.ts";
import type { KubeObject } from "./types.ts";

type Keep = (draft: Draft, old: KubeObject) => void;

const PARTS: Readonly<Record<string, Keep>> = {
  status: keepAllButStatus,
  approval(draft, old) {
    const conditions = fields(draft["status"])["conditions"];
    restore(draft, old);
    draft["status"] = { ...cloneTree(fields(old["status"])), ...(conditions === undefined ? {} : { conditions }) };
  },
  finalize(draft, old) {
    const finalizers = fields(draft["spec"])["finalizers"] ?? [];
    restore(draft, old);
    draft["spec"] = { ...cloneTree(fields(old["spec"])), finalizers };
  },
  // Only the list of ephemeral containers.
  ephemeralcontainers(draft, old) {
    const { ephemeralContainers } = fields(draft["spec"]);
    restore(draft, old);
    draft["spec"] = { ...cloneTree(fields(old["spec"])), ...(ephemeralContainers ? { ephemeralContainers } : {}) };
  },
  resize(draft, old) {
    const wanted = (fields(draft["spec"])["containers"] ?? []) as Draft[];
    restore(draft, old);
    const spec = cloneTree(fields(old["spec"]));
    for (const container of (spec["containers"] ?? []) as Draft[]) {
      const resources = wanted.find((other) => other["name"] === container["name"])?.["resources"];
      if (resources !== undefined) container["resources"] = resources;
    }
    draft["spec"] = spec;
  },
  // The caller built the whole object.
  binding() {},
};

/** Subresources whose updates the kind's own rules for updates would refuse, or need not see. */
const UNCHECKED: ReadonlySet<string> = new Set(["status", "binding", "ephemeralcontainers", "resize", "finalize"]);

/** Subresources that do not count as a change of the spec. */
const WITHOUT_GENERATION: ReadonlySet<string> = new Set(["status", "binding", "approval", "finalize"]);

/** Restores in `draft` what `subresource` may not change; undefined for the object itself and for `scale`. */
export function keepPart(subresource: string): Keep | undefined {
  return PARTS[subresource];
}

export function isChecked(subresource: string): boolean {
  return !UNCHECKED.has(subresource);
}

export function countsGeneration(subresource: string): boolean {
  return !WITHOUT_GENERATION.has(subresource);
}

export function dropAllButStatus(draft: Draft): void {
  for (const field of Object.keys(draft)) if (field !== "metadata" && field !== "status") delete draft[field];
}

function fields(value: unknown): Draft {
  return (value ?? {}) as Draft;
}

function restore(draft: Draft, old: KubeObject): void {
  for (const field of Object.keys(draft)) if (field !== "metadata") delete draft[field];
  for (const field in old) if (field !== "metadata") draft[field] = old[field];
}

function keepAllButStatus(draft: Draft, old: KubeObject): void {
  const { status } = draft;
  restore(draft, old);
  if (status === undefined) delete draft["status"];
  else draft["status"] = status;
  const meta = draft["metadata"] as Draft;
  for (const field of ["ownerReferences", "finalizers"] as const) {
    if (old.metadata[field] === undefined) delete meta[field];
    else meta[field] = old.metadata[field];
  }
}
