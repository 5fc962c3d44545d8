/**
 * Pod templates: equality, and the hash that names ReplicaSets and revisions. The real
 * hash is FNV-1a over a Go struct dump; ours is FNV-1a over canonical JSON, in the same
 * alphabet and length, so that names look and sort alike without being equal.
 */
import type { KubeObject, Pod, PodTemplate } from "./objects.ts";
import { controllerReference } from "./owners.ts";

/** `rand.SafeEncodeString` maps each decimal digit of the hash to this alphabet. */
const SAFE_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value)
      .filter(([, field]) => field !== undefined && field !== null)
      .sort(([left], [right]) => (left < right ? -1 : 1));
    return `{${entries.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}

export function hashOf(value: unknown, collisions = 0): string {
  let hash = 0x811c9dc5;
  const text = canonical(value) + (collisions > 0 ? String(collisions) : "");
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return [...String(hash)].map((digit) => SAFE_ALPHABET[digit.charCodeAt(0) % SAFE_ALPHABET.length]).join("");
}

export function withoutLabel(template: PodTemplate, label: string): PodTemplate {
  const { [label]: _removed, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
}

export function isSameTemplate(left: PodTemplate, right: PodTemplate): boolean {
  const strip = (template: PodTemplate) => {
    const { creationTimestamp: _time, ...metadata } = withoutLabel(template, "pod-template-hash").metadata ?? {};
    return { metadata, spec: template.spec };
  };
  return canonical(strip(left)) === canonical(strip(right));
}

/** A pod to create from `owner`'s template. */
export function podFromTemplate(
  owner: KubeObject,
  template: PodTemplate,
  identity: { readonly name?: string; readonly generateName?: string },
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...identity,
      namespace: owner.metadata.namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ...(finalizers ? { finalizers } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  } as unknown as Pod;
}
