import type { Builtin } from "./builtin.ts";

export const trueBuiltin: Builtin = {
  name: "true",
  synopsis: "true",
  summary: "Return a successful result.",
  run: () => 0,
};
export const falseBuiltin: Builtin = {
  name: "false",
  synopsis: "false",
  summary: "Return an unsuccessful result.",
  run: () => 1,
};
export const colonBuiltin: Builtin = {
  name: ":",
  isSpecial: true,
  synopsis: ":",
  summary: "Null command.",
  run: () => 0,
};
