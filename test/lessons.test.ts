/**
 * Every lesson, replayed: untouched its check fails, the solution and every accepted answer
 * pass, and every wrong answer fails with a flow that is named.
 */
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { checkLesson } from "../server/cli/lesson.ts";
import { lessonFolders, loadLesson } from "../server/session/lesson-library.ts";
import { processHost } from "../server/session/host.ts";

const root = resolve(import.meta.dirname, "..", "lessons");
const host = processHost((error, context) => {
  throw new Error(`simulator fault in ${context}`, { cause: error });
});

describe.each(lessonFolders(root))("lesson %s", (id) => {
  it("fails untouched, passes with right answers, and names a flow for wrong ones", { timeout: 60_000 }, async () => {
    const findings = await checkLesson(loadLesson(root, id), host);
    const unexpected = findings.filter((finding) => !finding.isAsExpected);
    expect(unexpected).toEqual([]);
    expect(findings.map((finding) => finding.script)).toEqual(expect.arrayContaining(["untouched", "solution"]));
    expect(findings.some((finding) => finding.script.startsWith("wrong/"))).toBe(true);
  });
});
