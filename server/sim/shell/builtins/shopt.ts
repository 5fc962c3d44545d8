import { setOptions, shoptDefaults, shoptNames } from "../options.ts";
import { BASH_ONLY, type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS = "shopt [-pqsu] [-o] [optname ...]";

export const shopt: Builtin = {
  name: "shopt",
  flavours: BASH_ONLY,
  synopsis: SYNOPSIS,
  summary: "Set and unset shell options.",
  run: runShopt,
};

async function runShopt(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const parsed = parseOptions(call.args, "pqsuo");
  const refused = await refuseOptions(call, parsed, SYNOPSIS);
  if (refused !== undefined) return refused;
  const { flags, operands } = parsed;
  if (flags.has("s") && flags.has("u")) {
    await shell.report("cannot set and unset shell options simultaneously");
    return 1;
  }
  const known = flags.has("o") ? setOptions.map((option) => option.name) : shoptDefaults.map(([name]) => name);
  if (operands.length === 0) return list(call, known, flags);
  let status = 0;
  for (const name of operands) {
    if (!(flags.has("o") ? known.includes(name) : shoptNames.has(name))) {
      await shell.report(`${name}: invalid ${flags.has("o") ? "option" : "shell option"} name`);
      status = 1;
    } else if (flags.has("s") || flags.has("u")) shell.options.set(name, flags.has("s"));
    else {
      if (!shell.options.has(name)) status = 1;
      if (!flags.has("q")) await show(call, name, flags);
    }
  }
  return status;
}

async function list(call: BuiltinCall, known: readonly string[], flags: ReadonlyMap<string, string>): Promise<number> {
  for (const name of known) {
    const isOn = call.shell.options.has(name);
    if ((flags.has("s") && !isOn) || (flags.has("u") && isOn)) continue;
    if (!flags.has("q")) await show(call, name, flags);
  }
  return 0;
}

async function show({ shell }: BuiltinCall, name: string, flags: ReadonlyMap<string, string>): Promise<void> {
  const isOn = shell.options.has(name);
  if (flags.has("p"))
    await shell.write(flags.has("o") ? `set ${isOn ? "-" : "+"}o ${name}\n` : `shopt -${isOn ? "s" : "u"} ${name}\n`);
  else
    await shell.write(
      flags.has("o") ? `${name.padEnd(15)}\t${isOn ? "on" : "off"}\n` : `${name.padEnd(15)}\t${isOn ? "on" : "off"}\n`,
    );
}
