/** What every admission plugin is. */
import type { Random } from "../../../machine/types.ts";
import type { Draft } from "../../kinds/types.ts";
import type { ObjectReader } from "../object-reader.ts";
import type { AdmissionRequest } from "../operation.ts";

export interface AdmissionOptions {
  readonly resources: ObjectReader;
  readonly random: Random;
}

/** Changes the draft in place or refuses by throwing a StatusError. */
export type AdmissionPlugin = (request: AdmissionRequest, draft: Draft, options: AdmissionOptions) => void;
