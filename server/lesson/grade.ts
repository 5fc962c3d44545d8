/** Runs a check against a world. Reads only; nothing in the world changes but time. */
import type { World } from "../sim/world-types.ts";
import type { CheckPartResult, CheckResult, Lesson, LessonCheck } from "./types.ts";

export async function gradeCheck(check: LessonCheck, world: World): Promise<CheckResult> {
  const parts: CheckPartResult[] = [];
  for (const part of check.parts) parts.push({ ...(await part.evaluate(world)), label: part.label });
  return { passed: parts.every((part) => part.passed), parts };
}

export function checksOf(lesson: Lesson): readonly LessonCheck[] {
  return lesson.steps.flatMap((step) => step.blocks.flatMap((block) => (block.kind === "check" ? [block.check] : [])));
}
