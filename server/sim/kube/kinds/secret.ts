import type { KubeObject } from "../api/types.ts";
import { MAX_DATA_BYTES, validateFrozen, validateKeys } from "./config-map.ts";
import { defineKind } from "./define.ts";
import { at, draftAt, fields, fillEmpty, stringMap, text } from "./fields.ts";
import { type FieldErrors, invalid, required, tooLong } from "./validation/errors.ts";
import { validateImmutable } from "./validation/metadata.ts";

export const secret = defineKind({
  kind: "Secret",
  plural: "secrets",
  selectableFields: {
    type: (object) => text(object["type"]),
  },
  cells: {
    Type: (object) => text(object["type"]),
    Data: (object) => Object.keys(fields(object["data"])).length,
  },

  /** `stringData` is written only; it overrides `data` key by key. */
  applyDefaults(draft) {
    const plain = Object.entries(stringMap(draft["stringData"]));
    if (plain.length > 0) {
      const data = draftAt(draft, "data");
      for (const [key, value] of plain) data[key] = encodeBase64(value);
    }
    delete draft["stringData"];
    fillEmpty(draft, "type", "Opaque");
  },

  validateSpec(object) {
    const data = stringMap(object["data"]);
    const size = Object.values(data).reduce((sum, value) => sum + Math.floor((value.length * 3) / 4), 0);
    return [
      ...validateKeys(data, "data"),
      ...(size > MAX_DATA_BYTES ? [tooLong("data", MAX_DATA_BYTES)] : []),
      ...validateType(object, data),
    ];
  },

  isChangeCheckedFirst: true,
  validateChange: (object, old) => [
    ...validateImmutable(object["type"], old["type"], "type"),
    ...validateFrozen(object, old, "data"),
  ],
});

/** Keys that a well-known type cannot do without. */
const REQUIRED_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
};

function validateType(object: KubeObject, data: Readonly<Record<string, string>>): FieldErrors {
  const type = text(object["type"]);
  if (type === "kubernetes.io/basic-auth") {
    return "username" in data || "password" in data ? [] : [required("data[username]"), required("data[password]")];
  }
  if (type === "kubernetes.io/service-account-token") {
    const annotation = "kubernetes.io/service-account.name";
    const name = text(at(object, "metadata", "annotations", annotation));
    return name === "" ? [required(`metadata.annotations[${annotation}]`)] : [];
  }
  const missing = (REQUIRED_KEYS[type] ?? []).filter((key) => !(key in data)).map((key) => required(`data[${key}]`));
  return missing.length > 0 ? missing : validateDockerConfig(type, data);
}

function validateDockerConfig(type: string, data: Readonly<Record<string, string>>): FieldErrors {
  const key = (REQUIRED_KEYS[type] ?? [])[0];
  if (key === undefined || !type.startsWith("kubernetes.io/docker")) return [];
  try {
    JSON.parse(atob(data[key] ?? ""));
    return [];
  } catch {
    return [invalid(`data[${key}]`, "<secret contents redacted>", "invalid character")];
  }
}

/** Base64 of the text's UTF-8 bytes. */
export function encodeBase64(value: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(value)));
}
