/** /dev: the devices every container and host has. Source: null(4), random(4), full(4). */
import { Errno } from "../errno.ts";
import { BaseFile, NullFile } from "../open-file.ts";
import type { OpenFile } from "../types.ts";
import { type DeviceEnvironment, type FsImage, FsImageBuilder } from "./image.ts";

const DONE: Promise<void> = Promise.resolve();
const DEFAULT_READ_BYTES = 65_536;

/** What one read of a device gives at most: `dd bs=1M` gets whole blocks. */
const LARGEST_READ_BYTES = 1024 * 1024;

class SourceDevice extends BaseFile {
  readonly kind = "device";
  readonly path: string;
  readonly #produce: (length: number) => Uint8Array;
  readonly #isFull: boolean;

  constructor(path: string, produce: (length: number) => Uint8Array, isFull = false) {
    super();
    this.path = path;
    this.#produce = produce;
    this.#isFull = isFull;
  }

  override read(maxBytes = DEFAULT_READ_BYTES): Promise<Uint8Array> {
    return Promise.resolve(this.#produce(Math.min(maxBytes, LARGEST_READ_BYTES)));
  }

  override write(): Promise<void> {
    return this.#isFull ? Promise.reject(new Errno("ENOSPC")) : DONE;
  }
}

const zeros = (length: number): Uint8Array => new Uint8Array(length);

function randomDevice(path: string): (environment: DeviceEnvironment) => OpenFile {
  return (environment) => new SourceDevice(path, (length) => environment.randomBytes(length));
}

/** Without `/dev/tty` and `/dev/std*`, which lead to the process that opens them: see `Process.resolve`. */
export const DEVICE_IMAGE: FsImage = new FsImageBuilder()
  .device("/null", "null", () => new NullFile())
  .device("/zero", "zero", () => new SourceDevice("/dev/zero", zeros))
  .device("/full", "full", () => new SourceDevice("/dev/full", zeros, true))
  .device("/random", "random", randomDevice("/dev/random"))
  .device("/urandom", "urandom", randomDevice("/dev/urandom"))
  .device("/tty", "tty", () => {
    throw new Errno("ENXIO", "/dev/tty");
  })
  .symlink("/fd", "/proc/self/fd")
  .symlink("/stdin", "/proc/self/fd/0")
  .symlink("/stdout", "/proc/self/fd/1")
  .symlink("/stderr", "/proc/self/fd/2")
  .symlink("/ptmx", "pts/ptmx")
  .directory("/pts")
  .directory("/shm", { mode: 0o1777 })
  .directory("/mqueue", { mode: 0o1777 })
  .build();

/** Where a path that means something else to each process leads for process `pid`; else undefined. */
export function processPath(path: string, pid: number): string | undefined {
  if (path.startsWith("/proc/self")) {
    const rest = path.slice("/proc/self".length);
    return rest === "" || rest.startsWith("/") ? `/proc/${pid}${rest}` : undefined;
  }
  if (!path.startsWith("/dev/")) return undefined;
  switch (path) {
    case "/dev/stdin":
      return `/proc/${pid}/fd/0`;
    case "/dev/stdout":
      return `/proc/${pid}/fd/1`;
    case "/dev/stderr":
      return `/proc/${pid}/fd/2`;
    case "/dev/fd":
      return `/proc/${pid}/fd`;
    case "/dev/tty":
      return `/proc/${pid}/tty`;
    default:
      return path.startsWith("/dev/fd/") ? `/proc/${pid}/fd/${path.slice("/dev/fd/".length)}` : undefined;
  }
}
