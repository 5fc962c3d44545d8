/** Login names, from /etc/passwd of the machine. */
import type { Process } from "../machine/types.ts";

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly home: string;
}

export function accounts(process: Process): readonly Account[] {
  try {
    return process.machine.fs
      .readText("/etc/passwd")
      .split("\n")
      .filter((line) => line.includes(":"))
      .map((line) => {
        const fields = line.split(":");
        return { name: fields[0] ?? "", uid: Number(fields[2]), home: fields[5] ?? "/" };
      });
  } catch {
    return [];
  }
}

export function homeOf(process: Process, user: string | undefined): string | undefined {
  const found = accounts(process).find((account) =>
    user === undefined ? account.uid === process.credentials.uid : account.name === user,
  );
  return found?.home;
}

export function userName(process: Process): string {
  const { uid } = process.credentials;
  return accounts(process).find((account) => account.uid === uid)?.name ?? (uid === 0 ? "root" : "I have no name!");
}
