/** The syntax tree of a Go template, and its errors. */

/** The name kubectl gives the template. */
export const TEMPLATE_NAME = "output";

/** The message is Go's, position included: `template: output:1: unclosed action`. */
export class TemplateError extends Error {}

export const failAt = (line: number, message: string): TemplateError =>
  new TemplateError(`template: ${TEMPLATE_NAME}:${line}: ${message}`);

export type Expression =
  | { readonly kind: "chain"; readonly base: Expression; readonly fields: readonly string[] }
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

export interface Command {
  readonly words: readonly Expression[];
  readonly text: string;
}

export interface Pipeline {
  readonly declares: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline; readonly line: number }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly line: number;
    }
  | { readonly kind: "break" | "continue" };
