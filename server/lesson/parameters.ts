/** Turns the YAML under a check's name into its parameters. */
import type { z } from "zod";
import { LessonError } from "./types.ts";

/** Throws `LessonError` with one clear line. */
export function parseParameters<T>(schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  throw new LessonError(`${path === "" ? "" : `${path}: `}${issue?.message ?? "is not valid"}`);
}
