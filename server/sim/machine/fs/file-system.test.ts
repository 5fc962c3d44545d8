import { describe, expect, it } from "vitest";
import { Errno } from "../errno.ts";
import { createFileSystem, type MemoryFileSystem } from "./file-system.ts";
import { FsImageBuilder } from "./image.ts";
import type { Credentials } from "../types.ts";

const USER: Credentials = { uid: 1000, gid: 1000, groups: [1000, 27] };

let lazyCalls = 0;
const IMAGE = new FsImageBuilder()
  .file("/etc/hostname", "box\n")
  .file("/etc/shadow", "secret\n", { mode: 0o640, gid: 42 })
  .file("/etc/lazy", () => {
    lazyCalls++;
    return "made\n";
  })
  .symlink("/etc/link", "hostname")
  .symlink("/bin", "usr/bin")
  .symlink("/loop", "/loop")
  .executable("/usr/bin/tool", { name: "tool", version: "1" })
  .directory("/tmp", { mode: 0o1777 })
  .directory("/home/user", { uid: 1000, gid: 1000 })
  .build();

function make(quotaBytes?: number): MemoryFileSystem {
  let nowMs = 1_000_000;
  return createFileSystem({ image: IMAGE, now: () => nowMs++, ...(quotaBytes === undefined ? {} : { quotaBytes }) });
}

function codeOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Errno) return error.code;
    throw error;
  }
  return "ok";
}

describe("reading", () => {
  it("follows links, also of directories and with dots", () => {
    const fs = make();
    expect(fs.readText("/etc/link")).toBe("box\n");
    expect(fs.realpath("/bin/../bin/./tool")).toBe("/usr/bin/tool");
    expect(fs.readlink("/etc/link")).toBe("hostname");
    expect(fs.lstat("/etc/link").kind).toBe("symlink");
    expect(fs.stat("/bin/tool").program).toEqual({ name: "tool", version: "1" });
    expect(fs.readdir("/etc")).toEqual(["hostname", "lazy", "link", "shadow"]);
  });

  it("fails as Linux does", () => {
    const fs = make();
    expect(codeOf(() => fs.readFile("/none"))).toBe("ENOENT");
    expect(codeOf(() => fs.readFile("/none/deeper"))).toBe("ENOENT");
    expect(codeOf(() => fs.readFile("/etc/hostname/x"))).toBe("ENOTDIR");
    expect(codeOf(() => fs.stat("/etc/hostname/"))).toBe("ENOTDIR");
    expect(codeOf(() => fs.readFile("/etc"))).toBe("EISDIR");
    expect(codeOf(() => fs.readFile("/loop"))).toBe("ELOOP");
    expect(codeOf(() => fs.readFile(""))).toBe("ENOENT");
    expect(codeOf(() => fs.stat(`/${"n".repeat(300)}`))).toBe("ENAMETOOLONG");
    expect(codeOf(() => fs.readdir("/etc/hostname"))).toBe("ENOTDIR");
  });

  it("makes lazy content once, for all file systems", () => {
    expect([make().readText("/etc/lazy"), make().readText("/etc/lazy"), lazyCalls]).toEqual(["made\n", "made\n", 1]);
  });
});

