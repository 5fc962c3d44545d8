/** Kinds that are a second view of objects another kind stores. */
import type { KindDefinition } from "../kinds/types.ts";
import { type KindRegistry, resourceNameOf } from "./kind-registry.ts";
import type { RequestScope } from "./request-scope.ts";

/** The kind under which the objects of this request are kept. */
export function storedKind(scope: Pick<RequestScope, "kind" | "resources">): KindDefinition {
  return storedKindOf(scope.kind, scope.resources.registry);
}

export function storedKindOf(kind: KindDefinition, registry: KindRegistry): KindDefinition {
  const { servedFrom } = kind;
  if (!servedFrom) return kind;
  const stored = registry.kinds.find(
    (candidate) =>
      !candidate.servedFrom &&
      candidate.version === servedFrom.version &&
      resourceNameOf(candidate) === servedFrom.resource,
  );
  return stored ?? registry.resource(servedFrom.resource);
}
