/** Table columns of a custom resource: its name and what `additionalPrinterColumns` asks for. */
import { defaultColumns } from "../../kinds/columns.ts";
import { humanDuration } from "../../kinds/human-duration.ts";
import type { TableColumn } from "../../kinds/types.ts";
import type { KubeObject } from "../types.ts";

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
  readonly jsonPath: string;
}

export function customColumns(given: readonly PrinterColumn[] | undefined): readonly TableColumn[] {
  const [name, age] = defaultColumns();
  if (!name || !age) return [];
  return given?.length ? [name, ...given.map(columnOf)] : [name, age];
}

function columnOf(column: PrinterColumn): TableColumn {
  return {
    name: column.name,
    type: column.type,
    format: column.format ?? "",
    description: column.description ?? `Custom resource definition column (in JSONPath format): ${column.jsonPath}`,
    priority: column.priority ?? 0,
    cell: (object, nowMs) => cellOf(column, valuesAt(object, column.jsonPath), nowMs),
  };
}

function cellOf(column: PrinterColumn, values: readonly unknown[], nowMs: number): string | number | boolean | null {
  const [value] = values;
  if (value === undefined || value === null) return column.type === "string" ? "" : null;
  switch (column.type) {
    case "integer":
    case "number":
      return Number(value);
    case "boolean":
      return value === true;
    case "date":
      return humanDuration(nowMs - Date.parse(String(value)));
    default:
      return typeof value === "object" ? JSON.stringify(value) : String(value);
  }
}

/** Values at a simple path: fields, indices, `[*]`, and filters that compare one field with a text. */
export function valuesAt(object: KubeObject, path: string): unknown[] {
  const steps = path.matchAll(/\.([\w-]+)|\[['"]?([^\]'"?]+)['"]?\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/g);
  let current: unknown[] = [object];
  for (const [, name, index, filterField, filterValue] of steps) {
    current = current.flatMap((value) => {
      if (filterField !== undefined) {
        return (Array.isArray(value) ? value : []).filter((item) => String(fieldAt(item, filterField)) === filterValue);
      }
      if (index === "*") return Array.isArray(value) ? value : Object.values((value ?? {}) as object);
      const child = fieldAt(value, name ?? index ?? "");
      return child === undefined ? [] : [child];
    });
  }
  return current;
}

function fieldAt(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((current, name) => (current as Record<string, unknown> | null | undefined)?.[name], value);
}