describe("writing", () => {
  it("changes nothing in the image or in another file system over it", () => {
    const [a, b] = [make(), make()];
    a.writeFile("/etc/hostname", "changed\n");
    a.appendFile("/etc/hostname", "more\n");
    a.unlink("/etc/link");
    expect(a.readText("/etc/hostname")).toBe("changed\nmore\n");
    expect(a.exists("/etc/link")).toBe(false);
    expect(b.readText("/etc/link")).toBe("box\n");
  });

  it("makes directories, one or all on the way", () => {
    const fs = make();
    expect(codeOf(() => fs.mkdir("/a/b"))).toBe("ENOENT");
    fs.mkdir("/a/b/c", { recursive: true });
    fs.mkdir("/a/b/c", { recursive: true });
    expect(codeOf(() => fs.mkdir("/a/b"))).toBe("EEXIST");
    expect(codeOf(() => fs.rmdir("/a/b"))).toBe("ENOTEMPTY");
    fs.rmdir("/a/b/c");
    expect(fs.readdir("/a/b")).toEqual([]);
    expect(codeOf(() => fs.unlink("/a/b"))).toBe("EISDIR");
    fs.removeTree("/a");
    fs.removeTree("/a");
    expect(fs.exists("/a")).toBe(false);
  });

  it("renames files and directories of the image with what they hold", () => {
    const fs = make();
    fs.rename("/etc", "/conf");
    expect(fs.readText("/conf/hostname")).toBe("box\n");
    expect(fs.exists("/etc")).toBe(false);
    fs.writeFile("/x", "1");
    fs.writeFile("/y", "2");
    fs.rename("/x", "/y");
    expect([fs.readText("/y"), fs.exists("/x")]).toEqual(["1", false]);
    expect(codeOf(() => fs.rename("/conf", "/conf/inside"))).toBe("EINVAL");
    expect(codeOf(() => fs.rename("/y", "/conf"))).toBe("EISDIR");
    fs.rename("/y", "/y");
    expect(fs.readText("/y")).toBe("1");
  });

  it("shares content between hard links, and counts them", () => {
    const fs = make();
    fs.link("/etc/hostname", "/tmp/same");
    fs.appendFile("/tmp/same", "!");
    expect(fs.readText("/etc/hostname")).toBe("box\n!");
    expect(fs.stat("/etc/hostname").links).toBe(2);
    fs.unlink("/etc/hostname");
    expect([fs.readText("/tmp/same"), fs.stat("/tmp/same").links]).toEqual(["box\n!", 1]);
  });

  it("copies executables as such, through their content", () => {
    const fs = make();
    fs.writeFile("/tmp/copy", fs.readFile("/bin/tool"), { mode: 0o755 });
    expect(fs.stat("/tmp/copy").program).toEqual({ name: "tool", version: "1" });
  });

  it("keeps an unlinked file readable while it is open", async () => {
    const fs = make();
    fs.writeFile("/tmp/f", "still here");
    const file = fs.open("/tmp/f", "r");
    fs.unlink("/tmp/f");
    expect(new TextDecoder().decode(await file.read())).toBe("still here");
  });

  it("streams with offsets, appends and truncates", async () => {
    const fs = make();
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const file = fs.open("/tmp/f", "w+");
    await file.write(encode("hello world"));
    file.seek?.(6);
    await file.write(encode("W"));
    const log = fs.open("/tmp/f", "a");
    await log.write(encode("!"));
    file.seek?.(0);
    expect(new TextDecoder().decode(await file.read(5))).toBe("hello");
    file.truncate?.(3);
    expect(fs.readText("/tmp/f")).toBe("hel");
    expect(codeOf(() => fs.open("/tmp/f", "wx"))).toBe("EEXIST");
  });

  it("passes bytes through a named pipe", async () => {
    const fs = make();
    fs.mkfifo("/tmp/p", 0o600);
    const reader = fs.open("/tmp/p", "r");
    const writer = fs.open("/tmp/p", "w");
    const reading = reader.read();
    await writer.write(new TextEncoder().encode("x"));
    expect(new TextDecoder().decode(await reading)).toBe("x");
    writer.release();
    expect((await reader.read()).length).toBe(0);
  });

  it("stops at its quota, and frees what is removed", () => {
    const fs = make(10_000);
    fs.writeFile("/tmp/a", "x".repeat(9000));
    expect(codeOf(() => fs.writeFile("/tmp/b", "x".repeat(5000)))).toBe("ENOSPC");
    fs.removeTree("/tmp/b");
    fs.unlink("/tmp/a");
    fs.writeFile("/tmp/b", "x".repeat(5000));
    expect(fs.readText("/tmp/b").length).toBe(5000);
  });
});

describe("permissions", () => {
  it("are those of owner, group and others", () => {
    const fs = make();
    expect(codeOf(() => fs.readFile("/etc/shadow", USER))).toBe("EACCES");
    expect(codeOf(() => fs.writeFile("/etc/hostname", "", { as: USER }))).toBe("EACCES");
    expect(codeOf(() => fs.writeFile("/etc/new", "", { as: USER }))).toBe("EACCES");
    fs.writeFile("/home/user/f", "mine", { as: USER });
    expect(fs.stat("/home/user/f").uid).toBe(1000);
    expect(fs.access("/usr/bin/tool", 1, USER)).toBe(true);
    expect(fs.access("/etc/hostname", 1, { uid: 0, gid: 0, groups: [] })).toBe(false);
    expect(codeOf(() => fs.chmod("/etc/hostname", 0o777, USER))).toBe("EPERM");
    fs.chmod("/home/user", 0);
    expect(codeOf(() => fs.readFile("/home/user/f", USER))).toBe("EACCES");
  });

  it("of a sticky directory protect the files of others", () => {
    const fs = make();
    fs.writeFile("/tmp/roots", "");
    fs.writeFile("/tmp/users", "", { as: USER });
    expect(codeOf(() => fs.unlink("/tmp/roots", USER))).toBe("EPERM");
    expect(codeOf(() => fs.unlink("/tmp/users", USER))).toBe("ok");
  });
});

