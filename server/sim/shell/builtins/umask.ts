import { type Builtin, parseOptions, refuseOptions } from "./builtin.ts";

export const umask: Builtin = {
  name: "umask",
  synopsis: "umask [-p] [-S] [mode]",
  summary: "Display or set file mode mask.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, "pS");
    const refused = await refuseOptions(call, options, umask.synopsis);
    if (refused !== undefined) return refused;
    const [mode] = options.operands;
    const { process } = shell;
    if (mode === undefined) {
      const text = options.flags.has("S") ? symbolic(process.umask) : process.umask.toString(8).padStart(4, "0");
      await shell.write(`${options.flags.has("p") ? `umask ${options.flags.has("S") ? "-S " : ""}` : ""}${text}\n`);
      return 0;
    }
    const mask = /^[0-7]+$/.test(mode) ? Number.parseInt(mode, 8) & 0o777 : applySymbolic(process.umask, mode);
    if (mask === undefined) {
      if (!shell.isBash) await shell.report(`Illegal mode: ${mode}`);
      else
        await shell.report(
          /^[0-9]/.test(mode)
            ? `${mode}: octal number out of range`
            : `\`${mode.charAt(0)}': invalid symbolic mode character`,
        );
      return shell.isBash ? 1 : 2;
    }
    process.umask = mask;
    if (options.flags.has("S")) await shell.write(`${symbolic(mask)}\n`);
    return 0;
  },
};

function symbolic(mask: number): string {
  const allowed = ~mask & 0o777;
  return ["u", "g", "o"]
    .map((who, index) => {
      const bits = (allowed >> (6 - index * 3)) & 7;
      return `${who}=${bits & 4 ? "r" : ""}${bits & 2 ? "w" : ""}${bits & 1 ? "x" : ""}`;
    })
    .join(",");
}

function applySymbolic(mask: number, mode: string): number | undefined {
  let allowed = ~mask & 0o777;
  for (const clause of mode.split(",")) {
    const match = /^([ugoa]*)([-+=])([rwx]*)$/.exec(clause);
    if (!match) return undefined;
    const who = match[1] === "" || match[1]?.includes("a") ? "ugo" : (match[1] ?? "");
    const bits = [...(match[3] ?? "")].reduce((sum, letter) => sum | (letter === "r" ? 4 : letter === "w" ? 2 : 1), 0);
    for (const each of who) {
      const shift = each === "u" ? 6 : each === "g" ? 3 : 0;
      if (match[2] === "=") allowed = (allowed & ~(7 << shift)) | (bits << shift);
      else allowed = match[2] === "+" ? allowed | (bits << shift) : allowed & ~(bits << shift);
    }
  }
  return ~allowed & 0o777;
}
