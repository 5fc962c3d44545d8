/** The selector argument of `set selector`: equality terms only. */
import { KubectlError } from "../errors.ts";

export function parseSelector(expression: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    expression.split(",").map((term) => {
      const match = /^([^=!\s]+)==?([^=!\s]*)$/.exec(term.trim());
      if (match === null) throw new KubectlError(`invalid selector: ${JSON.stringify(expression)}`);
      return [match[1] ?? "", match[2] ?? ""] as const;
    }),
  );
}
