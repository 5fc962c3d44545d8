import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Database } from "./schema.ts";
import type { Store, StoredProgress, StoredSession } from "./store.ts";

/** The store over any database Kysely speaks to. Takes the connection over: `close` ends it. */
export class KyselyStore implements Store {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async touchLearner(learner: string, nowMs: number): Promise<void> {
    await this.#db
      .insertInto("learners")
      .values({ id: learner, created_ms: nowMs, seen_ms: nowMs })
      .onConflict((conflict) => conflict.column("id").doUpdateSet({ seen_ms: nowMs }))
      .execute();
  }

  async loadProgress(learner: string, lesson: string): Promise<StoredProgress | undefined> {
    const row = await this.#db
      .selectFrom("progress")
      .selectAll()
      .where("learner", "=", learner)
      .where("lesson", "=", lesson)
      .executeTakeFirst();
    return row && progressOf(row);
  }

  async listProgress(learner: string): Promise<readonly StoredProgress[]> {
    const rows = await this.#db
      .selectFrom("progress")
      .selectAll()
      .where("learner", "=", learner)
      .orderBy("updated_ms", "desc")
      .execute();
    return rows.map(progressOf);
  }

  async saveProgress(learner: string, progress: StoredProgress): Promise<void> {
    const values = {
      step: progress.step,
      is_done: progress.isDone ? 1 : 0,
      passed_checks: JSON.stringify(progress.passedChecks),
      hints: JSON.stringify(progress.hints),
      updated_ms: progress.updatedMs,
    };
    await this.#db
      .insertInto("progress")
      .values({ learner, lesson: progress.lesson, ...values })
      .onConflict((conflict) => conflict.columns(["learner", "lesson"]).doUpdateSet(values))
      .execute();
  }

  async loadSession(learner: string, lesson: string): Promise<StoredSession | undefined> {
    const row = await this.#db
      .selectFrom("sessions")
      .select(["state", "updated_ms"])
      .where("learner", "=", learner)
      .where("lesson", "=", lesson)
      .executeTakeFirst();
    return row && { state: row.state, updatedMs: Number(row.updated_ms) };
  }

  async saveSession(learner: string, lesson: string, session: StoredSession): Promise<void> {
    const values = { state: session.state, updated_ms: session.updatedMs };
    await this.#db
      .insertInto("sessions")
      .values({ learner, lesson, ...values })
      .onConflict((conflict) => conflict.columns(["learner", "lesson"]).doUpdateSet(values))
      .execute();
  }

  async deleteSession(learner: string, lesson: string): Promise<void> {
    await this.#db.deleteFrom("sessions").where("learner", "=", learner).where("lesson", "=", lesson).execute();
  }

  async ping(): Promise<void> {
    await sql`select 1`.execute(this.#db);
  }

  async close(): Promise<void> {
    await this.#db.destroy();
  }
}

interface ProgressRow {
  readonly lesson: string;
  readonly step: number;
  readonly is_done: number;
  readonly passed_checks: string;
  readonly hints: string;
  readonly updated_ms: number | string;
}

function progressOf(row: ProgressRow): StoredProgress {
  return {
    lesson: row.lesson,
    step: row.step,
    isDone: row.is_done !== 0,
    passedChecks: numbersIn(row.passed_checks),
    hints: countsIn(row.hints),
    updatedMs: Number(row.updated_ms),
  };
}

function numbersIn(json: string): readonly number[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.filter((item): item is number => typeof item === "number") : [];
}

function countsIn(json: string): Readonly<Record<string, number>> {
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  );
}
