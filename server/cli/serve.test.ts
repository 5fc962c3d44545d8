import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { LessonList, SessionView } from "../protocol.ts";
import { serve, type ServeOptions, startServer } from "./serve.ts";

const folders: string[] = [];
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "netpol-serve-"));
  folders.push(folder);
  return folder;
};
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** One lesson that needs nothing. */
function lessonFolder(
  text = "---\nid: one\ntitle: One\ntrack: tutorial\nminutes: 1\nsummary: One.\n---\n## Only\nText.\n",
): string {
  const root = newFolder();
  mkdirSync(join(root, "one"));
  writeFileSync(join(root, "one", "lesson.md"), text);
  return root;
}

async function refused(options: Partial<ServeOptions>): Promise<{ readonly status: number; readonly said: string }> {
  let said = "";
  const io = {
    write: (text: string) => {
      said += text;
    },
    writeError: (text: string) => {
      said += text;
    },
  };
  const all = { host: "127.0.0.1", port: 0, data: newFolder(), lessons: lessonFolder(), ...options };
  return { status: await serve(all, io), said };
}

describe("serve", () => {
  test("starts with the lessons of its folder, and a world wakes on demand", async () => {
    const server = await startServer({ host: "127.0.0.1", port: 0, data: newFolder(), lessons: lessonFolder() });
    try {
      const response = await fetch(new URL("/api/lessons", server.url));
      const cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
      const list = (await response.json()) as LessonList;
      expect(list.tracks).toMatchObject([
        { id: "tutorial", title: "Tutorial", lessons: [{ id: "one", stepCount: 1 }] },
      ]);
      const session = await fetch(new URL("/api/lessons/one/session", server.url), { headers: { cookie } });
      expect(((await session.json()) as SessionView).terminals).toEqual([{ id: "1", title: "terminal 1" }]);
      expect(server.registry.awakeCount).toBe(1);
    } finally {
      await server.close();
    }
  });

  test("a port in use is one line and exit status 1", async () => {
    const server = await startServer({ host: "127.0.0.1", port: 0, data: newFolder(), lessons: lessonFolder() });
    try {
      expect(await refused({ port: server.port })).toEqual({
        status: 1,
        said: `netpol-lab: port ${server.port} of 127.0.0.1 is in use (choose another with --port)\n`,
      });
    } finally {
      await server.close();
    }
  });

  test("a data folder that cannot be had is one line and exit status 1", async () => {
    const file = join(newFolder(), "file");
    writeFileSync(file, "");
    const { status, said } = await refused({ data: join(file, "data") });
    expect(status).toBe(1);
    expect(said).toMatch(/^netpol-lab: cannot use the data folder .* \(choose another with --data\): .*\n$/);
  });

  test("a broken lesson is one line with its file and exit status 1", async () => {
    const { status, said } = await refused({ lessons: lessonFolder("no front matter") });
    expect(status).toBe(1);
    expect(said).toMatch(/^netpol-lab: one\/lesson\.md:1: .*\n$/);
  });
});
