/** Kinds that a CustomResourceDefinition has installed, told from the built-in ones. */
import type { KindDefinition } from "../kinds/types.ts";
import type { StructuralSchema } from "./crd/structural.ts";

/** Where a custom resource keeps what its `scale` subresource shows: `.spec.replicas`. */
export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export interface CustomKindFacts {
  /** `openAPIV3Schema` of the version. */
  readonly openApiSchema: StructuralSchema;
  /** Changes with the schema. */
  readonly schemaHash: string;
  /** Name of the CustomResourceDefinition. */
  readonly definitionName: string;
  readonly scale?: ScalePaths;
}

const facts = new WeakMap<KindDefinition, CustomKindFacts>();

export function markCustomKind(kind: KindDefinition, custom: CustomKindFacts): KindDefinition {
  facts.set(kind, custom);
  return kind;
}

/** Undefined for a built-in kind. */
export function customKindOf(kind: KindDefinition): CustomKindFacts | undefined {
  return facts.get(kind);
}
