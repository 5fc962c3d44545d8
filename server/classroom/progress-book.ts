import { checksOf } from "../lesson/grade.ts";
import type { Lesson } from "../lesson/types.ts";
import type { ProgressView } from "../protocol.ts";
import type { Store, StoredProgress } from "../store/store.ts";

/** How far each learner is in each lesson. */
export class ProgressBook {
  readonly #store: Store;
  readonly #now: () => number;
  /** Changes of one record follow one another, so that two tabs lose nothing of each other. */
  readonly #queues = new Map<string, Promise<unknown>>();

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  async view(learner: string, lesson: Lesson): Promise<ProgressView> {
    return viewProgress(await this.#store.loadProgress(learner, lesson.id));
  }

  /** Latest first. */
  async list(learner: string): Promise<readonly StoredProgress[]> {
    return this.#store.listProgress(learner);
  }

  /** A lesson without checks is done when its last step is opened. */
  async moveTo(learner: string, lesson: Lesson, step: number): Promise<ProgressView> {
    return this.#change(learner, lesson, (before) => ({
      ...before,
      step,
      isDone: before.isDone || (checkIdsOf(lesson).length === 0 && step >= lesson.steps.length - 1),
    }));
  }

  async checkPassed(learner: string, lesson: Lesson, checkId: number): Promise<ProgressView> {
    return this.#change(learner, lesson, (before) => {
      const passedChecks = [...new Set([...before.passedChecks, checkId])].sort((a, b) => a - b);
      const isDone = before.isDone || checkIdsOf(lesson).every((id) => passedChecks.includes(id));
      return { ...before, passedChecks, isDone };
    });
  }

  /** Counts a hint block's hints as shown up to `count`. */
  async showHints(learner: string, lesson: Lesson, block: string, count: number): Promise<void> {
    await this.#change(learner, lesson, (before) => ({
      ...before,
      hints: { ...before.hints, [block]: Math.max(count, before.hints[block] ?? 0) },
    }));
  }

  async hintsShown(learner: string, lesson: Lesson): Promise<Readonly<Record<string, number>>> {
    return (await this.#store.loadProgress(learner, lesson.id))?.hints ?? {};
  }

  async #change(
    learner: string,
    lesson: Lesson,
    change: (before: StoredProgress) => StoredProgress,
  ): Promise<ProgressView> {
    const key = `${learner}/${lesson.id}`;
    const work = (this.#queues.get(key) ?? Promise.resolve()).then(async () => {
      const before = (await this.#store.loadProgress(learner, lesson.id)) ?? emptyProgress(lesson.id);
      const after = { ...change(before), updatedMs: this.#now() };
      await this.#store.saveProgress(learner, after);
      return viewProgress(after);
    });
    const settled = work.catch(() => undefined);
    this.#queues.set(key, settled);
    try {
      return await work;
    } finally {
      if (this.#queues.get(key) === settled) this.#queues.delete(key);
    }
  }
}

export function viewProgress(stored: StoredProgress | undefined): ProgressView {
  if (!stored) return { step: 0, status: "new", passed: [] };
  return { step: stored.step, status: stored.isDone ? "done" : "started", passed: stored.passedChecks };
}

function emptyProgress(lesson: string): StoredProgress {
  return { lesson, step: 0, isDone: false, passedChecks: [], hints: {}, updatedMs: 0 };
}

function checkIdsOf(lesson: Lesson): readonly number[] {
  return checksOf(lesson).map(({ id }) => id);
}
