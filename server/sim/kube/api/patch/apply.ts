/** Server-side apply. */
import type { RequestScope } from "../request-scope.ts";
import type { ApiResponse } from "../types.ts";
import { unsupportedPatchType } from "../errors.ts";

export function applyPatch(_scope: RequestScope): ApiResponse {
  throw unsupportedPatchType();
}
