/** The description of any object, field by field: custom resources and kinds without a describer. */
import { isObject } from "../../../kube/kinds/fields.ts";
import { eventsQuery, writeAnnotations, writeEvents, writeLabels, writeName } from "./format.ts";
import { PrefixWriter } from "./prefix-writer.ts";
import type { Describer } from "./types.ts";

/** Already said at the top, or nobody's business. */
const SKIPPED = new Set([
  ".metadata.annotations",
  ".metadata.labels",
  ".metadata.managedFields",
  ".metadata.name",
  ".metadata.namespace",
]);

const ACRONYMS = new Set(["API", "GUID", "OSB", "UID", "URL"]);

/** Serves every group and kind. */
export const generic: Describer = {
  group: "",
  kind: "",
  queries: (object) => [eventsQuery(object)],
  describe(object, related, nowMs, kubectlMinor) {
    const w = new PrefixWriter();
    writeName(w, object);
    writeLabels(w, "Labels", object.metadata.labels);
    writeAnnotations(w, object.metadata.annotations);
    writeFields(w, object, 0, "");
    writeEvents(w, related["events"], nowMs, kubectlMinor);
    return w.toString();
  },
};

function writeFields(w: PrefixWriter, object: Readonly<Record<string, unknown>>, level: number, path: string): void {
  for (const name of Object.keys(object).sort()) {
    const fieldPath = `${path}.${name}`;
    if (SKIPPED.has(fieldPath)) continue;
    writeField(w, smartLabel(name), object[name], level, fieldPath);
  }
}

function writeField(w: PrefixWriter, label: string, value: unknown, level: number, path: string): void {
  if (isObject(value)) {
    w.line(level, `${label}:`);
    writeFields(w, value, level + 1, path);
  } else if (Array.isArray(value)) {
    w.line(level, `${label}:`);
    for (const child of value as readonly unknown[]) {
      if (isObject(child)) writeFields(w, child, level + 1, path);
      else w.line(level + 1, scalar(child));
    }
  } else {
    w.field(label, scalar(value), level);
  }
}

/** As Go's `%v`. */
function scalar(value: unknown): string {
  return value === null || value === undefined ? "<nil>" : String(value);
}

/** `podSelector` → `Pod Selector`, `apiVersion` → `API Version`; names with other characters stay. */
function smartLabel(name: string): string {
  if (!/^[\p{L}-]+$/u.test(name)) return name;
  return camelParts(name)
    .filter((part) => part !== "-")
    .map((part) =>
      ACRONYMS.has(part.toUpperCase()) ? part.toUpperCase() : part.charAt(0).toUpperCase() + part.slice(1),
    )
    .join(" ");
}

/** Splits before capitals; a run of capitals stays together except for the one that begins a word. */
function camelParts(name: string): readonly string[] {
  return name.match(/\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|-+/gu) ?? [name];
}
