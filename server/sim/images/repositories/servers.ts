/** Small servers that manifests like to run: http-echo, python, redis. */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, isBetween, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installAlpine } from "../userland/alpine.ts";
import { installDebian } from "../userland/debian.ts";

/** One static binary and nothing else. */
export const httpEcho: RepositoryDefinition = {
  names: ["docker.io/hashicorp/http-echo", "ghcr.io/hashicorp/http-echo"],
  build(tag) {
    const version = tag === "latest" || tag === "alpine" ? "1.0.0" : versionOf(tag);
    if (version === undefined) return undefined;
    const full = version.split(".").length < 3 ? `${version}.0` : version;
    const tree = new FsImageBuilder()
      .directory("/tmp", { mode: 0o1777 })
      .directory("/etc")
      .executable("/http-echo", { name: "http-echo", version: full })
      .build();
    const user = { uid: 65_532, gid: 65_532 };
    return { tree, libc: "glibc", entrypoint: ["/http-echo"], env: [DEFAULT_PATH], user, sizeBytes: 2_900_000 };
  },
};

const PYTHON_PATCHES: Readonly<Record<string, string>> = {
  "3.9": "3.9.23",
  "3.10": "3.10.18",
  "3.11": "3.11.13",
  "3.12": "3.12.11",
  "3.13": "3.13.7",
};

export const python: RepositoryDefinition = {
  names: ["docker.io/library/python", "public.ecr.aws/docker/library/python"],
  build(tag) {
    const word = tag.replace(/-?(alpine|slim|bookworm|bullseye|trixie)[\w.-]*$/, "");
    const version = word === "latest" || word === "" || word === "3" ? "3.13" : versionOf(word);
    if (version === undefined || !isBetween(version, "3.6", "3.14")) return undefined;
    const full = version.split(".").length > 2 ? version : (PYTHON_PATCHES[version] ?? `${version}.0`);
    const isAlpine = /alpine/.test(tag);
    const builder = new FsImageBuilder();
    if (isAlpine) installAlpine(builder);
    else installDebian(builder);
    for (const name of ["python3", "python"])
      builder.executable(`/usr/local/bin/${name}`, { name: "python3", version: full });
    return {
      tree: builder.build(),
      libc: isAlpine ? "musl" : "glibc",
      command: ["python3"],
      env: [DEFAULT_PATH, `PYTHON_VERSION=${full}`],
      sizeBytes: isAlpine ? 17_000_000 : 360_000_000,
    };
  },
};

const REDIS_PATCHES: Readonly<Record<string, string>> = {
  "6": "6.2.19",
  "6.2": "6.2.19",
  "7": "7.4.5",
  "7.0": "7.0.15",
  "7.2": "7.2.10",
  "7.4": "7.4.5",
  "8": "8.2.1",
};

export const redis: RepositoryDefinition = {
  names: ["docker.io/library/redis", "public.ecr.aws/docker/library/redis"],
  build(tag) {
    const word = tag.replace(/-?(alpine|bookworm|bullseye|trixie)[\w.-]*$/, "");
    const version = word === "latest" || word === "" ? "8" : versionOf(word);
    if (version === undefined || !isBetween(version, "5.0", "8.99")) return undefined;
    const full = REDIS_PATCHES[version] ?? version;
    const isAlpine = /alpine/.test(tag);
    const builder = new FsImageBuilder();
    if (isAlpine) installAlpine(builder);
    else installDebian(builder);
    for (const name of ["redis-server", "redis-cli"])
      builder.executable(`/usr/local/bin/${name}`, { name, version: full });
    builder.directory("/data");
    return {
      tree: builder.build(),
      libc: isAlpine ? "musl" : "glibc",
      command: ["redis-server"],
      env: [DEFAULT_PATH, `REDIS_VERSION=${full}`],
      workingDir: "/data",
      sizeBytes: isAlpine ? 17_000_000 : 45_000_000,
    };
  },
};
