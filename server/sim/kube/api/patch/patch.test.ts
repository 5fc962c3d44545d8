import { describe, expect, it } from "vitest";
import { jsonPatch } from "./json-patch.ts";
import { mergePatch } from "./merge-patch.ts";
import { goMap, strategicMergePatch } from "./strategic-merge.ts";

const POD = "io.k8s.api.core.v1.Pod";
const DEPLOYMENT = "io.k8s.api.apps.v1.Deployment";
const pod = (...containers: object[]) => ({ spec: { containers } });
const names = (object: unknown) =>
  (object as { spec: { containers: { name: string }[] } }).spec.containers.map(({ name }) => name);

describe("a strategic merge patch", () => {
  it("merges containers by name", () => {
    const live = pod({ name: "a", image: "x", tty: true }, { name: "b", image: "y" });
    const patched = strategicMergePatch(POD, live, pod({ name: "a", image: "z" }));
    expect(patched).toEqual(pod({ name: "a", image: "z", tty: true }, { name: "b", image: "y" }));
  });

  it("puts new items before those only the server has", () => {
    expect(names(strategicMergePatch(POD, pod({ name: "a" }), pod({ name: "new" })))).toEqual(["new", "a"]);
  });

  it("obeys $setElementOrder", () => {
    const patch = {
      spec: { "$setElementOrder/containers": [{ name: "a" }, { name: "new" }], containers: [{ name: "new" }] },
    };
    expect(names(strategicMergePatch(POD, pod({ name: "a" }), patch))).toEqual(["a", "new"]);
  });

  it("removes the item of $patch: delete", () => {
    const patch = pod({ name: "a", $patch: "delete" });
    expect(names(strategicMergePatch(POD, pod({ name: "a" }, { name: "b" }), patch))).toEqual(["b"]);
  });

  it("replaces a list on $patch: replace", () => {
    const patch = pod({ $patch: "replace" }, { name: "c" });
    expect(names(strategicMergePatch(POD, pod({ name: "a" }, { name: "b" }), patch))).toEqual(["c"]);
  });

  it("keeps only the fields of $retainKeys", () => {
    const live = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1 } } } };
    const patch = { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } };
    expect(strategicMergePatch(DEPLOYMENT, live, patch)).toEqual({ spec: { strategy: { type: "Recreate" } } });
  });

  it("takes values out of a primitive list", () => {
    const live = { metadata: { finalizers: ["a/x", "b/y"] } };
    const patch = { metadata: { "$deleteFromPrimitiveList/finalizers": ["a/x"] } };
    expect(strategicMergePatch(POD, live, patch)).toEqual({ metadata: { finalizers: ["b/y"] } });
  });

  it("removes a field set to null and replaces atomic lists", () => {
    const live = { metadata: { labels: { a: "1", b: "2" } }, ...pod({ name: "a", args: ["x", "y"] }) };
    const patch = { metadata: { labels: { a: null } }, ...pod({ name: "a", args: ["z"] }) };
    expect(strategicMergePatch(POD, live, patch)).toEqual({
      metadata: { labels: { b: "2" } },
      ...pod({ name: "a", args: ["z"] }),
    });
  });

  it("refuses an item without its merge key", () => {
    expect(() => strategicMergePatch(POD, pod({ name: "a" }), pod({ image: "x" }))).toThrow(
      "map: map[image:x] does not contain declared merge key: name",
    );
  });
});

describe("a JSON merge patch", () => {
  it("replaces lists whole and removes nulls", () => {
    expect(mergePatch({ a: [1, 2], b: { c: 1, d: 2 } }, { a: [3], b: { c: null } })).toEqual({ a: [3], b: { d: 2 } });
  });
});

describe("a JSON patch", () => {
  it("adds, removes, replaces, moves, copies and tests", () => {
    const patched = jsonPatch({ list: [1, 2], "a/b": 1 }, [
      { op: "test", path: "/list/0", value: 1 },
      { op: "add", path: "/list/-", value: 3 },
      { op: "remove", path: "/list/0" },
      { op: "replace", path: "/a~1b", value: 2 },
      { op: "copy", from: "/list/1", path: "/copied" },
      { op: "move", from: "/copied", path: "/moved" },
    ]);
    expect(patched).toEqual({ list: [2, 3], "a/b": 2, moved: 3 });
  });

  it.each([
    [{ op: "remove", path: "/nosuch" }],
    [{ op: "replace", path: "/nosuch", value: 1 }],
    [{ op: "test", path: "/a", value: 2 }],
  ])("refuses %j", (operation) => {
    expect(() => jsonPatch({ a: 1 }, [operation])).toThrow(
      "the server rejected our request due to an error in our request",
    );
  });

  it("must be a list", () => {
    expect(() => jsonPatch({}, { op: "remove" })).toThrow(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  });
});

it("prints trees as Go does", () => {
  expect(goMap({ spec: { replicas: "two", list: [1, null] } })).toBe("map[spec:map[list:[1 <nil>] replicas:two]]");
});
