import type { KubeObject } from "../api/types.ts";
import { defineKind } from "./define.ts";
import { equalJson, fields, stringMap } from "./fields.ts";
import { duplicate, type FieldErrors, forbidden, invalids, tooLong } from "./validation/errors.ts";
import { isConfigMapKey } from "./validation/names.ts";

/** Of all values together, in ConfigMaps and Secrets. */
export const MAX_DATA_BYTES = 1024 * 1024;

export const configMap = defineKind({
  kind: "ConfigMap",
  plural: "configmaps",
  shortNames: ["cm"],
  cells: {
    Data: (object) => Object.keys(fields(object["data"])).length + Object.keys(fields(object["binaryData"])).length,
  },

  validateSpec(object) {
    const data = stringMap(object["data"]);
    const binary = stringMap(object["binaryData"]);
    const size = [...Object.values(data), ...Object.values(binary)].reduce((sum, value) => sum + byteLength(value), 0);
    return [
      ...validateKeys(data, "data"),
      ...Object.keys(data)
        .sort()
        .flatMap((key) => (key in binary ? [duplicate(`data[${key}]`, key)] : [])),
      ...validateKeys(binary, "binaryData"),
      ...(size > MAX_DATA_BYTES ? [tooLong("", MAX_DATA_BYTES)] : []),
    ];
  },

  isChangeCheckedFirst: true,
  validateChange: (object, old) => validateFrozen(object, old, "data", "binaryData"),
});

export function validateKeys(map: Readonly<Record<string, unknown>>, path: string): FieldErrors {
  return Object.keys(map)
    .sort()
    .flatMap((key) => invalids(`${path}[${key}]`, key, isConfigMapKey(key)));
}

/** What `immutable: true` forbids, once it is stored. */
export function validateFrozen(object: KubeObject, old: KubeObject, ...names: readonly string[]): FieldErrors {
  if (old["immutable"] !== true) return [];
  const detail = "field is immutable when `immutable` is set";
  return [
    ...(object["immutable"] === true ? [] : [forbidden("immutable", detail)]),
    ...names.flatMap((name) => (equalJson(fields(object[name]), fields(old[name])) ? [] : [forbidden(name, detail)])),
  ];
}

function byteLength(value: string): number {
  return new TextEncoder().encode(value).length;
}
