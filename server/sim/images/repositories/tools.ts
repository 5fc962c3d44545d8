/** Images people debug with: curlimages/curl, nicolaka/netshoot, and their like. */
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { DEFAULT_PATH, type RepositoryDefinition, versionOf } from "../repository.ts";
import { installAlpine } from "../userland/alpine.ts";

const NEWEST_CURL = "8.14.1";

export const curl: RepositoryDefinition = {
  names: ["docker.io/curlimages/curl", "quay.io/curl/curl"],
  build(tag) {
    const version = tag === "latest" ? NEWEST_CURL : versionOf(tag);
    if (version === undefined) return undefined;
    const user = { name: "curl_user", uid: 100, gid: 101, home: "/home/curl_user", shell: "/sbin/nologin" };
    const builder = installAlpine(new FsImageBuilder(), { users: [user] });
    builder
      .executable("/usr/bin/curl", { name: "curl", version, libc: "musl" })
      .directory("/home/curl_user", { uid: 100, gid: 101 })
      .script(
        "/entrypoint.sh",
        '#!/bin/sh\nset -e\nif [ "${1#-}" != "${1}" ] || [ -z "$(command -v "${1}")" ]; then\n  set -- curl "$@"\nfi\nexec "$@"\n',
      );
    return {
      tree: builder.build(),
      libc: "musl",
      entrypoint: ["/entrypoint.sh"],
      command: ["curl"],
      env: [DEFAULT_PATH],
      workingDir: "/home/curl_user",
      user: { uid: 100, gid: 101 },
      sizeBytes: 9_800_000,
    };
  },
};

const NETSHOOT_PROGRAMS: Readonly<Record<string, string>> = {
  "/usr/bin/curl": "curl",
  "/usr/bin/dig": "dig",
  "/usr/bin/host": "host",
  "/usr/bin/nslookup": "nslookup",
  "/usr/bin/nc": "nc.openbsd",
  "/usr/bin/ncat": "ncat",
  "/bin/ping": "ping",
  "/usr/bin/traceroute": "traceroute",
  "/sbin/ip": "ip",
  "/usr/sbin/ss": "ss",
  "/usr/bin/jq": "jq",
  "/usr/bin/vim": "vim",
  "/usr/bin/tcpdump": "tcpdump",
  "/usr/bin/telnet": "telnet",
  "/bin/bash": "bash",
};

export const netshoot: RepositoryDefinition = {
  names: ["docker.io/nicolaka/netshoot", "ghcr.io/nicolaka/netshoot"],
  build(tag) {
    if (tag !== "latest" && versionOf(tag) === undefined) return undefined;
    const tree = installAlpine(new FsImageBuilder(), { programs: NETSHOOT_PROGRAMS }).build();
    return {
      tree,
      libc: "musl",
      command: ["/bin/bash"],
      env: [DEFAULT_PATH],
      workingDir: "/root",
      sizeBytes: 201_000_000,
    };
  },
};
