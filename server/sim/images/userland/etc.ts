/** Small files that every distribution has in /etc. */
import type { FsImageBuilder } from "../../machine/fs/image.ts";

export interface User {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
  readonly comment?: string;
}

export interface EtcOptions {
  readonly users: readonly User[];
  /** `name:gid:members` lines beside each user's own group. */
  readonly groups?: readonly { readonly name: string; readonly gid: number; readonly members?: readonly string[] }[];
  readonly osRelease: Readonly<Record<string, string>>;
}

export const ROOT_USER = (shell: string): User => ({
  name: "root",
  uid: 0,
  gid: 0,
  home: "/root",
  shell,
  comment: "root",
});

export function installEtc(builder: FsImageBuilder, options: EtcOptions): FsImageBuilder {
  const users = options.users.map(
    ({ name, uid, gid, comment = "", home, shell }) => `${name}:x:${uid}:${gid}:${comment}:${home}:${shell}\n`,
  );
  const own = options.users
    .filter((user) => !options.groups?.some((group) => group.gid === user.gid))
    .map((user) => ({ name: user.name, gid: user.gid, members: [] as readonly string[] }));
  const groups = [...own, ...(options.groups ?? [])].map(
    ({ name, gid, members = [] }) => `${name}:x:${gid}:${members.join(",")}\n`,
  );
  const release = Object.entries(options.osRelease).map(
    ([key, value]) => `${key}=${/[^\w.-]/.test(value) ? `"${value}"` : value}\n`,
  );
  return builder
    .file("/etc/passwd", users.join(""))
    .file("/etc/group", groups.join(""))
    .file("/etc/shadow", options.users.map(({ name }) => `${name}:*:19839:0:99999:7:::\n`).join(""), {
      mode: 0o640,
      gid: 42,
    })
    .file("/etc/os-release", release.join(""))
    .file("/etc/hostname", "")
    .file("/etc/hosts", "127.0.0.1\tlocalhost\n")
    .file("/etc/resolv.conf", "")
    .file("/etc/nsswitch.conf", "passwd:         files\ngroup:          files\nhosts:          files dns\n");
}

/** The folders every root has, with the modes they have. */
export function installSkeleton(builder: FsImageBuilder): FsImageBuilder {
  for (const folder of [
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/proc",
    "/sys",
    "/usr",
    "/usr/bin",
    "/usr/sbin",
    "/usr/local/bin",
    "/var",
    "/var/log",
    "/run",
    "/opt",
    "/mnt",
    "/srv",
  ]) {
    builder.directory(folder);
  }
  return builder
    .directory("/root", { mode: 0o700 })
    .directory("/tmp", { mode: 0o1777 })
    .directory("/var/tmp", { mode: 0o1777 });
}

/** /etc/bash.bashrc of Debian and Ubuntu: the prompt of interactive shells that are no login shells. */
export const SYSTEM_BASHRC = `# System-wide .bashrc file for interactive bash(1) shells.

# If not running interactively, don't do anything
[ -z "$PS1" ] && return

PS1='\\u@\\h:\\w\\$ '
`;

/** /etc/services, the part that tools print names of. */
export const SERVICES_FILE = `ftp\t\t21/tcp
ssh\t\t22/tcp
telnet\t\t23/tcp
smtp\t\t25/tcp\t\tmail
domain\t\t53/tcp
domain\t\t53/udp
http\t\t80/tcp\t\twww
kerberos\t88/tcp
pop3\t\t110/tcp
ntp\t\t123/udp
imap2\t\t143/tcp\t\timap
ldap\t\t389/tcp
https\t\t443/tcp
https\t\t443/udp
mysql\t\t3306/tcp
postgresql\t5432/tcp
redis\t\t6379/tcp
http-alt\t8080/tcp\twebcache
`;
