/**
 * A server without HTTP for tests of kinds: decodes manifests, applies defaults, validates and
 * keeps what is right, in the order of the real request handlers.
 */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { parseAllDocuments } from "yaml";
import type { KubeObject } from "../../api/types.ts";
import { kindByGvk } from "../index.ts";
import type { Draft, FieldError, KindContext, KindDefinition } from "../types.ts";

export function fixture<T>(name: string): T {
  const url = new URL(`../../../../../test/fixtures/kinds/${name}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(url)).toString()) as T;
}

export interface Outcome {
  readonly object: KubeObject;
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

export class KindHarness {
  readonly #objects = new Map<string, KubeObject>();
  readonly context: KindContext;

  constructor(profile = "v1.36") {
    let seed = 1;
    this.context = {
      nowMs: Date.parse("2026-11-21T10:00:00Z"),
      profile,
      user: { name: "kubernetes-admin", groups: ["kubeadm:cluster-admins", "system:authenticated"] },
      random: () => {
        seed = (seed * 48271) % 2147483647;
        return seed / 2147483647;
      },
      uuid: () => "00000000-0000-4000-8000-000000000000",
      get: (resource, namespace, name) => this.#objects.get(`${resource}/${namespace}/${name}`),
      list: (resource) =>
        [...this.#objects].filter(([key]) => key.startsWith(`${resource}/`)).map(([, object]) => object),
      serviceCidr: "10.96.0.0/12",
      podCidr: "10.244.0.0/16",
    };
  }

  applyAll(yaml: string): readonly Outcome[] {
    return parseAllDocuments(yaml, { version: "1.1" }).map((document) => this.apply(document.toJS() as Draft));
  }

  apply(manifest: Draft): Outcome {
    const kind = kindOf(manifest);
    const draft = structuredClone(manifest);
    const metadata = (draft["metadata"] ?? {}) as Draft;
    draft["metadata"] = metadata;
    if (kind.isNamespaced) metadata["namespace"] ??= "default";
    // The request handler draws the name before the kind sees the object.
    if (metadata["name"] === undefined && typeof metadata["generateName"] === "string") {
      metadata["name"] = `${metadata["generateName"]}x7k2m`;
    }
    const key = `${kind.plural}/${String(metadata["namespace"] ?? "")}/${String(metadata["name"])}`;
    const old = this.#objects.get(key);
    metadata["uid"] = old?.metadata.uid ?? this.context.uuid();
    kind.applyDefaults?.(draft, this.context);
    if (old === undefined) kind.prepareForCreate?.(draft, this.context);
    else kind.prepareForUpdate?.(draft, old, this.context);
    const object = draft as unknown as KubeObject;
    const errors =
      old === undefined ? kind.validate?.(object, this.context) : kind.validateUpdate?.(object, old, this.context);
    if (errors === undefined || errors.length === 0) this.#objects.set(key, object);
    return {
      object,
      errors: (errors ?? []).map(errorText),
      warnings: kind.warnings?.(object, old, this.context) ?? [],
    };
  }
}

export function kindOf(manifest: Draft): KindDefinition {
  const [first = "", second] = String(manifest["apiVersion"]).split("/");
  const [group, version] = second === undefined ? ["", first] : [first, second];
  const kind = kindByGvk(group, version, String(manifest["kind"]));
  if (kind === undefined) throw new Error(`no kind ${String(manifest["kind"])} in ${String(manifest["apiVersion"])}`);
  return kind;
}

export function errorText({ field, message }: FieldError): string {
  return `${field}: ${message}`;
}
