/** Who set which field. */
import type { Draft, KindDefinition } from "../kinds/types.ts";
import type { KubeObject } from "./types.ts";

export function recordManager(
  _kind: KindDefinition,
  _draft: Draft,
  _old: KubeObject | undefined,
  _manager: string,
  _subresource: string,
  _time: string,
): void {}
