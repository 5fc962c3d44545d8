import type { ColumnType } from "kysely";

/** PostgreSQL returns BIGINT as text, SQLite as a number; both take numbers. */
type Milliseconds = ColumnType<number | string, number, number>;

export interface Database {
  readonly learners: {
    readonly id: string;
    readonly created_ms: Milliseconds;
    readonly seen_ms: Milliseconds;
  };
  readonly progress: {
    readonly learner: string;
    readonly lesson: string;
    readonly step: number;
    readonly is_done: number;
    readonly passed_checks: string;
    readonly hints: string;
    readonly updated_ms: Milliseconds;
  };
  readonly sessions: {
    readonly learner: string;
    readonly lesson: string;
    readonly state: string;
    readonly updated_ms: Milliseconds;
  };
}
