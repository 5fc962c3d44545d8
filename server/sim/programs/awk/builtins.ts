import { formatDate } from "../toolkit/dates.ts";
import { AwkError } from "./awk-error.ts";
import type { Interpreter } from "./interpreter.ts";
import type { AwkArray } from "./memory.ts";
import type { Expression, Target } from "./syntax.ts";
import { toNumber, type Value } from "./values.ts";

type Builtin = (awk: Interpreter, args: readonly Expression[]) => Promise<Value>;

const numeric =
  (compute: (...numbers: readonly number[]) => number): Builtin =>
  async (awk, args) =>
    compute(...(await awk.evaluateAll(args)).map(toNumber));

const arrayName = (expression: Expression | undefined): string | null =>
  expression?.kind === "variable" ? expression.name : null;

const text = async (awk: Interpreter, expression: Expression | undefined): Promise<string> =>
  expression ? awk.memory.text(await awk.evaluate(expression)) : "";

const RECORD: Target = { kind: "field", index: { kind: "number", value: 0 } };

const BUILTINS: Readonly<Record<string, Builtin>> = {
  sin: numeric((x = 0) => Math.sin(x)),
  cos: numeric((x = 0) => Math.cos(x)),
  atan2: numeric((y = 0, x = 0) => Math.atan2(y, x)),
  exp: numeric((x = 0) => Math.exp(x)),
  log: numeric((x = 0) => Math.log(x)),
  sqrt: numeric((x = 0) => Math.sqrt(x)),
  int: numeric((x = 0) => Math.trunc(x)),
  and: numeric((a = 0, b = 0) => Number(BigInt(a) & BigInt(b))),
  or: numeric((a = 0, b = 0) => Number(BigInt(a) | BigInt(b))),
  xor: numeric((a = 0, b = 0) => Number(BigInt(a) ^ BigInt(b))),
  lshift: numeric((a = 0, b = 0) => a * 2 ** b),
  rshift: numeric((a = 0, b = 0) => Math.floor(a / 2 ** b)),
  rand: async (awk) => awk.process.random.next(),
  srand: async (awk, args) => {
    const old = awk.seed;
    awk.seed = args[0] ? toNumber(await awk.evaluate(args[0])) : Math.floor(awk.process.clock.now() / 1000);
    return old;
  },
  length: async (awk, args) => {
    const name = arrayName(args[0]);
    if (args.length === 0) return [...awk.memory.text(await awk.evaluate(RECORD))].length;
    if (name !== null) {
      try {
        return [...awk.memory.text(awk.memory.get(name))].length;
      } catch (error) {
        if (error instanceof AwkError) return awk.memory.array(name).size;
        throw error;
      }
    }
    return [...(await text(awk, args[0]))].length;
  },
  tolower: async (awk, args) => (await text(awk, args[0])).toLowerCase(),
  toupper: async (awk, args) => (await text(awk, args[0])).toUpperCase(),
  index: async (awk, args) => (await text(awk, args[0])).indexOf(await text(awk, args[1])) + 1,
  substr: async (awk, args) => {
    const chars = [...(await text(awk, args[0]))];
    const start = Math.round(toNumber(args[1] ? await awk.evaluate(args[1]) : 1));
    const length = args[2] ? Math.round(toNumber(await awk.evaluate(args[2]))) : Number.POSITIVE_INFINITY;
    const end = Math.min(chars.length + 1, start + length);
    return chars.slice(Math.max(0, start - 1), Math.max(0, end - 1)).join("");
  },
  split: async (awk, args) => {
    const source = await text(awk, args[0]);
    const name = arrayName(args[1]);
    if (name === null) throw new AwkError("split: second argument is not an array");
    const separator = args[2] ? await awk.patternOf(args[2]) : awk.memory.text(awk.memory.get("FS"));
    const parts =
      args[2]?.kind === "regex"
        ? awk.memory.split(source, awk.memory.regex(separator))
        : awk.memory.split(source, separator);
    const array = awk.memory.array(name);
    array.clear();
    for (const [index, part] of parts.entries()) array.set(String(index + 1), { text: part });
    return parts.length;
  },
  match: async (awk, args) => {
    const source = await text(awk, args[0]);
    const regex = args[1] ? awk.memory.regex(await awk.patternOf(args[1])) : /(?!)/g;
    regex.lastIndex = 0;
    const found = regex.exec(source);
    awk.memory.set("RSTART", found ? [...source.slice(0, found.index)].length + 1 : 0);
    awk.memory.set("RLENGTH", found ? [...found[0]].length : -1);
    const name = arrayName(args[2]);
    if (name !== null) {
      const array: AwkArray = awk.memory.array(name);
      array.clear();
      for (const [index, group] of (found ?? []).entries()) array.set(String(index), { text: group ?? "" });
    }
    return awk.memory.get("RSTART");
  },
  sub: (awk, args) => substitute(awk, args, false),
  gsub: (awk, args) => substitute(awk, args, true),
  gensub: async (awk, args) => {
    const regex = args[0] ? awk.memory.regex(await awk.patternOf(args[0])) : /(?!)/g;
    const replacement = await text(awk, args[1]);
    const how = await text(awk, args[2]);
    const source = args[3] ? await text(awk, args[3]) : awk.memory.text(await awk.evaluate(RECORD));
    const nth = /^g/i.test(how) ? 0 : Math.max(1, toNumber(how));
    let count = 0;
    regex.lastIndex = 0;
    return source.replace(regex, (...groups: readonly unknown[]) => {
      count++;
      const whole = String(groups[0]);
      if (nth !== 0 && count !== nth) return whole;
      return replacement.replace(/\\(\d)|\\&|&|\\\\/g, (mark, digit?: string) => {
        if (digit !== undefined) return typeof groups[Number(digit)] === "string" ? String(groups[Number(digit)]) : "";
        return mark === "&" ? whole : mark === "\\&" ? "&" : "\\";
      });
    });
  },
  sprintf: async (awk, args) => {
    const [format, ...values] = await awk.evaluateAll(args);
    return awk.format(format ?? "", values);
  },
  system: async (awk, args) => awk.outputs.system(await text(awk, args[0])),
  close: async (awk, args) => awk.close(await text(awk, args[0])),
  fflush: async (awk) => {
    await awk.outputs.flush();
    return 0;
  },
  systime: async (awk) => Math.floor(awk.process.clock.now() / 1000),
  strftime: async (awk, args) => {
    const format = args[0] ? await text(awk, args[0]) : "%a %b %e %H:%M:%S %Z %Y";
    const seconds = args[1] ? toNumber(await awk.evaluate(args[1])) : awk.process.clock.now() / 1000;
    return formatDate(seconds * 1000, format);
  },
  mktime: async (awk, args) => {
    const [year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (await text(awk, args[0]))
      .split(/\s+/)
      .map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  },
  strtonum: async (awk, args) => {
    const source = await text(awk, args[0]);
    return /^0x/i.test(source)
      ? Number.parseInt(source, 16)
      : /^0\d/.test(source)
        ? Number.parseInt(source, 8)
        : toNumber(source);
  },
  asort: (awk, args) => sortArray(awk, args, (array) => [...array.values()]),
  asorti: (awk, args) => sortArray(awk, args, (array) => [...array.keys()].map((key): Value => ({ text: key }))),
};

export async function callBuiltin(awk: Interpreter, name: string, args: readonly Expression[]): Promise<Value> {
  const builtin = BUILTINS[name];
  if (!builtin) throw new AwkError(`function ${name} not defined`);
  return builtin(awk, args);
}

/** In the replacement `&` is the match, `\\&` a plain ampersand. */
async function substitute(awk: Interpreter, args: readonly Expression[], isGlobal: boolean): Promise<Value> {
  const [pattern, replacement, where] = args;
  if (!pattern || !replacement) throw new AwkError(`${isGlobal ? "gsub" : "sub"}: too few arguments`);
  const regex = awk.memory.regex(await awk.patternOf(pattern));
  const template = await text(awk, replacement);
  const isTarget = where?.kind === "variable" || where?.kind === "element" || where?.kind === "field";
  const target: Target = isTarget ? where : RECORD;
  const source = where ? await text(awk, where) : awk.memory.text(await awk.evaluate(RECORD));
  let count = 0;
  regex.lastIndex = 0;
  let lastEnd = -1;
  const result = source.replace(regex, (whole: string, ...rest: readonly unknown[]) => {
    const at = rest.find((each): each is number => typeof each === "number") ?? 0;
    const isBehindMatch = whole === "" && at === lastEnd;
    if (whole !== "") lastEnd = at + whole.length;
    // Nothing cannot match right behind a match.
    if ((!isGlobal && count > 0) || isBehindMatch) return whole;
    count++;
    return template.replace(/\\\\&|\\&|&/g, (mark) => (mark === "&" ? whole : mark === "\\&" ? "&" : `\\${whole}`));
  });
  if (count > 0 && (isTarget || !where)) await awk.assign(target, result);
  return count;
}

async function sortArray(
  awk: Interpreter,
  args: readonly Expression[],
  pick: (array: AwkArray) => readonly Value[],
): Promise<Value> {
  const source = arrayName(args[0]);
  const destination = arrayName(args[1]) ?? source;
  if (source === null || destination === null) throw new AwkError("asort: first argument is not an array");
  const values = [...pick(awk.memory.array(source))].sort((left, right) => {
    const a = toNumber(left);
    const b = toNumber(right);
    const bothNumbers = /^[-+.\d]/.test(awk.memory.text(left)) && /^[-+.\d]/.test(awk.memory.text(right));
    return bothNumbers ? a - b : awk.memory.text(left) < awk.memory.text(right) ? -1 : 1;
  });
  const array = awk.memory.array(destination);
  array.clear();
  for (const [index, value] of values.entries()) array.set(String(index + 1), value);
  return values.length;
}
