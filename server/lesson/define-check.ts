import type { World } from "../sim/world-types.ts";
import type { CheckContext, CheckFinding, CheckKind } from "./types.ts";

export interface CheckDefinition<Parameters> {
  readonly name: string;
  /** Throws `LessonError` with one clear line. */
  parse(raw: unknown, context: CheckContext): Parameters;
  /** The sentence that says what is asked, when the author gave none. */
  describe(parameters: Parameters): string;
  evaluate(parameters: Parameters, world: World): CheckFinding | Promise<CheckFinding>;
}

/** Hides a check's parameters behind the one shape that lessons hold. */
export function defineCheck<Parameters>(definition: CheckDefinition<Parameters>): CheckKind {
  return {
    name: definition.name,
    prepare(raw, context, label) {
      const parameters = definition.parse(raw, context);
      return {
        kind: definition.name,
        label: label ?? definition.describe(parameters),
        evaluate: async (world) => definition.evaluate(parameters, world),
      };
    },
  };
}

export const PASSED: CheckFinding = { passed: true, reasons: [], wrongFlows: [] };

export function failed(reason: string, wrongFlows: CheckFinding["wrongFlows"] = []): CheckFinding {
  return { passed: false, reasons: [reason], wrongFlows };
}
