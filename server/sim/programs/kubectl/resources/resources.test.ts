import { describe, expect, test } from "vitest";
import type { ApiObject } from "../client/rest-client.ts";
import { describeFailure, Failures, KubectlError, StatusFailure } from "../errors.ts";
import { matchResource, type ResourceType } from "./discovery.ts";
import { JsonSyntaxError, parseGoJson } from "./go-json.ts";
import { parseSelector } from "./label-selector.ts";
import { readDocuments } from "./manifest.ts";
import { checkMetadata } from "./metadata.ts";
import { threeWayPatch } from "./strategic-diff.ts";
import { labelValueProblems } from "./validation.ts";

const deployment = (containers: readonly unknown[], replicas?: number): ApiObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: { ...(replicas === undefined ? {} : { replicas }), template: { spec: { containers } } },
});

describe("the patch of client-side apply", () => {
  test("nothing changed is an empty patch", () => {
    const object = deployment([{ name: "a", image: "x" }]);
    expect(threeWayPatch(object, object, object).patch).toEqual({});
  });

  test("containers are merged by name, and what was dropped is deleted", () => {
    const original = deployment(
      [
        { name: "a", image: "x" },
        { name: "b", image: "y" },
      ],
      2,
    );
    const modified = deployment([{ name: "a", image: "z" }]);
    const { patch } = threeWayPatch(original, modified, original);
    expect(patch).toEqual({
      spec: {
        replicas: null,
        template: {
          spec: {
            "$setElementOrder/containers": [{ name: "a" }],
            containers: [
              { $patch: "delete", name: "b" },
              { name: "a", image: "z" },
            ],
          },
        },
      },
    });
  });

  test("fields others have set stay", () => {
    const original = deployment([{ name: "a", image: "x" }]);
    const current = deployment([{ name: "a", image: "x", imagePullPolicy: "Always" }], 5);
    expect(threeWayPatch(original, original, current).patch).toEqual({});
  });

  test("kinds without a schema get a merge patch", () => {
    const before = { apiVersion: "x.io/v1", kind: "Thing", metadata: { name: "a" }, spec: { list: [1], gone: 1 } };
    const after = { ...before, spec: { list: [2] } };
    const { contentType, patch } = threeWayPatch(before, after, before);
    expect(contentType).toBe("application/merge-patch+json");
    expect(patch).toEqual({ spec: { list: [2], gone: null } });
  });
});

describe("manifests", () => {
  test("documents are split at separator lines and empty ones skipped by the caller", () => {
    expect([...readDocuments("---\na: 1\n---\n# nothing\n---\nb: 2\n", "x")]).toEqual([{ a: 1 }, undefined, { b: 2 }]);
  });

  test("JSON documents may follow each other", () => {
    expect([...readDocuments('{"a":1}\n{"b":2}', "x")]).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test("a wrong type in metadata is named as Go names it", () => {
    expect(checkMetadata({ metadata: { labels: { a: 1 } } })).toBe(
      "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
    );
    expect(checkMetadata({ metadata: { labels: { a: "b" }, generation: 1 } })).toBeUndefined();
  });

  test("malformed JSON is refused in Go's words", () => {
    expect(() => parseGoJson("{bad")).toThrow(
      new JsonSyntaxError("invalid character 'b' looking for beginning of object key string", 2),
    );
    expect(() => parseGoJson('{"a":')).toThrow("unexpected end of JSON input");
  });
});

describe("names of resource types", () => {
  const type = (
    group: string,
    version: string,
    kind: string,
    name: string,
    shortNames: readonly string[] = [],
  ): ResourceType => ({
    group,
    version,
    kind,
    name,
    shortNames,
    singularName: kind.toLowerCase(),
    categories: [],
    isNamespaced: true,
    verbs: [],
    subresources: [],
  });
  const types = [
    type("", "v1", "Pod", "pods", ["po"]),
    type("", "v1", "Event", "events", ["ev"]),
    type("apps", "v1", "Deployment", "deployments", ["deploy"]),
    type("events.k8s.io", "v1", "Event", "events", ["ev"]),
  ];

  test.each([
    ["po", "pods"],
    ["Pod", "pods"],
    ["deploy.v1.apps", "deployments"],
    ["deployments.app", "deployments"],
  ])("%s", (word, name) => {
    expect(matchResource(types, word)?.name).toBe(name);
  });

  test("a group picks among equal names, the core group is first without one", () => {
    expect(matchResource(types, "events")?.group).toBe("");
    expect(matchResource(types, "events.events.k8s.io")?.group).toBe("events.k8s.io");
    expect(matchResource(types, "pods.v1")).toBeUndefined();
  });
});

describe("selectors and labels", () => {
  test("selectors of the command line", () => {
    const selector = parseSelector("a=1,b in (x,y),!c,d");
    expect(selector.matches({ a: "1", b: "y", d: "" })).toBe(true);
    expect(selector.matches({ a: "1", b: "y", c: "", d: "" })).toBe(false);
  });

  test("label values", () => {
    expect(labelValueProblems("ok")).toEqual([]);
    expect(labelValueProblems("x".repeat(64))).toEqual(["must be no more than 63 bytes"]);
  });
});

describe("failures", () => {
  const invalid = new StatusFailure({
    reason: "Invalid",
    message: "m",
    details: {
      kind: "Pod",
      name: "a",
      causes: [
        { field: "x", message: "bad" },
        { field: "x", message: "bad" },
        { field: "y", message: "worse" },
      ],
    },
  });

  test("are framed as kubectl frames them", () => {
    expect(describeFailure(new KubectlError("oops"))).toEqual({ text: "error: oops\n", code: 1 });
    expect(describeFailure(new StatusFailure({ reason: "NotFound", message: "gone" })).text).toBe(
      "Error from server (NotFound): gone\n",
    );
    expect(describeFailure(invalid).text).toBe('The Pod "a" is invalid: \n* x: bad\n* y: worse\n');
    expect(describeFailure(new Failures([new KubectlError("a"), new KubectlError("b")])).text).toBe("a\nb\n");
  });
});
