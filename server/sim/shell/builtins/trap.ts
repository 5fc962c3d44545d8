import { SIGNAL_NUMBERS } from "../../machine/signals.ts";
import type { SignalName } from "../../machine/types.ts";
import { singleQuote } from "../quote.ts";
import { isPseudo } from "../traps.ts";
import { type Builtin, type BuiltinCall, parseOptions, refuseOptions } from "./builtin.ts";
import { listSignals, signalByName } from "./signal-names.ts";

const SYNOPSIS = "trap [-lp] [[arg] signal_spec ...]";

export const trap: Builtin = {
  name: "trap",
  isSpecial: true,
  synopsis: SYNOPSIS,
  summary: "Trap signals and other events.",
  run: runTrap,
};

/** Name without SIG, or a pseudo-signal. */
function trapName(text: string): string | undefined {
  const upper = text.toUpperCase();
  if (text === "0" || upper === "EXIT" || upper === "SIGEXIT") return "EXIT";
  if (isPseudo(upper)) return upper;
  return signalByName(text)?.slice(3);
}

async function runTrap(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const options = parseOptions(
    call.args.filter((arg) => arg !== "-"),
    "lp",
  );
  if (call.args[0] !== "-" && !/^-?[0-9]+$/.test(call.args[0] ?? "")) {
    const refused = await refuseOptions(call, options, SYNOPSIS);
    if (refused !== undefined) return refused;
  }
  if (options.flags.has("l")) {
    await shell.write(listSignals());
    return 0;
  }
  if (options.flags.has("p")) return print(call, options.operands);
  const args = call.args[0] === "--" ? call.args.slice(1) : call.args;
  if (args.length === 0) return print(call, []);
  return change(call, args);
}

async function print(call: BuiltinCall, names: readonly string[]): Promise<number> {
  const { traps } = call.shell.state;
  const all = names.length > 0 ? names.map((name) => trapName(name) ?? name) : [...traps.keys()];
  all.sort((a, b) => order(a) - order(b));
  for (const name of all) {
    const action = traps.get(name);
    if (action === undefined) continue;
    const shown = call.shell.isBash && !isPseudo(name) ? `SIG${name}` : name;
    await call.shell.write(`trap -- ${singleQuote(action)} ${shown}\n`);
  }
  return 0;
}

function order(name: string): number {
  if (name === "EXIT") return 0;
  const number = SIGNAL_NUMBERS[`SIG${name}` as SignalName];
  return number ?? 100 + ["DEBUG", "ERR", "RETURN"].indexOf(name);
}

async function change(call: BuiltinCall, args: readonly string[]): Promise<number> {
  const { shell } = call;
  const [first = "", ...rest] = args;
  // One word that names a signal resets it; so does a number in first place.
  const resets = first === "-" || rest.length === 0 || /^[0-9]+$/.test(first);
  const names = first === "-" ? rest : resets ? args : rest;
  if (rest.length === 0 && first !== "-" && trapName(first) === undefined) {
    if (shell.isBash) {
      await shell.writeError(`${call.name}: usage: ${SYNOPSIS}\n`);
      return 2;
    }
  }
  let status = 0;
  for (const text of names) {
    const name = trapName(text);
    if (name === undefined) {
      await (shell.isBash
        ? shell.report(`${text}: invalid signal specification`)
        : shell.state.flavour === "dash"
          ? shell.writeError(`trap: ${text}: bad trap\n`)
          : shell.report(`${text}: invalid signal specification`));
      status = 1;
    } else shell.traps.set(name, resets ? null : first);
  }
  return status;
}
