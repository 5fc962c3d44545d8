import { describe, expect, it } from "vitest";
import type { KubeObject } from "../api/types.ts";
import { CompactedError, EMPTY_IMAGE, FutureRevisionError, HISTORY_LIMIT, Store } from "./store.ts";

const object = (name: string, data = "x") =>
  ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data }) as KubeObject;
const namesOf = (objects: readonly KubeObject[]) => objects.map((each) => each.metadata.name);

function filled(...names: string[]): Store {
  const store = new Store();
  for (const name of names) store.put(`/a/${name}`, object(name));
  return store;
}

describe("the store", () => {
  it("counts one revision for all keys and stamps it on the objects", () => {
    const store = filled("one");
    expect(store.put("/b/two", object("two")).metadata.resourceVersion).toBe("2");
    expect(store.put("/a/one", object("one", "y")).metadata.resourceVersion).toBe("3");
    expect(store.get("/a/one")).toMatchObject({ createRevision: 1, modRevision: 3, version: 2 });
  });

  it("keeps objects frozen", () => {
    const stored = filled("one").get("/a/one")?.object as { metadata: { name: string } };
    expect(() => {
      stored.metadata.name = "other";
    }).toThrow(TypeError);
  });

  it("lists a prefix in key order", () => {
    const store = filled("c", "a", "b");
    store.put("/aa/x", object("x"));
    expect(namesOf(store.list("/a/").map((entry) => entry.object))).toEqual(["a", "b", "c"]);
    expect(store.count("/a/")).toBe(3);
  });

  it("lists the past", () => {
    const store = filled("a", "b");
    const then = store.revision;
    store.delete("/a/a");
    store.put("/a/b", object("b", "new"));
    store.put("/a/c", object("c"));
    expect(store.listAt("/a/", then).map((each) => [each.metadata.name, each["data"]])).toEqual([
      ["a", "x"],
      ["b", "x"],
    ]);
    expect(() => store.listAt("/a/", 99)).toThrow(FutureRevisionError);
  });

  it("tells watchers in a microtask, in order, with the object before", async () => {
    const store = filled("a");
    const heard: string[] = [];
    store.watch("/a/", ({ type, object: now, previous }) =>
      heard.push(`${type} ${now["data"]} after ${previous?.["data"]}`),
    );
    store.put("/a/a", object("a", "y"));
    store.put("/b/a", object("a"));
    store.delete("/a/a");
    expect(heard).toEqual([]);
    await Promise.resolve();
    expect(heard).toEqual(["put y after x", "delete y after y"]);
  });

  it("replays the past to a watcher before anything new", async () => {
    const store = filled("a", "b");
    const other: unknown[] = [];
    store.watch("/a/", (event) => other.push(event));
    store.put("/a/c", object("c"));
    const heard: number[] = [];
    store.watch("/a/", (event) => heard.push(event.revision), { afterRevision: 1 });
    store.put("/a/d", object("d"));
    await Promise.resolve();
    await Promise.resolve();
    expect(heard).toEqual([2, 3, 4]);
  });

  it("refuses a watch from before the compaction", () => {
    const store = filled("a", "b", "c");
    store.compact(2);
    expect(() => store.watch("/a/", () => {}, { afterRevision: 1 })).toThrow(CompactedError);
    expect(() => store.watch("/a/", () => {}, { afterRevision: 2 })).not.toThrow();
  });

  it("bounds its history", () => {
    const store = new Store();
    for (let count = 0; count <= HISTORY_LIMIT * 2; count++) store.put("/a/a", object("a", String(count)));
    expect(store.compactRevision).toBe(HISTORY_LIMIT + 1);
  });

  it("goes on telling others when one listener fails", async () => {
    const faults: unknown[] = [];
    const store = new Store({ onFault: (error) => faults.push(error) });
    const heard: string[] = [];
    store.watch("/", () => {
      throw new Error("broken");
    });
    store.watch("/", (event) => heard.push(event.key));
    store.put("/a", object("a"));
    await Promise.resolve();
    expect(heard).toEqual(["/a"]);
    expect(faults).toHaveLength(1);
  });
});

describe("a snapshot", () => {
  it("holds what differs from the image and restores to the same content", () => {
    const base = filled("a", "b", "c").image();
    const store = new Store({ image: base });
    store.put("/a/b", object("b", "changed"));
    store.delete("/a/c");
    store.put("/a/d", object("d"));
    const snapshot = store.snapshot(base);
    expect(snapshot.put.map((entry) => entry.key)).toEqual(["/a/b", "/a/d"]);
    expect(snapshot.removed).toEqual(["/a/c"]);
    const restored = Store.restore(base, JSON.parse(JSON.stringify(snapshot)));
    expect(restored.image()).toEqual(store.image());
    expect(restored.revision).toBe(store.revision);
    expect(restored.get("/a/a")).toBe(base.entries[0]);
  });

  it("is empty for an unchanged store", () => {
    const base = filled("a").image();
    expect(new Store({ image: base }).snapshot(base)).toMatchObject({ put: [], removed: [] });
    expect(filled("a").snapshot(EMPTY_IMAGE).put).toHaveLength(1);
  });

  it("of another data directory ends the watches of clients, and tells the others what differs", async () => {
    const store = filled("a", "b");
    let resets = 0;
    store.watch("/a/", () => {}, { onReset: () => resets++ });
    const heard: string[] = [];
    store.watch("/a/", (event) => heard.push(`${event.type} ${event.key}`));
    store.put("/a/c", object("c"));
    store.reset(filled("b", "z").image());
    expect(resets).toBe(1);
    store.put("/a/y", object("y"));
    await Promise.resolve();
    await Promise.resolve();
    expect(heard).toEqual(["delete /a/a", "delete /a/c", "put /a/b", "put /a/z", "put /a/y"]);
  });
});

describe("stores of one image", () => {
  it("do not see each other's changes", () => {
    const origin = new Store();
    origin.put("/a", object("a"));
    origin.put("/b", object("b"));
    const image = origin.image();
    const one = new Store({ image });
    const two = new Store({ image });
    one.delete("/a");
    one.put("/c", object("c"));
    const keys = (store: Store): string[] => store.list("/").map(({ key }) => key);
    expect(keys(one)).toEqual(["/b", "/c"]);
    expect(one.get("/a")).toBeUndefined();
    expect(keys(two)).toEqual(["/a", "/b"]);
    expect(one.snapshot(image)).toMatchObject({ put: [{ key: "/c" }], removed: ["/a"] });
    one.put("/a", object("a"));
    expect(keys(one)).toEqual(["/a", "/b", "/c"]);
    expect(one.get("/a")).toMatchObject({ createRevision: 5, version: 1 });
  });
});