describe("mounts", () => {
  it("show another file system, and follow absolute links from there to the root", () => {
    const fs = make();
    const volume = createFileSystem();
    volume.writeFile("/data", "in volume");
    volume.symlink("/etc/hostname", "/host");
    fs.mount("/mnt", volume, { isReadOnly: true });
    expect(fs.readdir("/")).toContain("mnt");
    expect(fs.readText("/mnt/data")).toBe("in volume");
    expect(fs.readText("/mnt/host")).toBe("box\n");
    expect(fs.realpath("/mnt/../etc/link")).toBe("/etc/hostname");
    expect(codeOf(() => fs.writeFile("/mnt/data", ""))).toBe("EROFS");
    expect(codeOf(() => fs.unlink("/mnt/data"))).toBe("EROFS");
    expect(codeOf(() => fs.removeTree("/mnt"))).toBe("EBUSY");
    expect(codeOf(() => fs.rename("/etc/hostname", "/mnt/x"))).toMatch(/EXDEV|EROFS/);
    fs.unmount("/mnt");
    expect(fs.exists("/mnt/data")).toBe(false);
  });

  it("of a directory or file of another machine share its changes", () => {
    const node = make();
    const container = make();
    container.mount("/host-etc", node.subtree("/etc"));
    container.mount("/etc/hostname", node.subtree("/etc/hostname"));
    container.writeFile("/host-etc/new", "from container");
    node.writeFile("/etc/hostname", "renamed\n");
    expect(node.readText("/etc/new")).toBe("from container");
    expect(container.readText("/etc/hostname")).toBe("renamed\n");
  });
});

describe("watches", () => {
  it("tell of changes at and below a path, through mounts as well, and of files yet to come", async () => {
    const node = make();
    const container = make();
    container.mount("/shared", node.subtree("/tmp"));
    const seen: string[] = [];
    node.watch("/tmp", (path) => seen.push(`node ${path}`));
    container.watch("/shared/later", (path) => seen.push(`container ${path}`));
    container.writeFile("/shared/later", "x");
    node.writeFile("/etc/hostname", "not watched");
    await Promise.resolve();
    expect(new Set(seen)).toEqual(new Set(["node /tmp/later", "container /shared/later"]));
  });
});

describe("snapshots", () => {
  it("hold only what differs, and restore it byte for byte", () => {
    const fs = make();
    fs.writeFile("/etc/hostname", "changed\n");
    fs.writeFile("/tmp/bytes", Uint8Array.of(255, 0, 128));
    fs.link("/tmp/bytes", "/tmp/again");
    fs.unlink("/etc/link");
    fs.rename("/home", "/people");
    fs.chmod("/etc/shadow", 0o600);
    fs.symlink("target", "/tmp/l");
    const snapshot = JSON.parse(JSON.stringify(fs.snapshot())) as ReturnType<typeof fs.snapshot>;
    const other = make();
    other.writeFile("/tmp/gone", "x");
    other.restore(snapshot);
    expect(other.snapshot()).toEqual(fs.snapshot());
    expect(other.readText("/etc/hostname")).toBe("changed\n");
    expect(other.readFile("/tmp/again")).toEqual(Uint8Array.of(255, 0, 128));
    expect(other.stat("/tmp/again").links).toBe(2);
    expect(other.exists("/etc/link")).toBe(false);
    expect(other.stat("/people/user").uid).toBe(1000);
    expect([other.stat("/etc/shadow").mode, other.readText("/etc/shadow")]).toEqual([0o600, "secret\n"]);
    expect(other.exists("/tmp/gone")).toBe(false);
    expect(other.usage).toEqual(fs.usage);
  });

  it("of an unchanged file system are almost nothing", () => {
    expect(JSON.stringify(make().snapshot()).length).toBeLessThan(200);
  });
});
