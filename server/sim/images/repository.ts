/** What is known of a repository of images: which tags exist, and what an image of a tag holds. */
import type { FsImage } from "../machine/fs/image.ts";

export interface RepositoryDefinition {
  /** `docker.io/library/nginx`, and other names under which the same images are served. */
  readonly names: readonly string[];
  /** Undefined when there is no such tag. Called once a tag and process. */
  build(tag: string): ImageBuild | undefined;
}

export interface ImageBuild {
  readonly tree: FsImage;
  readonly libc: "glibc" | "musl";
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stopSignal?: "SIGTERM" | "SIGQUIT" | "SIGWINCH";
  /** Compressed size, which decides how long a pull takes. */
  readonly sizeBytes: number;
}

export const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The version in a tag such as `1.27.3-alpine`: digits and dots in front; undefined for words. */
export function versionOf(tag: string): string | undefined {
  return /^v?(\d+(?:\.\d+)*)(?:$|[-_+.])/.exec(tag)?.[1];
}

/** Compares dotted versions by number. */
export function compareVersions(left: string, right: string): number {
  const a = left.split(".").map(Number);
  const b = right.split(".").map(Number);
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const order = (a[index] ?? 0) - (b[index] ?? 0);
    if (order !== 0) return order;
  }
  return 0;
}

/** `"1.27"` lies between `"1.0"` and `"1.31"`; a shorter tag stands for its newest patch. */
export function isBetween(version: string, lowest: string, highest: string): boolean {
  const parts = version.split(".").length;
  const cut = highest.split(".").slice(0, parts).join(".");
  return compareVersions(version, lowest) >= 0 && compareVersions(version, cut) <= 0;
}
