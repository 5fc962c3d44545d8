/** The shells this interpreter can be: bash 5.2, dash 0.5.12 (`/bin/sh` of Debian), busybox 1.36 ash. */
export type Flavour = "bash" | "dash" | "ash";

export const BASH_VERSION = "5.2.15(1)-release";
export const BASH_VERSION_FIELDS: readonly string[] = ["5", "2", "15", "1", "release", "x86_64-pc-linux-gnu"];

/** What dash and ash print for a system call's refusal of a file. */
export function posixOpenReason(code: string, isCreating: boolean, flavour: Flavour): string | undefined {
  if (code === "ENOENT") {
    if (flavour === "dash") return isCreating ? "Directory nonexistent" : "No such file";
    return isCreating ? "nonexistent directory" : "no such file";
  }
  if (code === "ENOTDIR" && isCreating) return flavour === "dash" ? "Directory nonexistent" : "nonexistent directory";
  return undefined;
}
