/** Installing Debian 12: what the slim base image holds, and packages beyond it. */
import type { FsImageBuilder } from "../../machine/fs/image.ts";
import { installEtc, installSkeleton, ROOT_USER, SERVICES_FILE, SYSTEM_BASHRC, type User } from "./etc.ts";

const BASE: readonly string[] = [
  "[",
  "arch",
  "awk",
  "base64",
  "basename",
  "cat",
  "chgrp",
  "chmod",
  "chown",
  "clear",
  "cmp",
  "comm",
  "cp",
  "cut",
  "date",
  "dd",
  "df",
  "diff",
  "dirname",
  "du",
  "echo",
  "egrep",
  "env",
  "expand",
  "expr",
  "false",
  "fgrep",
  "find",
  "fold",
  "getent",
  "grep",
  "groups",
  "gunzip",
  "gzip",
  "head",
  "hostname",
  "id",
  "install",
  "join",
  "ln",
  "logname",
  "ls",
  "md5sum",
  "mkdir",
  "mkfifo",
  "mktemp",
  "more",
  "mv",
  "nice",
  "nl",
  "nohup",
  "nproc",
  "numfmt",
  "od",
  "paste",
  "printenv",
  "printf",
  "pwd",
  "readlink",
  "realpath",
  "reset",
  "rev",
  "rm",
  "rmdir",
  "sed",
  "seq",
  "setsid",
  "sha1sum",
  "sha256sum",
  "sha512sum",
  "shuf",
  "sleep",
  "sort",
  "split",
  "stat",
  "stdbuf",
  "stty",
  "su",
  "sync",
  "tac",
  "tail",
  "tar",
  "tee",
  "test",
  "timeout",
  "touch",
  "tput",
  "tr",
  "true",
  "truncate",
  "tty",
  "uname",
  "uniq",
  "wc",
  "which",
  "whoami",
  "xargs",
  "yes",
  "zcat",
];

/** Packages of Debian by the programs they bring: path → program reference. */
export const DEBIAN_PACKAGES = {
  procps: {
    free: "free",
    kill: "kill",
    pgrep: "pgrep",
    pkill: "pkill",
    ps: "ps",
    uptime: "uptime",
    watch: "watch",
    pidof: "pidof",
  },
  psmisc: { killall: "killall" },
  curl: { curl: "curl" },
  wget: { wget: "wget" },
  "iputils-ping": { ping: "ping" },
  "netcat-openbsd": { nc: "nc.openbsd", netcat: "nc.openbsd" },
  dnsutils: { dig: "dig", host: "host", nslookup: "nslookup" },
  iproute2: { ip: "ip", ss: "ss" },
  "net-tools": { ifconfig: "ifconfig", netstat: "netstat", route: "route", arp: "arp" },
  traceroute: { traceroute: "traceroute" },
  tcpdump: { tcpdump: "tcpdump" },
  telnet: { telnet: "telnet" },
  vim: { vim: "vim", vi: "vim", view: "vim" },
  less: { less: "less" },
  jq: { jq: "jq" },
  tree: { tree: "tree" },
  bsdextrautils: { column: "column", hexdump: "hexdump" },
  xxd: { xxd: "xxd" },
  gettext: { envsubst: "envsubst" },
  sudo: { sudo: "sudo" },
  bc: { bc: "bc" },
  "bash-completion": {},
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>;

export type DebianPackage = keyof typeof DEBIAN_PACKAGES;

export interface DebianOptions {
  readonly packages?: readonly DebianPackage[];
  readonly release?: DebianRelease;
  readonly users?: readonly User[];
  readonly groups?: readonly { readonly name: string; readonly gid: number; readonly members?: readonly string[] }[];
}

/** What tells one release of the family from another: /etc/os-release and /etc/debian_version. */
export interface DebianRelease {
  readonly osRelease: Readonly<Record<string, string>>;
  readonly debianVersion: string;
}

export const DEBIAN_12: DebianRelease = {
  osRelease: {
    PRETTY_NAME: "Debian GNU/Linux 12 (bookworm)",
    NAME: "Debian GNU/Linux",
    VERSION_ID: "12",
    VERSION: "12 (bookworm)",
    VERSION_CODENAME: "bookworm",
    ID: "debian",
    HOME_URL: "https://www.debian.org/",
    SUPPORT_URL: "https://www.debian.org/support",
    BUG_REPORT_URL: "https://bugs.debian.org/",
  },
  debianVersion: "12.11",
};

const SYSTEM_GROUPS = [
  { name: "daemon", gid: 1 },
  { name: "adm", gid: 4 },
  { name: "tty", gid: 5 },
  { name: "sudo", gid: 27 },
  { name: "www-data", gid: 33 },
  { name: "shadow", gid: 42 },
  { name: "users", gid: 100 },
  { name: "nogroup", gid: 65534 },
];

export function installDebian(builder: FsImageBuilder, options: DebianOptions = {}): FsImageBuilder {
  const release = options.release ?? DEBIAN_12;
  installSkeleton(builder);
  installEtc(builder, {
    users: [
      ROOT_USER("/bin/bash"),
      { name: "daemon", uid: 1, gid: 1, home: "/usr/sbin", shell: "/usr/sbin/nologin", comment: "daemon" },
      { name: "www-data", uid: 33, gid: 33, home: "/var/www", shell: "/usr/sbin/nologin", comment: "www-data" },
      { name: "nobody", uid: 65534, gid: 65534, home: "/nonexistent", shell: "/usr/sbin/nologin", comment: "nobody" },
      ...(options.users ?? []),
    ],
    groups: mergeGroups(options.groups ?? []),
    osRelease: release.osRelease,
  });
  builder
    .file("/etc/debian_version", `${release.debianVersion}\n`)
    .file("/etc/bash.bashrc", SYSTEM_BASHRC)
    .file("/etc/services", SERVICES_FILE)
    .file("/etc/shells", "/bin/sh\n/bin/bash\n");
  builder
    .remove("/bin")
    .symlink("/bin", "usr/bin")
    .symlink("/sbin", "usr/sbin")
    .symlink("/lib", "usr/lib")
    .directory("/usr/lib");
  builder.executable("/usr/bin/bash", "bash", { sizeBytes: 1_265_648 });
  builder.executable("/usr/bin/dash", "dash", { sizeBytes: 125_640 });
  builder.symlink("/usr/bin/sh", "dash");
  for (const name of BASE) builder.executable(`/usr/bin/${name}`, name);
  return installPackages(builder, options.packages ?? []);
}

function mergeGroups(extra: NonNullable<DebianOptions["groups"]>) {
  const names = new Set(extra.map((group) => group.name));
  return [...SYSTEM_GROUPS.filter((group) => !names.has(group.name)), ...extra];
}

export function installPackages(builder: FsImageBuilder, packages: readonly DebianPackage[]): FsImageBuilder {
  for (const name of packages) {
    for (const [file, program] of Object.entries(DEBIAN_PACKAGES[name])) {
      builder.executable(`/usr/bin/${file}`, program === "wget" ? { name: "wget", version: "gnu 1.21.3" } : program);
    }
  }
  return builder;
}

export const debianBasePrograms = BASE;
