import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder with `package.json`, from the sources as well as from the built command. */
export function installationRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the installation has no package.json");
    folder = parent;
  }
  return folder;
}

export const defaultLessonFolder = (): string => join(installationRoot(), "lessons");
