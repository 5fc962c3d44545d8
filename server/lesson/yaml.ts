/** Reading YAML with errors that name file and line. */
import { parseDocument } from "yaml";
import { LessonError } from "./types.ts";

/** Parses YAML; errors name the line in the surrounding file. */
export function parseYaml(text: string, file: string, firstLine = 1): unknown {
  const document = parseDocument(text, { prettyErrors: false });
  const error = document.errors[0];
  if (error) {
    const line = firstLine + text.slice(0, error.pos[0]).split("\n").length - 1;
    throw new LessonError(`${file}:${line}: ${error.message.split("\n")[0]}`);
  }
  return document.toJS() as unknown;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
