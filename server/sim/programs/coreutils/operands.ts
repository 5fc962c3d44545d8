/** How coreutils ask for the operands they need. */
import type { Process } from "../../machine/types.ts";
import { quoted, ToolError, toolName } from "../toolkit/tool.ts";

export const usageHint = (process: Process): string => `\nTry '${toolName(process)} --help' for more information.`;

/** Exactly two files, as comm and join take them. Throws `ToolError`. */
export function twoOperands(process: Process, operands: readonly string[]): readonly [string, string] {
  const [first, second, extra] = operands;
  const hint = usageHint(process);
  if (first === undefined) throw new ToolError(`missing operand${hint}`);
  if (second === undefined) throw new ToolError(`missing operand after ${quoted(first)}${hint}`);
  if (extra !== undefined) throw new ToolError(`extra operand ${quoted(extra)}${hint}`);
  return [first, second];
}
