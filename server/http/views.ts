import { viewProgress } from "../classroom/progress-book.ts";
import type { CheckResult, Lesson, LessonSummary } from "../lesson/types.ts";
import type { BlockView, CheckView, LessonCard, LessonList, LessonView, ProgressView, TrackView } from "../protocol.ts";
import type { LessonLibrary } from "../session/services.ts";
import type { StoredProgress } from "../store/store.ts";

/** The home page's list, with this learner's progress. */
export function viewLessonList(
  library: LessonLibrary,
  progress: readonly StoredProgress[],
  version: string,
): LessonList {
  const byLesson = new Map(progress.map((entry) => [entry.lesson, entry]));
  const tracks = new Map<string, LessonCard[]>();
  for (const lesson of library.list()) {
    const cards = tracks.get(lesson.track) ?? [];
    cards.push(viewCard(lesson, byLesson.get(lesson.id)));
    tracks.set(lesson.track, cards);
  }
  return {
    tracks: [...tracks].map(([id, lessons]): TrackView => ({ id, title: library.trackTitle(id), lessons })),
    continue: viewContinue(library, progress),
    version,
  };
}

function viewContinue(library: LessonLibrary, progress: readonly StoredProgress[]): LessonList["continue"] {
  for (const entry of progress) {
    if (entry.isDone) continue;
    const lesson = library.get(entry.lesson);
    const summary = library.list().find(({ id }) => id === entry.lesson);
    if (!lesson || !summary) continue;
    const stepTitle = lesson.steps[entry.step]?.title ?? "";
    return { lesson: viewCard(summary, entry), stepTitle, at: entry.updatedMs };
  }
  return null;
}

function viewCard(lesson: LessonSummary, progress: StoredProgress | undefined): LessonCard {
  const { id, title, summary, minutes, stepCount } = lesson;
  return { id, title, summary, minutes, stepCount, progress: viewProgress(progress) };
}

export function viewLesson(
  lesson: Lesson,
  library: LessonLibrary,
  progress: ProgressView,
  hintsShown: Readonly<Record<string, number>>,
): LessonView {
  const siblings = library.list().filter(({ track }) => track === lesson.track);
  const place = siblings.findIndex(({ id }) => id === lesson.id);
  const next = siblings[place + 1];
  return {
    id: lesson.id,
    title: lesson.title,
    track: lesson.track,
    trackTitle: library.trackTitle(lesson.track),
    minutes: lesson.minutes,
    place: place + 1,
    placeCount: siblings.length,
    steps: lesson.steps.map((step, stepIndex) => ({
      title: step.title,
      blocks: step.blocks.map((block, blockIndex) => viewBlock(block, `${stepIndex}/${blockIndex}`, hintsShown)),
    })),
    hasSolution: lesson.solution !== null,
    progress,
    next: place >= 0 && next ? { id: next.id, title: next.title } : null,
  };
}

function viewBlock(
  block: Lesson["steps"][number]["blocks"][number],
  id: string,
  hintsShown: Readonly<Record<string, number>>,
): BlockView {
  switch (block.kind) {
    case "text":
    case "run":
    case "output":
      return block;
    case "hints":
      return { kind: "hints", id, count: block.hints.length, shown: block.hints.slice(0, hintsShown[id] ?? 0) };
    case "check":
      return { kind: "check", id: block.check.id, labels: block.check.parts.map(({ label }) => label) };
  }
}

/** The hints of the block `STEP/BLOCK`; undefined when there is no such block. */
export function hintsOf(lesson: Lesson, block: string): readonly string[] | undefined {
  const [step = -1, index = -1] = block.split("/").map(Number);
  const found = lesson.steps[step]?.blocks[index];
  return found?.kind === "hints" ? found.hints : undefined;
}

export function viewCheck(id: number, result: CheckResult, finishedLesson: boolean): CheckView {
  return {
    id,
    passed: result.passed,
    parts: result.parts.map(({ label, passed, reasons, wrongFlows }) => ({ label, passed, reasons, wrongFlows })),
    finishedLesson,
  };
}
