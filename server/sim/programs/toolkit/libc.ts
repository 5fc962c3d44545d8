/** What a program's C library has a say in: the words for a refused system call. */
import { errnoText } from "../../machine/errno.ts";
import type { ErrnoError, Process } from "../../machine/types.ts";

export function libcOf(process: Process): "glibc" | "musl" {
  return process.program.libc ?? process.machine.libc;
}

/** `Connection timed out` with glibc, `Operation timed out` with musl. */
export function reasonOf(process: Process, error: ErrnoError): string {
  return errnoText(error.code, libcOf(process));
}

/** getaddrinfo's words for a name that has no address (`gai_strerror`). */
export function resolveFailureText(
  process: Process,
  failure: "not-found" | "timed-out" | "refused" | "no-server",
): string {
  if (libcOf(process) === "musl") return failure === "not-found" ? "Name does not resolve" : "Try again";
  return failure === "not-found" ? "Name or service not known" : "Temporary failure in name resolution";
}
