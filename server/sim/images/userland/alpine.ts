/** Installing Alpine: musl, busybox, and packages beyond it. */
import type { FsImageBuilder } from "../../machine/fs/image.ts";
import { installBusybox } from "./busybox.ts";
import { installEtc, installSkeleton, ROOT_USER, SERVICES_FILE, type User } from "./etc.ts";

/** Release → busybox it ships. */
const BUSYBOX: Readonly<Record<string, string>> = {
  "3.15": "1.34.1",
  "3.16": "1.35.0",
  "3.17": "1.35.0",
  "3.18": "1.36.1",
  "3.19": "1.36.1",
  "3.20": "1.36.1",
  "3.21": "1.37.0",
  "3.22": "1.37.0",
  "3.23": "1.37.0",
};

export const NEWEST_ALPINE = "3.22";

export interface AlpineOptions {
  readonly release?: string;
  readonly users?: readonly User[];
  /** Path → program, on top of busybox. */
  readonly programs?: Readonly<Record<string, string>>;
}

export function alpineReleases(): readonly string[] {
  return Object.keys(BUSYBOX);
}

export function installAlpine(builder: FsImageBuilder, options: AlpineOptions = {}): FsImageBuilder {
  const release = options.release ?? NEWEST_ALPINE;
  installSkeleton(builder);
  builder.directory("/sbin").directory("/lib");
  installEtc(builder, {
    users: [
      ROOT_USER("/bin/sh"),
      { name: "nobody", uid: 65534, gid: 65534, home: "/", shell: "/sbin/nologin", comment: "nobody" },
      ...(options.users ?? []),
    ],
    osRelease: {
      NAME: "Alpine Linux",
      ID: "alpine",
      VERSION_ID: `${release}.1`,
      PRETTY_NAME: `Alpine Linux v${release}`,
      HOME_URL: "https://alpinelinux.org/",
    },
  });
  builder.file("/etc/alpine-release", `${release}.1\n`).file("/etc/services", SERVICES_FILE);
  builder.file(
    "/etc/profile",
    "export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nexport PS1='\\h:\\w\\$ '\n",
  );
  installBusybox(builder, {
    version: BUSYBOX[release] ?? "1.37.0",
    libc: "musl",
    layout: "alpine",
    without: ["telnet", "httpd", "tac"],
  });
  builder.symlink("/usr/bin/tac", "/bin/busybox").executable("/usr/bin/getent", "getent");
  for (const [path, program] of Object.entries(options.programs ?? {}))
    builder.executable(path, { name: program, libc: "musl" });
  return builder;
}
