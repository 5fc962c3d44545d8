/** What every admission plugin is. */
import type { Random } from "../../../machine/types.ts";
import type { Draft } from "../../kinds/types.ts";
import { forbidden, type StatusError } from "../errors.ts";
import { groupResource } from "../kind-registry.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { AdmissionRequest } from "../operation.ts";

export interface AdmissionOptions {
  readonly resources: ObjectReader;
  readonly random: Random;
}

/** Changes the draft in place or refuses by throwing a StatusError. */
export type AdmissionPlugin = (request: AdmissionRequest, draft: Draft, options: AdmissionOptions) => void;

/**
 * The refusal of a plugin. A generated name is drawn between the plugins that change an object and those
 * that only look: the former know of the prefix alone.
 */
export function refusal(
  request: AdmissionRequest,
  draft: Draft,
  phase: "mutating" | "validating",
  reason: string,
): StatusError {
  const meta = (draft["metadata"] ?? {}) as { readonly name?: string; readonly generateName?: string };
  const drawn = phase === "mutating" ? meta.generateName : meta.name;
  return forbidden(groupResource(request.kind), request.name || drawn || "Unknown", reason);
}
