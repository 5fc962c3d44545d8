/** Cells that several kinds' tables share. */
import type { Cell, Cells } from "./columns.ts";
import { at, fields, integer, objects, text } from "./fields.ts";
import { formatLabelSelector } from "./validation/selectors.ts";

/** `Containers` and `Images` of the pod template at a path. */
export function templateCells(...path: readonly string[]): Cells {
  const containers = (object: unknown) => objects(at(object, ...path, "spec", "containers"));
  return {
    Containers: (object) => joinField(containers(object), "name"),
    Images: (object) => joinField(containers(object), "image"),
  };
}

export const selectorCell: Cell = (object) => formatLabelSelector(at(object, "spec", "selector"));

/** A number of `status`; absent is 0. */
export function statusNumber(field: string): Cell {
  return (object) => integer(at(object, "status", field));
}

/** A number of `spec`; absent is 0. */
export function specNumber(field: string): Cell {
  return (object) => integer(at(object, "spec", field));
}

/** Text at a path, or `absent`. */
export function textCell(absent: string, ...path: readonly string[]): Cell {
  return (object) => text(at(object, ...path)) || absent;
}

/** `True`, `False`, `<unset>`: how Go prints a pointer to a boolean. */
export function booleanText(value: unknown): string {
  return typeof value === "boolean" ? (value ? "True" : "False") : "<unset>";
}

export function joinField(items: readonly unknown[], field: string): string {
  return items.map((item) => text(fields(item)[field])).join(",");
}

/** At most three entries, then ` + N more...`; `empty` when there are none. */
export function atMostThree(entries: readonly string[], empty: string): string {
  if (entries.length === 0) return empty;
  const shown = entries.slice(0, 3).join(",");
  return entries.length > 3 ? `${shown} + ${entries.length - 3} more...` : shown;
}

const ACCESS_MODES = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
] as const;

/** `RWO,ROX`: in a fixed order, each once. */
export function accessModesText(modes: unknown): string {
  const given = Array.isArray(modes) ? modes : [];
  return ACCESS_MODES.filter(([mode]) => given.includes(mode))
    .map(([, short]) => short)
    .join(",");
}

/** An int-or-percent as text, `absent` when there is none. */
export function intOrStringText(value: unknown, absent: string): string {
  return typeof value === "number" || typeof value === "string" ? String(value) : absent;
}
