/** The stored objects as those see them who only look: authorizers and admission plugins. */
import type { KindDefinition } from "../kinds/types.ts";
import type { KindRegistry } from "./kind-registry.ts";
import type { KubeObject } from "./types.ts";

export interface ObjectReader {
  readonly registry: KindRegistry;
  find(kind: KindDefinition, namespace: string, name: string): KubeObject | undefined;
  /** An empty namespace means all. */
  list(kind: KindDefinition, namespace?: string): readonly KubeObject[];
}
