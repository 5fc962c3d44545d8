/** The test images of the Kubernetes project. */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installAlpine } from "../userland/alpine.ts";

const NEWEST_AGNHOST = "2.53";

/** Alpine with a few network tools and one program that plays many parts. */
export const agnhost: RepositoryDefinition = {
  names: ["registry.k8s.io/e2e-test-images/agnhost", "k8s.gcr.io/e2e-test-images/agnhost", "docker.io/e2eteam/agnhost"],
  build(tag) {
    const version = tag === "latest" ? NEWEST_AGNHOST : versionOf(tag);
    if (version === undefined) return undefined;
    const builder = installAlpine(new FsImageBuilder(), {
      programs: {
        "/usr/bin/curl": "curl",
        "/usr/bin/dig": "dig",
        "/usr/bin/host": "host",
        "/usr/bin/nslookup": "nslookup",
      },
    });
    builder.executable("/agnhost", { name: "agnhost", version });
    return {
      tree: builder.build(),
      libc: "musl",
      entrypoint: ["/agnhost"],
      command: ["pause"],
      env: [DEFAULT_PATH],
      sizeBytes: 54_000_000,
    };
  },
};
