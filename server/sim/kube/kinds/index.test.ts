import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { groupVersions, kindByGvk, kindByResource, kinds } from "./index.ts";
import { definition, fieldAt, goTypeOf, patchMeta } from "./schema.ts";

interface Resource {
  readonly name: string;
  readonly kind: string;
  readonly singularName: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
  readonly group?: string;
  readonly version?: string;
}

const recorded = JSON.parse(
  gunzipSync(readFileSync(new URL("../../../../test/fixtures/kinds/discovery.json.gz", import.meta.url))).toString(),
) as {
  readonly groups: readonly (readonly [group: string, versions: readonly string[]])[];
  readonly resources: Readonly<Record<string, readonly Resource[]>>;
};

describe("kinds", () => {
  it("lists groups and versions as the recorded server does", () => {
    const ours = groupVersions.filter(({ group }) => group !== "").map(({ group, versions }) => [group, versions]);
    expect(ours).toEqual(recorded.groups);
  });

  it.each(Object.keys(recorded.resources))("lists the resources of %s as the recorded server does", (groupVersion) => {
    const [group, version] = groupVersion.includes("/") ? groupVersion.split("/") : ["", groupVersion];
    const ours = kinds
      .filter((kind) => kind.group === group && kind.version === version)
      .flatMap((kind): Resource[] => [
        {
          name: kind.plural,
          kind: kind.kind,
          singularName: kind.singular,
          namespaced: kind.isNamespaced,
          verbs: kind.verbs,
          ...(kind.shortNames.length > 0 ? { shortNames: kind.shortNames } : {}),
          ...(kind.categories.length > 0 ? { categories: kind.categories } : {}),
        },
        ...Object.entries(kind.subresources ?? {}).map(([name, subresource]) => ({
          name: `${kind.plural}/${name}`,
          singularName: "",
          namespaced: kind.isNamespaced,
          ...subresource,
        })),
      ]);
    const byName = (left: Resource, right: Resource) => (left.name < right.name ? -1 : 1);
    expect(ours).toEqual([...(recorded.resources[groupVersion] ?? [])].sort(byName));
  });

  it("has a schema definition for every kind", () => {
    const missing = kinds.filter((kind) => definition(kind.schema)?.kinds.length !== 1).map((kind) => kind.schema);
    expect(missing).toEqual([]);
  });

  it("finds kinds by resource and by group, version and kind", () => {
    expect(kindByResource("", "pods")?.kind).toBe("Pod");
    expect(kindByResource("apps", "deployments")).toBe(kindByGvk("apps", "v1", "Deployment"));
    expect(kindByResource("autoscaling", "horizontalpodautoscalers")?.version).toBe("v2");
    expect(kindByResource("autoscaling", "horizontalpodautoscalers", "v1")?.version).toBe("v1");
    expect(kindByResource("", "deployments")).toBeUndefined();
  });
});

describe("schema", () => {
  const pod = "io.k8s.api.core.v1.Pod";

  it("follows a path through objects, lists and maps", () => {
    expect(fieldAt(pod, ["spec", "containers", "0", "ports", "0", "containerPort"])).toEqual({
      type: "integer",
      format: "int32",
    });
    expect(fieldAt(pod, ["metadata", "labels", "app"])).toEqual({ type: "string" });
    expect(fieldAt(pod, ["spec", "nothing"])).toBeUndefined();
  });

  it("tells how a strategic merge patch treats a list", () => {
    expect(patchMeta(pod, ["spec", "containers"])).toEqual({ strategies: ["merge"], mergeKey: "name" });
    expect(patchMeta(pod, ["spec", "volumes"])).toEqual({ strategies: ["merge", "retainKeys"], mergeKey: "name" });
    expect(patchMeta(pod, ["spec", "hostNetwork"])).toEqual({ strategies: [] });
  });

  it("names Go types as the decoder's errors do", () => {
    const typeAt = (...path: string[]) => goTypeOf(fieldAt(pod, path) ?? {});
    expect(typeAt("spec", "containers")).toBe("[]v1.Container");
    expect(typeAt("metadata", "labels")).toBe("map[string]string");
    expect(typeAt("spec", "activeDeadlineSeconds")).toBe("int64");
    expect(typeAt("spec")).toBe("v1.PodSpec");
  });
});
