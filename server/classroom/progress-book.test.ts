import { describe, expect, test } from "vitest";
import type { Lesson } from "../lesson/types.ts";
import { openStore } from "../store/open.ts";
import { ProgressBook } from "./progress-book.ts";

const check = (id: number) => ({ kind: "check", check: { id, parts: [] } }) as const;
const lessonWith = (checks: readonly number[]): Lesson => ({
  id: "one",
  title: "One",
  track: "tutorial",
  minutes: 1,
  summary: "",
  stepCount: 2,
  steps: [
    { title: "First", blocks: checks.map(check) },
    { title: "Second", blocks: [] },
  ],
  scenario: {},
  solution: null,
  accepted: [],
  wrong: [],
});

async function createBook(): Promise<ProgressBook> {
  let nowMs = 0;
  return new ProgressBook(await openStore({ kind: "memory" }), () => ++nowMs);
}

describe("the progress book", () => {
  test("a lesson is done when its last check has passed, whatever the step", async () => {
    const book = await createBook();
    const lesson = lessonWith([0, 1]);
    expect(await book.view("anna", lesson)).toEqual({ step: 0, status: "new", passed: [] });
    expect(await book.checkPassed("anna", lesson, 1)).toMatchObject({ status: "started", passed: [1] });
    expect(await book.moveTo("anna", lesson, 1)).toMatchObject({ status: "started", step: 1 });
    expect(await book.checkPassed("anna", lesson, 0)).toEqual({ step: 1, status: "done", passed: [0, 1] });
    expect(await book.moveTo("anna", lesson, 0)).toMatchObject({ status: "done", step: 0 });
  });

  test("a lesson without checks is done when its last step is opened", async () => {
    const book = await createBook();
    expect(await book.moveTo("anna", lessonWith([]), 0)).toMatchObject({ status: "started" });
    expect(await book.moveTo("anna", lessonWith([]), 1)).toMatchObject({ status: "done" });
  });

  test("changes made at the same moment lose nothing of each other", async () => {
    const book = await createBook();
    const lesson = lessonWith([0, 1, 2]);
    await Promise.all([0, 1, 2].map((id) => book.checkPassed("anna", lesson, id)));
    expect((await book.view("anna", lesson)).passed).toEqual([0, 1, 2]);
  });

  test("hints once shown stay shown", async () => {
    const book = await createBook();
    const lesson = lessonWith([]);
    await book.showHints("anna", lesson, "0/1", 2);
    await book.showHints("anna", lesson, "0/1", 1);
    expect(await book.hintsShown("anna", lesson)).toEqual({ "0/1": 2 });
    expect(await book.hintsShown("ben", lesson)).toEqual({});
  });
});
