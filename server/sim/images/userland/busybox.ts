/** Installing busybox: one binary, a name for each applet. */
import type { FsImageBuilder } from "../../machine/fs/image.ts";

/** What upstream's default configuration builds, as far as the simulation has it; the house test compares. */
const APPLETS: readonly string[] = [
  "[",
  "arp",
  "ash",
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
  "free",
  "grep",
  "gunzip",
  "gzip",
  "head",
  "hexdump",
  "hostname",
  "id",
  "ifconfig",
  "install",
  "ip",
  "kill",
  "killall",
  "less",
  "ln",
  "ls",
  "md5sum",
  "mkdir",
  "mkfifo",
  "mktemp",
  "more",
  "mv",
  "nc",
  "netstat",
  "nice",
  "nl",
  "nohup",
  "nproc",
  "nslookup",
  "od",
  "paste",
  "pgrep",
  "pidof",
  "ping",
  "ping6",
  "pkill",
  "printenv",
  "printf",
  "ps",
  "pwd",
  "readlink",
  "realpath",
  "reset",
  "rev",
  "rm",
  "rmdir",
  "route",
  "sed",
  "seq",
  "setsid",
  "sh",
  "sha1sum",
  "sha256sum",
  "sha512sum",
  "sleep",
  "sort",
  "split",
  "stat",
  "stty",
  "su",
  "sync",
  "tac",
  "tail",
  "tar",
  "tee",
  "telnet",
  "test",
  "timeout",
  "touch",
  "tr",
  "traceroute",
  "tree",
  "true",
  "truncate",
  "tty",
  "uname",
  "uniq",
  "uptime",
  "usleep",
  "vi",
  "watch",
  "wc",
  "wget",
  "which",
  "whoami",
  "xargs",
  "yes",
  "zcat",
  "httpd",
];

export interface BusyboxOptions {
  readonly version: string;
  readonly libc: "glibc" | "musl";
  /** Applets this distribution leaves out. */
  readonly without?: readonly string[];
  /** Debian's busybox image has hard links in /bin; Alpine has symlinks spread over four folders. */
  readonly layout: "flat" | "alpine";
}

const ALPINE_FOLDERS: readonly (readonly [folder: string, names: string])[] = [
  [
    "/bin",
    "ash base64 cat chgrp chmod chown cp date dd df echo egrep false fgrep grep gunzip gzip hostname kill ln ls mkdir mktemp more mv netstat nice pidof ping ping6 printenv ps pwd rev rm rmdir sed sh sleep stat su sync tar touch true uname usleep watch zcat",
  ],
  ["/sbin", "arp ifconfig ip route"],
];

export function installBusybox(builder: FsImageBuilder, options: BusyboxOptions): FsImageBuilder {
  builder.executable(
    "/bin/busybox",
    { name: "busybox", version: options.version, libc: options.libc },
    { sizeBytes: 1_131_168 },
  );
  for (const applet of APPLETS) {
    if (options.without?.includes(applet)) continue;
    if (options.layout === "flat") builder.link(`/bin/${applet}`, "/bin/busybox");
    else builder.symlink(`${alpineFolder(applet)}/${applet}`, "/bin/busybox");
  }
  return builder;
}

function alpineFolder(applet: string): string {
  return ALPINE_FOLDERS.find(([, names]) => names.split(" ").includes(applet))?.[0] ?? "/usr/bin";
}

export const busyboxApplets = APPLETS;
