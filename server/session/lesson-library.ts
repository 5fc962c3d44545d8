import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseLesson } from "../lesson/parse.ts";
import { type Lesson, LessonError } from "../lesson/types.ts";
import type { LessonLibrary } from "./services.ts";

const maxFileBytes = 1024 * 1024;

/**
 * Reads every lesson folder, in the order of their names. Throws `LessonError` with one
 * line on the first that cannot be used.
 */
export function loadLessons(root: string): LessonLibrary {
  const lessons = lessonFolders(root).map((id) => loadLesson(root, id));
  const byId = new Map(lessons.map((lesson) => [lesson.id, lesson]));
  return {
    list: () => lessons,
    get: (id) => byId.get(id),
    trackTitle: (track) => track.charAt(0).toUpperCase() + track.slice(1).replaceAll("-", " "),
  };
}

export function lessonFolders(root: string): readonly string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch (cause) {
    throw new LessonError(`the folder of lessons ${root} cannot be read`, { cause });
  }
}

/** Throws `LessonError` that names the file and the line. */
export function loadLesson(root: string, id: string): Lesson {
  return parseLesson(id, readFiles(join(root, id)));
}

/** All files of a folder: path relative to it, with slashes → text. */
function readFiles(folder: string, prefix = ""): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      for (const [name, text] of readFiles(path, `${prefix}${entry.name}/`)) files.set(name, text);
    } else if (entry.isFile()) {
      const bytes = readFileSync(path);
      if (bytes.length > maxFileBytes)
        throw new LessonError(`${prefix}${entry.name} is larger than ${maxFileBytes} bytes`);
      files.set(`${prefix}${entry.name}`, bytes.toString("utf8"));
    }
  }
  return files;
}
