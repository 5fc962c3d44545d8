/** `meta.k8s.io/v1` Table and PartialObjectMetadata forms of objects. */
import type { KindDefinition } from "../kinds/types.ts";
import type { KubeObject } from "./types.ts";

export type IncludeObject = "None" | "Metadata" | "Object";

export interface TableOptions {
  readonly version: string;
  readonly includeObject: IncludeObject;
  readonly nowMs: number;
}

export function tableOf(
  kind: KindDefinition,
  objects: readonly KubeObject[],
  metadata: Readonly<Record<string, unknown>>,
  options: TableOptions & { readonly omitsColumns?: boolean },
): Record<string, unknown> {
  return {
    kind: "Table",
    apiVersion: `meta.k8s.io/${options.version}`,
    metadata,
    columnDefinitions: options.omitsColumns
      ? null
      : kind.columns.map(({ name, type, format, description, priority }) => ({
          name,
          type,
          format,
          description,
          priority,
        })),
    rows: objects.map((object) => rowOf(kind, object, options)),
  };
}

function rowOf(kind: KindDefinition, object: KubeObject, options: TableOptions): Record<string, unknown> {
  const conditions = kind.rowConditions?.(object);
  return {
    cells: kind.columns.map((column) => column.cell(object, options.nowMs)),
    ...(conditions === undefined ? {} : { conditions }),
    object: rowObject(object, options),
  };
}

function rowObject(object: KubeObject, options: TableOptions): unknown {
  switch (options.includeObject) {
    case "None":
      return null;
    case "Metadata":
      return partialObject(object, options.version);
    case "Object":
      return object;
  }
}

export function partialObject(object: KubeObject, version: string): KubeObject {
  return {
    kind: "PartialObjectMetadata",
    apiVersion: `meta.k8s.io/${version}`,
    metadata: object.metadata,
  };
}
