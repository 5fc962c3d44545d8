import { ExpansionError } from "../control.ts";
import { NOT_DASH, type Builtin } from "./builtin.ts";

export const letBuiltin: Builtin = {
  name: "let",
  flavours: NOT_DASH,
  synopsis: "let arg [arg ...]",
  summary: "Evaluate arithmetic expressions.",
  async run({ shell, args }) {
    const expressions = args[0] === "--" ? args.slice(1) : args;
    if (expressions.length === 0) {
      await shell.report("expression expected");
      return 1;
    }
    let value = 0n;
    for (const expression of expressions) {
      try {
        value = shell.evaluateArithmetic(expression);
      } catch (error) {
        if (!(error instanceof ExpansionError) || error.isFatal) throw error;
        await shell.report(error.message);
        return 1;
      }
    }
    return value === 0n ? 1 : 0;
  },
};
