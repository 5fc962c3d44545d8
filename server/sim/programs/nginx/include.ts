import type { FileSystem } from "../../machine/types.ts";

/** The sorted paths a shell pattern of `include` finds; none is no error. */
export function globToPaths(fs: FileSystem, pattern: string): readonly string[] {
  let folders: readonly string[] = [""];
  for (const part of pattern.split("/").slice(1)) {
    folders = folders.flatMap((folder) => {
      if (!/[*?[]/.test(part)) return fs.exists(`${folder}/${part}`) ? [`${folder}/${part}`] : [];
      return matchesIn(fs, folder, part);
    });
  }
  return folders;
}

function matchesIn(fs: FileSystem, folder: string, part: string): readonly string[] {
  const pattern = new RegExp(
    `^${part
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replace(/\*/g, ".*")
      .replace(/\?/g, ".")}$`,
  );
  try {
    const names = fs.readdir(folder === "" ? "/" : folder);
    return names.filter((name) => !name.startsWith(".") && pattern.test(name)).map((name) => `${folder}/${name}`);
  } catch {
    return [];
  }
}
