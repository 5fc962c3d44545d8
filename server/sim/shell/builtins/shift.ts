import { ExitShell } from "../control.ts";
import type { Builtin } from "./builtin.ts";

export const shift: Builtin = {
  name: "shift",
  isSpecial: true,
  synopsis: "shift [n]",
  summary: "Shift positional parameters.",
  async run({ shell, args }) {
    const text = args[0] ?? "1";
    if (!/^[0-9]+$/.test(text)) {
      await shell.report(
        shell.isBash
          ? /^-[0-9]+$/.test(text)
            ? `${text}: shift count out of range`
            : `${text}: numeric argument required`
          : `Illegal number: ${text}`,
      );
      return shell.isBash ? 1 : 2;
    }
    const count = Number(text);
    if (count > shell.state.positional.length) {
      if (shell.options.has("shift_verbose")) await shell.report(`${text}: shift count out of range`);
      if (shell.state.flavour === "dash") {
        await shell.report("can't shift that many");
        if (!shell.state.isInteractive) throw new ExitShell(2);
      }
      return 1;
    }
    shell.state.positional = shell.state.positional.slice(count);
    return 0;
  },
};
