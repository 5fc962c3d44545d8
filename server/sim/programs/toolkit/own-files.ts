import type { FileSystem, OpenFile, Process } from "../../machine/types.ts";

const MAX_LINKS = 16;

/**
 * Opens a file to append to, through symbolic links that lead to `/dev/stdout` and their like,
 * which mean this process's own descriptors. Throws Errno. The caller releases it.
 */
export function openToAppend(process: Process, path: string): OpenFile {
  const { fs } = process.machine;
  let current = path;
  for (let hops = 0; hops < MAX_LINKS; hops++) {
    const own = process.resolve(current);
    if (own !== current && own.startsWith("/proc/")) {
      const descriptor = Number(own.slice(own.lastIndexOf("/") + 1));
      const file = process.fds.get(descriptor);
      if (file) return file.retain();
    }
    const target = linkTarget(fs, current);
    if (target === undefined) break;
    current = target.startsWith("/") ? target : `${current.slice(0, current.lastIndexOf("/"))}/${target}`;
  }
  return fs.open(process.resolve(current), "a", { as: process.credentials });
}

/** Undefined for what is no link, or is not there. */
function linkTarget(fs: FileSystem, path: string): string | undefined {
  try {
    return fs.lstat(path).kind === "symlink" ? fs.readlink(path) : undefined;
  } catch {
    return undefined;
  }
}
