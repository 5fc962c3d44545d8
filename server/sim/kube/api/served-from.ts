/** Kinds that are a second view of objects another kind stores. */
import type { KindDefinition } from "../kinds/types.ts";
import type { RequestScope } from "./request-scope.ts";

/** The kind under which the objects of this request are kept. */
export function storedKind(scope: Pick<RequestScope, "kind" | "resources">): KindDefinition {
  const { kind, resources } = scope;
  if (!kind.servedFrom) return kind;
  const stored = resources.registry.kinds.find(
    (candidate) =>
      !candidate.servedFrom &&
      candidate.version === kind.servedFrom?.version &&
      (candidate.group ? `${candidate.plural}.${candidate.group}` : candidate.plural) === kind.servedFrom?.resource,
  );
  return stored ?? resources.registry.resource(kind.servedFrom.resource);
}
