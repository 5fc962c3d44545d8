/** Users and groups as /etc/passwd and /etc/group of the machine name them. */
import type { Process } from "../../machine/types.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  readonly shell: string;
}

export interface Group {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

function records(process: Process, path: string): readonly (readonly string[])[] {
  const { fs } = process.machine;
  if (!fs.exists(path)) return [];
  return fs
    .readText(path)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"));
}

export function accounts(process: Process): readonly Account[] {
  return records(process, "/etc/passwd").map(([name = "", , uid, gid, , home = "/", shell = "/bin/sh"]) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
    shell,
  }));
}

export function groups(process: Process): readonly Group[] {
  return records(process, "/etc/group").map(([name = "", , gid, members = ""]) => ({
    name,
    gid: Number(gid),
    members: members.split(",").filter((member) => member !== ""),
  }));
}

export function findAccount(process: Process, nameOrId: string): Account | undefined {
  return accounts(process).find((account) => account.name === nameOrId || String(account.uid) === nameOrId);
}

export function userName(process: Process, uid: number): string {
  return accounts(process).find((account) => account.uid === uid)?.name ?? String(uid);
}

export function groupName(process: Process, gid: number): string {
  return groups(process).find((group) => group.gid === gid)?.name ?? String(gid);
}
