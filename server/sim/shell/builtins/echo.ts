import { decodeEscapes } from "../ansi-c.ts";
import type { Builtin } from "./builtin.ts";

export const echo: Builtin = {
  name: "echo",
  synopsis: "echo [-neE] [arg ...]",
  summary: "Write arguments to the standard output.",
  async run({ shell, args }) {
    const { flavour } = shell.state;
    let index = 0;
    let endsLine = true;
    let decodes = flavour === "dash" || shell.options.has("xpg_echo");
    // dash knows `-n` alone; what is no option is text.
    const option = flavour === "dash" ? /^-n$/ : /^-[neE]+$/;
    for (; index < args.length && option.test(args[index] ?? ""); index++) {
      for (const letter of (args[index] ?? "").slice(1)) {
        if (letter === "n") endsLine = false;
        else decodes = letter === "e";
      }
      if (flavour === "dash") {
        index++;
        break;
      }
    }
    const text = args.slice(index).join(" ");
    if (!decodes) {
      await shell.write(endsLine ? `${text}\n` : text);
      return 0;
    }
    const decoded = decodeEscapes(text, "echo");
    await shell.write(decoded.text + (endsLine && !decoded.isCut ? "\n" : ""));
    return 0;
  },
};
