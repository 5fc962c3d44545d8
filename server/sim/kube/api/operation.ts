/** One call on the server while it is under way: who asks, on whose behalf, with which options. */
import type { UserInfo } from "./types.ts";
import type { KindDefinition } from "../kinds/types.ts";
import type { KubeObject } from "./types.ts";

export interface Operation {
  readonly user: UserInfo;
  /** Name for `managedFields`: the fieldManager parameter or the first part of the user agent. */
  readonly manager: string;
  readonly isDryRun: boolean;
  /** Filled while the call runs; sent as `Warning` headers. */
  readonly warnings: string[];
}

/** What admission sees of a write. */
export interface AdmissionRequest {
  readonly verb: "create" | "update" | "delete" | "connect";
  readonly kind: KindDefinition;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
  readonly operation: Operation;
  readonly old?: KubeObject;
}
