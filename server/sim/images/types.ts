import type { FileSystem } from "../machine/types.ts";

/** A container image as the kubelet sees it. */
export interface ContainerImage {
  /** As the runtime lists it: `docker.io/library/nginx:1.27`. */
  readonly reference: string;
  readonly digest: string;
  readonly sizeBytes: number;
  /** Simulated time that the first pull on a node takes. */
  readonly pullMs: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: { readonly uid: number; readonly gid: number };
  readonly libc: "glibc" | "musl";
  readonly stopSignal: "SIGTERM" | "SIGQUIT" | "SIGWINCH";
  /** A fresh copy-on-write root file system over this image's immutable tree. */
  createRootFileSystem(): FileSystem;
}

/** Every image the simulated registries hold. */
export interface ImageRegistry {
  /**
   * Normalises and looks up a reference (`nginx`, `busybox:1.30`, `docker.io/library/nginx:alpine`).
   * Any tag of a known repository that could exist resolves; an unknown repository or an
   * impossible tag is undefined, and the kubelet reports ErrImagePull with the runtime's words.
   */
  find(reference: string): ContainerImage | undefined;
  normalise(reference: string): string;
}
