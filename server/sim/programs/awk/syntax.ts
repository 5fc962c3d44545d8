/** The syntax tree of an awk program. */

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "regex"; readonly source: string }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "element"; readonly name: string; readonly subscripts: readonly Expression[] }
  | { readonly kind: "field"; readonly index: Expression }
  | { readonly kind: "group"; readonly inner: Expression }
  | { readonly kind: "unary"; readonly operator: "-" | "+" | "!"; readonly operand: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "concat"; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "match"; readonly isNegated: boolean; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "in"; readonly subscripts: readonly Expression[]; readonly array: string }
  | { readonly kind: "conditional"; readonly test: Expression; readonly yes: Expression; readonly no: Expression }
  | { readonly kind: "assign"; readonly operator: string; readonly target: Target; readonly value: Expression }
  | { readonly kind: "step"; readonly target: Target; readonly by: 1 | -1; readonly isPrefix: boolean }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[]; readonly isBuiltin: boolean }
  | {
      readonly kind: "getline";
      readonly target: Target | null;
      readonly source: "input" | "file" | "command";
      readonly from: Expression | null;
    };

export type Target = Extract<Expression, { kind: "variable" | "element" | "field" }>;

export type Statement =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "print"; readonly args: readonly Expression[]; readonly redirect: Redirect | null }
  | { readonly kind: "printf"; readonly args: readonly Expression[]; readonly redirect: Redirect | null }
  | { readonly kind: "if"; readonly test: Expression; readonly yes: Statement; readonly no: Statement | null }
  | { readonly kind: "while"; readonly test: Expression; readonly body: Statement }
  | { readonly kind: "do"; readonly body: Statement; readonly test: Expression }
  | {
      readonly kind: "for";
      readonly start: Statement | null;
      readonly test: Expression | null;
      readonly step: Statement | null;
      readonly body: Statement;
    }
  | { readonly kind: "forIn"; readonly name: string; readonly array: string; readonly body: Statement }
  | { readonly kind: "block"; readonly body: readonly Statement[] }
  | { readonly kind: "delete"; readonly name: string; readonly subscripts: readonly Expression[] | null }
  | { readonly kind: "exit" | "return"; readonly value: Expression | null }
  | { readonly kind: "next" | "nextfile" | "break" | "continue" };

export interface Redirect {
  readonly mode: ">" | ">>" | "|";
  readonly to: Expression;
}

export interface Rule {
  readonly pattern:
    | { readonly kind: "begin" | "end" | "always" }
    | { readonly kind: "expression"; readonly expression: Expression }
    | { readonly kind: "range"; readonly from: Expression; readonly to: Expression };
  /** Null: print the record. */
  readonly body: Statement | null;
}

export interface FunctionDefinition {
  readonly name: string;
  readonly parameters: readonly string[];
  readonly body: Statement;
}

export interface AwkProgram {
  readonly rules: readonly Rule[];
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
}

export class AwkSyntaxError extends Error {
  override readonly name = "AwkSyntaxError";
  constructor(
    message: string,
    readonly line: number,
    readonly near: string,
  ) {
    super(message);
  }
}
