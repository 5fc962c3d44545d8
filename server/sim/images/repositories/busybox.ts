import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, isBetween, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installBusybox } from "../userland/busybox.ts";
import { installEtc, installSkeleton, ROOT_USER } from "../userland/etc.ts";

const NEWEST = "1.37.0";
const PATCHES: Readonly<Record<string, string>> = {
  "1.28": "1.28.4",
  "1.30": "1.30.1",
  "1.31": "1.31.1",
  "1.33": "1.33.1",
  "1.34": "1.34.1",
  "1.36": "1.36.1",
};

/** The official image: upstream's default configuration. */
export const busybox: RepositoryDefinition = {
  names: [
    "docker.io/library/busybox",
    "registry.k8s.io/busybox",
    "gcr.io/google-containers/busybox",
    "registry.k8s.io/e2e-test-images/busybox",
    "quay.io/quay/busybox",
    "mirror.gcr.io/library/busybox",
    "public.ecr.aws/docker/library/busybox",
  ],
  build(tag) {
    const flavour = /^(.*?)(?:-?(glibc|musl|uclibc))?$/.exec(tag);
    const word = flavour?.[1] ?? tag;
    const version =
      word === "latest" || word === "stable" || word === "unstable" || word === "" ? NEWEST : versionOf(word);
    if (version === undefined || !isBetween(version, "1.21", NEWEST)) return undefined;
    const libc = flavour?.[2] === "musl" ? "musl" : "glibc";
    const builder = new FsImageBuilder();
    installSkeleton(builder);
    installEtc(builder, {
      users: [
        ROOT_USER("/bin/sh"),
        { name: "nobody", uid: 65534, gid: 65534, home: "/home", shell: "/bin/false", comment: "nobody" },
      ],
      osRelease: {},
    });
    builder.remove("/etc/os-release");
    const short = version.split(".").slice(0, 2).join(".");
    installBusybox(builder, {
      version: version.split(".").length > 2 ? version : (PATCHES[short] ?? `${short}.0`),
      libc,
      layout: "flat",
    });
    return { tree: builder.build(), libc, command: ["sh"], env: [DEFAULT_PATH], sizeBytes: 2_223_685 };
  },
};
