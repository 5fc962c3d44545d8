import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type RepositoryDefinition, versionOf } from "../repository.ts";
import { alpineReleases, installAlpine, NEWEST_ALPINE } from "../userland/alpine.ts";

export const alpine: RepositoryDefinition = {
  names: ["docker.io/library/alpine", "mirror.gcr.io/library/alpine", "public.ecr.aws/docker/library/alpine"],
  build(tag) {
    const version =
      tag === "latest" || tag === "edge" || tag === "3"
        ? NEWEST_ALPINE
        : versionOf(tag)?.split(".").slice(0, 2).join(".");
    if (version === undefined || !alpineReleases().includes(version)) return undefined;
    const tree = installAlpine(new FsImageBuilder(), { release: version }).build();
    return { tree, libc: "musl", command: ["/bin/sh"], env: [DEFAULT_PATH], sizeBytes: 3_642_247 };
  },
};
