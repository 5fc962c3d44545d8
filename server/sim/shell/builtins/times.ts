import type { Builtin } from "./builtin.ts";

export const times: Builtin = {
  name: "times",
  isSpecial: true,
  synopsis: "times",
  summary: "Display process times.",
  async run({ shell }) {
    await shell.write("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
    return 0;
  },
};
