/**
 * What is remembered between two starts of the server: learners, how far they
 * are, and their sleeping worlds. `open.ts` picks the database.
 */

export interface Store {
  /** Notes that this learner was here; creates the record on the first visit. */
  touchLearner(learner: string, nowMs: number): Promise<void>;

  loadProgress(learner: string, lesson: string): Promise<StoredProgress | undefined>;
  /** Latest first. */
  listProgress(learner: string): Promise<readonly StoredProgress[]>;
  saveProgress(learner: string, progress: StoredProgress): Promise<void>;

  loadSession(learner: string, lesson: string): Promise<StoredSession | undefined>;
  saveSession(learner: string, lesson: string, session: StoredSession): Promise<void>;
  deleteSession(learner: string, lesson: string): Promise<void>;

  /** Rejects when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface StoredProgress {
  readonly lesson: string;
  readonly step: number;
  readonly isDone: boolean;
  readonly passedChecks: readonly number[];
  /** Hint block → how many were asked for. */
  readonly hints: Readonly<Record<string, number>>;
  readonly updatedMs: number;
}

export interface StoredSession {
  /** JSON text; the session room alone knows its shape. */
  readonly state: string;
  readonly updatedMs: number;
}

/** The database cannot be used: one line that says what to do. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}
