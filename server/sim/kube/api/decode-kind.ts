/** Decodes an object by its kind: built-in types by Go's rules, custom resources by their schema. */
import type { Draft, KindDefinition } from "../kinds/types.ts";
import { pruneObject } from "./crd/structural.ts";
import { customKindOf } from "./custom-kind.ts";
import { type Decoded, decodeObject } from "./decode.ts";

/** Throws DecodeError. */
export function decodeKind(kind: KindDefinition, value: unknown, source: "json" | "tree" = "json"): Decoded {
  const custom = customKindOf(kind);
  return custom ? pruneObject(custom.openApiSchema, value as Draft) : decodeObject(kind.schema, value, source);
}
