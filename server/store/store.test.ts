import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openStore, type StoreLocation } from "./open.ts";
import { StoreError } from "./store.ts";

const folders: string[] = [];
const newFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "netpol-store-"));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const progress = { lesson: "deny-all", step: 2, isDone: false, passedChecks: [0], hints: { "1/0": 2 }, updatedMs: 5 };

/** A running PostgreSQL to try as well: `postgres://USER:PASSWORD@HOST/DATABASE`, whose tables may be changed. */
const DATABASE = process.env["NETPOL_LAB_TEST_DATABASE"];

const places: [string, () => StoreLocation][] = [["the embedded store", () => ({ kind: "folder", path: newFolder() })]];
if (DATABASE !== undefined) places.push(["PostgreSQL", () => ({ kind: "url", url: DATABASE })]);

describe.each(places)("%s", (_name, place) => {
  test("keeps what was saved until it is opened again", async () => {
    const [location, anna] = [place(), someone()];
    const before = await openStore(location);
    await before.touchLearner(anna, 1);
    await before.touchLearner(anna, 1_763_700_000_000);
    await before.saveProgress(anna, progress);
    await before.saveSession(anna, "deny-all", { state: '{"a":"\\u0000"}', updatedMs: 1_763_700_000_000 });
    await before.close();

    const after = await openStore(location);
    await after.ping();
    expect(await after.loadProgress(anna, "deny-all")).toEqual(progress);
    const session = await after.loadSession(anna, "deny-all");
    expect(session).toEqual({ state: '{"a":"\\u0000"}', updatedMs: 1_763_700_000_000 });
    await after.close();
  });

  test("replaces what is saved again, forgets what is deleted, and keeps learners apart", async () => {
    const store = await openStore(place());
    const [anna, ben] = [someone(), someone()];
    await store.saveProgress(anna, progress);
    await store.saveProgress(anna, { ...progress, step: 3, isDone: true });
    await store.saveProgress(anna, { ...progress, lesson: "later", updatedMs: 9 });
    await store.saveSession(anna, "deny-all", { state: "1", updatedMs: 1 });
    await store.saveSession(anna, "deny-all", { state: "2", updatedMs: 2 });
    expect((await store.listProgress(anna)).map(({ lesson, step }) => [lesson, step])).toEqual([
      ["later", 2],
      ["deny-all", 3],
    ]);
    expect(await store.listProgress(ben)).toEqual([]);
    expect((await store.loadSession(anna, "deny-all"))?.state).toBe("2");
    await store.deleteSession(anna, "deny-all");
    expect(await store.loadSession(anna, "deny-all")).toBeUndefined();
    await store.close();
  });
});

/** Nobody else's: a database outlives the test. */
function someone(): string {
  return `learner-${randomUUID()}`;
}

// A data folder has one server; a database many, which may all find it empty.
if (DATABASE !== undefined) {
  test("several servers open one database at once", async () => {
    const location: StoreLocation = { kind: "url", url: DATABASE };
    const anna = someone();
    const stores = await Promise.all([1, 2, 3].map(() => openStore(location)));
    await Promise.all(
      stores.map((store, i) => store.saveProgress(anna, { ...progress, lesson: `lesson-${i}`, updatedMs: i })),
    );
    for (const store of stores) {
      expect((await store.listProgress(anna)).map(({ lesson }) => lesson)).toEqual([
        "lesson-2",
        "lesson-1",
        "lesson-0",
      ]);
    }
    for (const store of stores) await store.close();
  });
}

describe("a store that cannot be opened", () => {
  test("a folder that cannot be made is one clear line", async () => {
    const file = join(newFolder(), "a-file");
    writeFileSync(file, "");
    const failure = await openStore({ kind: "folder", path: join(file, "data") }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect(String(failure)).toMatch(
      /^StoreError: cannot use the data folder .*a-file\/data \(choose another with --data\): ENOTDIR: not a directory$/,
    );
  });

  test("a database that does not answer is one clear line without its password", async () => {
    const url = "postgres://lab:secret@127.0.0.1:1/lab";
    const failure = await openStore({ kind: "url", url }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StoreError);
    expect(String(failure)).toContain("postgres://lab@127.0.0.1:1/lab");
    expect(String(failure)).not.toContain("secret");
    expect(String(failure)).not.toContain("\n");
  });
});
