import { expect, test } from "vitest";
import { packTar, unpackTar } from "./tar.ts";

test("an archive gives back what was packed", () => {
  const entries = [
    { path: "d", isFolder: true, mode: 0o755, content: new Uint8Array() },
    { path: "d/a.txt", isFolder: false, mode: 0o640, content: new TextEncoder().encode("x".repeat(600)) },
    { path: `d/${"long/".repeat(25)}b`, isFolder: false, mode: 0o644, content: new Uint8Array([1, 2]) },
  ];
  const unpacked = unpackTar(packTar(entries, 0));
  expect(unpacked.map(({ path, mode }) => [path, mode])).toEqual([
    ["d/", 0o755],
    ["d/a.txt", 0o640],
    [`d/${"long/".repeat(25)}b`, 0o644],
  ]);
  expect(unpacked[1]?.content).toEqual(entries[1]?.content);
});
