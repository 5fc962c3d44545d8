/**
 * What a lesson is, once its folder has been read. The format of the folder is in
 * `lessons/README.md`; `parse.ts` turns texts into these values.
 */
import type { Scenario, World } from "../sim/world-types.ts";

export interface LessonSummary {
  /** Also the folder's name. */
  readonly id: string;
  readonly title: string;
  readonly track: string;
  readonly minutes: number;
  /** One sentence for the list of lessons. */
  readonly summary: string;
  readonly stepCount: number;
}

export interface Lesson extends LessonSummary {
  readonly steps: readonly LessonStep[];
  readonly scenario: Scenario;
  /** A bash script that does what the lesson asks. */
  readonly solution: LessonScript | null;
  /** Other right answers; each must pass. */
  readonly accepted: readonly LessonScript[];
  /** Wrong answers; each must fail and name a flow. */
  readonly wrong: readonly LessonScript[];
}

export interface LessonScript {
  /** File name without `.sh`. */
  readonly name: string;
  readonly script: string;
}

/** One page of the lesson: what lies under one `##` heading. */
export interface LessonStep {
  readonly title: string;
  readonly blocks: readonly LessonBlock[];
}

export type LessonBlock =
  | { readonly kind: "text"; readonly markdown: string }
  /** Commands that can be typed into a terminal with a click, one a line. */
  | { readonly kind: "run"; readonly commands: string; readonly terminal: number }
  /** What the learner will see; not typed. */
  | { readonly kind: "output"; readonly text: string }
  | { readonly kind: "hints"; readonly hints: readonly string[] }
  | { readonly kind: "check"; readonly check: LessonCheck };

/** Everything one Check button asks. Ids count from 0 over the whole lesson. */
export interface LessonCheck {
  readonly id: number;
  readonly parts: readonly CheckPart[];
}

/** One entry of a check, its parameters validated and bound. */
export interface CheckPart {
  /** The name of a check kind in `checks/index.ts`. */
  readonly kind: string;
  /** What is asked, in one sentence, shown when it holds and when it does not. */
  readonly label: string;
  evaluate(world: World): Promise<CheckFinding>;
}

/** What an evaluation found. */
export interface CheckFinding {
  readonly passed: boolean;
  /** Why not, in sentences; empty when passed. */
  readonly reasons: readonly string[];
  /** Flows that end otherwise than they should, the smallest first (bounded). */
  readonly wrongFlows: readonly WrongFlow[];
}

export interface CheckResult {
  readonly passed: boolean;
  readonly parts: readonly CheckPartResult[];
}

export interface CheckPartResult extends CheckFinding {
  readonly label: string;
}

export interface WrongFlow {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly actual: "open" | "closed";
  readonly intended: "open" | "closed";
}

/** A kind of check: registered by one line in `checks/index.ts`, made by `defineCheck`. */
export interface CheckKind {
  readonly name: string;
  /**
   * Validates the YAML under the check's name and binds it. `label` is the author's sentence,
   * if any. Throws `LessonError` with one clear line.
   */
  prepare(raw: unknown, context: CheckContext, label?: string): CheckPart;
}

export interface CheckContext {
  /** Text of another file of the lesson's folder; throws `LessonError` when missing. */
  file(path: string): string;
}

/** A lesson folder that cannot be used: one line that names file, place and what to do. */
export class LessonError extends Error {
  override readonly name = "LessonError";
}
