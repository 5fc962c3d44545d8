/** Every executable of every image and host is a program that exists, and every applet of busybox is one. */
import { describe, expect, it } from "vitest";
import { images } from "../server/sim/images/index.ts";
import { busyboxApplets } from "../server/sim/images/userland/busybox.ts";
import { DEBIAN_PACKAGES, debianBasePrograms } from "../server/sim/images/userland/debian.ts";
import type { FileSystem } from "../server/sim/machine/types.ts";
import { programs } from "../server/sim/programs/index.ts";

/** One reference for each repository; those of the control plane hold programs that the world lends. */
const REFERENCES = [
  "alpine:3.22",
  "busybox:1.28",
  "busybox:1.36",
  "busybox:1.36-musl",
  "curlimages/curl:8.14.1",
  "debian:12",
  "hashicorp/http-echo:1.0",
  "httpd:2.4",
  "httpd:2.4-alpine",
  "nginx:1.27",
  "nginx:1.27-alpine",
  "nginxinc/nginx-unprivileged:1.27",
  "nicolaka/netshoot",
  "python:3.12",
  "redis:7",
  "ubuntu:24.04",
  "registry.k8s.io/e2e-test-images/agnhost:2.53",
];

const isMissing = (name: string): boolean => programs.get(name) === undefined;

const SKIPPED = new Set(["/proc", "/dev", "/sys"]);

function* executables(fs: FileSystem, folder = ""): Iterable<readonly [path: string, program: string]> {
  for (const name of fs.readdir(folder === "" ? "/" : folder)) {
    const path = `${folder}/${name}`;
    if (SKIPPED.has(path)) continue;
    const stat = fs.lstat(path);
    if (stat.kind === "directory") yield* executables(fs, path);
    else if (stat.program) yield [path, stat.program.name];
  }
}

describe("programs", () => {
  it.each(REFERENCES)("%s refers to exist", (reference) => {
    const image = images.find(reference);
    expect(image, `no image ${reference}`).toBeDefined();
    if (!image) return;
    const found = [...executables(image.createRootFileSystem())];
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter(([, program]) => isMissing(program)).map(([path, program]) => `${path}: ${program}`)).toEqual(
      [],
    );
  });

  it("that Debian's packages bring exist", () => {
    const brought = Object.values(DEBIAN_PACKAGES).flatMap((files) => Object.values(files));
    expect([...debianBasePrograms, ...brought].filter(isMissing)).toEqual([]);
  });

  it("that busybox answers as exist", () => {
    expect(busyboxApplets.filter(isMissing)).toEqual([]);
  });
});
