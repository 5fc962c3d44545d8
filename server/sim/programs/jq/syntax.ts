/** The syntax tree of a jq program. */
import type { Json } from "./values.ts";

export type Expr =
  | { readonly kind: "identity" }
  | { readonly kind: "recurse" }
  | { readonly kind: "literal"; readonly value: Json }
  | { readonly kind: "text"; readonly format: string | null; readonly parts: readonly (string | Expr)[] }
  | { readonly kind: "format"; readonly name: string }
  | { readonly kind: "index"; readonly target: Expr; readonly key: Expr }
  | { readonly kind: "slice"; readonly target: Expr; readonly from: Expr | null; readonly to: Expr | null }
  | { readonly kind: "each"; readonly target: Expr }
  | { readonly kind: "try"; readonly body: Expr; readonly handler: Expr | null }
  | { readonly kind: "array"; readonly body: Expr | null }
  | { readonly kind: "object"; readonly entries: readonly (readonly [key: Expr, value: Expr])[] }
  | { readonly kind: "negate"; readonly body: Expr }
  | { readonly kind: "pipe"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "comma"; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: "if"; readonly condition: Expr; readonly yes: Expr; readonly no: Expr | null }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[]; readonly at: number }
  | { readonly kind: "variable"; readonly name: string; readonly at: number }
  | { readonly kind: "bind"; readonly source: Expr; readonly patterns: readonly Pattern[]; readonly body: Expr }
  | {
      readonly kind: "reduce";
      readonly source: Expr;
      readonly patterns: readonly Pattern[];
      readonly start: Expr;
      readonly update: Expr;
    }
  | {
      readonly kind: "foreach";
      readonly source: Expr;
      readonly patterns: readonly Pattern[];
      readonly start: Expr;
      readonly update: Expr;
      readonly extract: Expr | null;
    }
  | { readonly kind: "define"; readonly definition: Definition; readonly body: Expr }
  | { readonly kind: "label"; readonly name: string; readonly body: Expr }
  | { readonly kind: "break"; readonly name: string; readonly at: number };

export type Pattern =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "array"; readonly items: readonly Pattern[] }
  | {
      readonly kind: "object";
      readonly entries: readonly {
        readonly key: Expr;
        /** `$name` and `$name: pattern` bind the whole value too. */
        readonly variable: string | null;
        readonly pattern: Pattern | null;
      }[];
    };

export interface Definition {
  readonly name: string;
  /** A parameter that starts with `$` is a value. */
  readonly params: readonly string[];
  readonly body: Expr;
}

/** What keeps a program from being run. `at` is an offset into its text. */
export class CompileError extends Error {
  override readonly name = "CompileError";
  constructor(
    message: string,
    readonly at: number,
  ) {
    super(message);
  }
}

export class CompileErrors extends Error {
  override readonly name = "CompileErrors";
  constructor(readonly errors: readonly CompileError[]) {
    super(errors[0]?.message);
  }
}
