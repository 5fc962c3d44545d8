/**
 * The refusals of system calls and their texts in glibc 2.36 and musl 1.2.
 * Source: errno(3), glibc `sysdeps/gnu/errlist.h`, musl `src/errno/__strerror.h`.
 */
import type { ErrnoCode, ErrnoError } from "./types.ts";

interface ErrnoEntry {
  readonly number: number;
  readonly glibc: string;
  /** Where musl says it otherwise. */
  readonly musl?: string;
}

const ENTRIES: Readonly<Record<ErrnoCode, ErrnoEntry>> = {
  EPERM: { number: 1, glibc: "Operation not permitted" },
  ENOENT: { number: 2, glibc: "No such file or directory" },
  ESRCH: { number: 3, glibc: "No such process" },
  EINTR: { number: 4, glibc: "Interrupted system call" },
  EIO: { number: 5, glibc: "Input/output error", musl: "I/O error" },
  ENXIO: { number: 6, glibc: "No such device or address" },
  ENOEXEC: { number: 8, glibc: "Exec format error" },
  EBADF: { number: 9, glibc: "Bad file descriptor" },
  ECHILD: { number: 10, glibc: "No child processes", musl: "No child process" },
  EAGAIN: { number: 11, glibc: "Resource temporarily unavailable" },
  ENOMEM: { number: 12, glibc: "Cannot allocate memory", musl: "Out of memory" },
  EACCES: { number: 13, glibc: "Permission denied" },
  EBUSY: { number: 16, glibc: "Device or resource busy", musl: "Resource busy" },
  EEXIST: { number: 17, glibc: "File exists" },
  EXDEV: { number: 18, glibc: "Invalid cross-device link", musl: "Cross-device link" },
  ENOTDIR: { number: 20, glibc: "Not a directory" },
  EISDIR: { number: 21, glibc: "Is a directory" },
  EINVAL: { number: 22, glibc: "Invalid argument" },
  EMFILE: { number: 24, glibc: "Too many open files", musl: "No file descriptors available" },
  ENOTTY: { number: 25, glibc: "Inappropriate ioctl for device", musl: "Not a tty" },
  ETXTBSY: { number: 26, glibc: "Text file busy" },
  EFBIG: { number: 27, glibc: "File too large" },
  ENOSPC: { number: 28, glibc: "No space left on device" },
  EROFS: { number: 30, glibc: "Read-only file system" },
  EPIPE: { number: 32, glibc: "Broken pipe" },
  ENAMETOOLONG: { number: 36, glibc: "File name too long", musl: "Filename too long" },
  ENOSYS: { number: 38, glibc: "Function not implemented" },
  ENOTEMPTY: { number: 39, glibc: "Directory not empty" },
  ELOOP: { number: 40, glibc: "Too many levels of symbolic links", musl: "Symbolic link loop" },
  EDESTADDRREQ: { number: 89, glibc: "Destination address required" },
  EMSGSIZE: { number: 90, glibc: "Message too long", musl: "Message too large" },
  EADDRINUSE: { number: 98, glibc: "Address already in use", musl: "Address in use" },
  EADDRNOTAVAIL: { number: 99, glibc: "Cannot assign requested address", musl: "Address not available" },
  ENETUNREACH: { number: 101, glibc: "Network is unreachable", musl: "Network unreachable" },
  ECONNRESET: { number: 104, glibc: "Connection reset by peer" },
  ENOTCONN: { number: 107, glibc: "Transport endpoint is not connected", musl: "Socket not connected" },
  ETIMEDOUT: { number: 110, glibc: "Connection timed out", musl: "Operation timed out" },
  ECONNREFUSED: { number: 111, glibc: "Connection refused" },
  EHOSTUNREACH: { number: 113, glibc: "No route to host", musl: "Host is unreachable" },
};

/** What `strerror` says. */
export function errnoText(code: ErrnoCode, libc: "glibc" | "musl" = "glibc"): string {
  const entry = ENTRIES[code];
  return libc === "musl" ? (entry.musl ?? entry.glibc) : entry.glibc;
}

/** The number that Linux on x86-64 and arm64 gives this error. */
export function errnoNumber(code: ErrnoCode): number {
  return ENTRIES[code].number;
}

/** A system call's refusal. `message` is glibc's text. */
export class Errno extends Error implements ErrnoError {
  readonly code: ErrnoCode;
  readonly path?: string;

  constructor(code: ErrnoCode, path?: string) {
    super(errnoText(code));
    this.name = "Errno";
    this.code = code;
    if (path !== undefined) this.path = path;
  }

  text(libc: "glibc" | "musl"): string {
    return errnoText(this.code, libc);
  }
}

/** Whether `error` is a system call's refusal, of one of `codes` when any are given. */
export function isErrno(error: unknown, ...codes: readonly ErrnoCode[]): error is Errno {
  return error instanceof Errno && (codes.length === 0 || codes.includes(error.code));
}
