import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { openStore } from "./open.ts";
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

describe("the embedded store", () => {
  test("what was saved is there after the folder is opened again", async () => {
    const path = newFolder();
    const before = await openStore({ kind: "folder", path });
    await before.touchLearner("anna", 1);
    await before.saveProgress("anna", progress);
    await before.saveSession("anna", "deny-all", { state: '{"a":1}', updatedMs: 1_763_700_000_000 });
    await before.close();

    const after = await openStore({ kind: "folder", path });
    expect(await after.loadProgress("anna", "deny-all")).toEqual(progress);
    expect(await after.loadSession("anna", "deny-all")).toEqual({ state: '{"a":1}', updatedMs: 1_763_700_000_000 });
    await after.close();
  });

  test("saving again replaces, deleting forgets, and learners do not see each other", async () => {
    const store = await openStore({ kind: "memory" });
    await store.saveProgress("anna", progress);
    await store.saveProgress("anna", { ...progress, step: 3, isDone: true });
    await store.saveProgress("anna", { ...progress, lesson: "later", updatedMs: 9 });
    await store.saveSession("anna", "deny-all", { state: "1", updatedMs: 1 });
    await store.saveSession("anna", "deny-all", { state: "2", updatedMs: 2 });
    expect((await store.listProgress("anna")).map(({ lesson, step }) => [lesson, step])).toEqual([
      ["later", 2],
      ["deny-all", 3],
    ]);
    expect(await store.listProgress("ben")).toEqual([]);
    expect((await store.loadSession("anna", "deny-all"))?.state).toBe("2");
    await store.deleteSession("anna", "deny-all");
    expect(await store.loadSession("anna", "deny-all")).toBeUndefined();
    await store.close();
  });

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
