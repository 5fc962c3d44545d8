import { isErrno } from "../../machine/errno.ts";
import { anyOf, createInterruption } from "../../machine/interruption.ts";
import { readLine } from "../../machine/line-editor.ts";
import type { Interruption, Tty } from "../../machine/types.ts";
import { decodeBytes } from "../bytes.ts";
import { separatorsOf, type Separators } from "../fields.ts";
import type { Interpreter } from "../interpreter.ts";
import { appendBytes, readThrough } from "../line-reader.ts";
import { isValidName, parseReference } from "../variables.ts";
import { DiscardCommand } from "../control.ts";
import { type Builtin, type BuiltinCall, parseOptions, type ParsedOptions, refuseOptions } from "./builtin.ts";

const SYNOPSIS =
  "read [-ers] [-a array] [-d delim] [-i text] [-n nchars] [-N nchars] [-p prompt] [-t timeout] [-u fd] [name ...]";
const SPEC = { bash: "ersa:d:i:n:N:p:t:u:", ash: "rsd:n:p:t:u:", dash: "rp:" } as const;

export const read: Builtin = {
  name: "read",
  synopsis: SYNOPSIS,
  summary: "Read a line from the standard input and split it into fields.",
  run: runRead,
};

async function runRead(call: BuiltinCall): Promise<number> {
  const { shell } = call;
  const options = parseOptions(call.args, SPEC[shell.state.flavour]);
  const refused = await refuseOptions(call, options, SYNOPSIS);
  if (refused !== undefined) return refused;
  const names = options.operands;
  for (const name of names) {
    if (parseReference(name)) continue;
    await shell.report(shell.isBash ? `\`${name}': not a valid identifier` : `${name}: bad variable name`);
    return shell.isBash ? 1 : 2;
  }
  if (names.length === 0 && shell.state.flavour === "dash") {
    await shell.report("arg count");
    return 2;
  }
  const limits = await readLimits(call, options);
  if (typeof limits === "number") return limits;
  if (!shell.process.fds.get(limits.fd)) {
    await shell.report(
      `${limits.fd === 0 ? "read error: 0" : `${limits.fd}: invalid file descriptor`}: Bad file descriptor`,
    );
    return 1;
  }
  const prompt = options.flags.get("p");
  const tty = shell.process.fds.get(limits.fd)?.tty;
  const isEdited = options.flags.has("e") && tty !== undefined;
  if (prompt !== undefined && tty && !isEdited) await shell.writeError(prompt);
  const input = isEdited ? await editLine(shell, tty, options) : await readInput(shell, limits);
  store(shell, options, names, input, limits);
  if (input.end === "timeout") return 142;
  return input.end === "eof" ? 1 : 0;
}

/** `-e`: with the keys of the line editor; `-i` is there from the beginning. */
async function editLine(shell: Interpreter, tty: Tty, { flags }: ParsedOptions): Promise<Input> {
  const initial = flags.get("i");
  const result = await readLine({
    process: shell.process,
    tty,
    prompt: flags.get("p") ?? "",
    history: shell.state.history,
    ...(initial === undefined ? {} : { initial }),
  });
  if (result.kind === "interrupted") throw new DiscardCommand(130, true);
  return result.kind === "eof" ? { text: "", end: "eof" } : { text: result.line, end: "delimiter" };
}

interface ReadLimits {
  readonly fd: number;
  readonly delimiter: number;
  /** Characters; undefined: no bound. */
  readonly count: number | undefined;
  /** `-N`: delimiters do not end it. */
  readonly isExact: boolean;
  readonly isRaw: boolean;
  readonly isSilent: boolean;
  readonly timeoutMs: number | undefined;
}

async function readLimits(call: BuiltinCall, { flags }: ParsedOptions): Promise<ReadLimits | number> {
  const timeout = flags.get("t");
  if (timeout !== undefined && !/^[0-9]*\.?[0-9]*$/.test(timeout)) {
    await call.shell.report(`${timeout}: invalid timeout specification`);
    return 1;
  }
  const countText = flags.get("N") ?? flags.get("n");
  if (countText !== undefined && !/^[0-9]+$/.test(countText)) {
    await call.shell.report(`${countText}: invalid number`);
    return 1;
  }
  const delimiter = flags.get("d");
  return {
    fd: Number(flags.get("u") ?? 0),
    delimiter: delimiter === undefined ? 10 : delimiter === "" ? 0 : delimiter.charCodeAt(0),
    count: countText === undefined ? undefined : Number(countText),
    isExact: flags.has("N"),
    isRaw: flags.has("r"),
    isSilent: flags.has("s"),
    timeoutMs: timeout === undefined ? undefined : Number(timeout) * 1000,
  };
}

interface Input {
  readonly text: string;
  readonly end: "delimiter" | "count" | "eof" | "timeout";
}

async function readInput(shell: Interpreter, limits: ReadLimits): Promise<Input> {
  const tty = shell.process.fds.get(limits.fd)?.tty;
  const modes = tty?.modes;
  if (tty && (limits.isSilent || limits.count !== undefined || limits.delimiter !== 10)) {
    tty.setModes({ echoes: !limits.isSilent, isCanonical: limits.count === undefined && limits.delimiter === 10 });
  }
  const timer = createInterruption();
  const cancel = limits.timeoutMs
    ? shell.process.clock.setTimer(limits.timeoutMs, () => timer.interrupt("timeout"))
    : undefined;
  try {
    return await readUntilEnd(shell, limits, timer.interruption);
  } finally {
    cancel?.();
    if (tty && modes) tty.setModes(modes);
  }
}

async function readUntilEnd(shell: Interpreter, limits: ReadLimits, timeout: Interruption): Promise<Input> {
  const bytes: number[] = [];
  const delimiter = limits.isExact ? -1 : limits.delimiter;
  if (limits.timeoutMs === 0) return { text: "", end: "delimiter" };
  for (;;) {
    if (limits.count !== undefined && characterCountOf(bytes, limits.isRaw) >= limits.count)
      return { text: textOf(bytes), end: "count" };
    let chunk: Uint8Array;
    try {
      chunk = await readChunk(shell, limits, delimiter, timeout);
    } catch (error) {
      if (timeout.isInterrupted && !shell.process.interruption.isInterrupted)
        return { text: textOf(bytes), end: "timeout" };
      throw error;
    }
    if (chunk.length === 0) return { text: textOf(bytes), end: "eof" };
    const last = chunk[chunk.length - 1];
    // Null bytes are in no variable, unless one of them ends the line.
    appendBytes(bytes, delimiter === 0 ? chunk : chunk.filter((byte) => byte !== 0));
    if (last !== delimiter) continue;
    bytes.pop();
    // A quoted newline is no end, and vanishes.
    if (limits.isRaw || delimiter !== 10 || !endsInBackslash(bytes)) return { text: textOf(bytes), end: "delimiter" };
    bytes.pop();
  }
}

async function readChunk(
  shell: Interpreter,
  limits: ReadLimits,
  delimiter: number,
  timeout: Interruption,
): Promise<Uint8Array> {
  for (;;) {
    const { wakeUp } = shell;
    const both = limits.timeoutMs ? [timeout, wakeUp] : [wakeUp];
    try {
      return await readThrough(
        shell,
        limits.fd,
        delimiter < 0 ? 256 : delimiter,
        limits.count === undefined && delimiter >= 0 ? undefined : 1,
        anyOf(...both),
      );
    } catch (error) {
      if (!wakeUp.isInterrupted || timeout.isInterrupted || isErrno(error)) throw error;
      // A signal: ^C leaves the command; after a trap the reading goes on.
      if (shell.isInterrupted && shell.state.isInteractive) {
        shell.isInterrupted = false;
        await shell.writeError("\n");
        throw new DiscardCommand(130, true);
      }
      await shell.traps.runPending();
    }
  }
}

function endsInBackslash(bytes: readonly number[]): boolean {
  let count = 0;
  for (let index = bytes.length - 1; index >= 0 && bytes[index] === 92; index--) count++;
  return count % 2 === 1;
}

function textOf(bytes: readonly number[]): string {
  return decodeBytes(Uint8Array.from(bytes)).replaceAll("\u0000", "");
}

function characterCountOf(bytes: readonly number[], isRaw: boolean): number {
  const text = textOf(bytes);
  return [...(isRaw ? text : text.replace(/\\(.)/gs, "$1"))].length;
}

function store(
  shell: Interpreter,
  options: ParsedOptions,
  names: readonly string[],
  input: Input,
  limits: ReadLimits,
): void {
  const { variables } = shell;
  const array = options.flags.get("a");
  const characters = toCharacters(input.text, limits.isRaw);
  if (array !== undefined) {
    variables.assignArray(array, splitAll(characters, separatorsOf(variables.scalar("IFS"))));
    return;
  }
  if (limits.isExact) {
    assignTo(shell, names[0] ?? "REPLY", characters.map((each) => each.text).join(""));
    for (const name of names.slice(1)) assignTo(shell, name, "");
    return;
  }
  if (names.length === 0) {
    assignTo(shell, "REPLY", characters.map((each) => each.text).join(""));
    return;
  }
  const values = splitInto(characters, names.length, separatorsOf(variables.scalar("IFS")));
  for (let index = 0; index < names.length; index++) assignTo(shell, names[index] ?? "", values[index] ?? "");
}

function assignTo(shell: Interpreter, name: string, value: string): void {
  const reference = parseReference(name);
  if (reference?.subscript !== undefined) shell.variables.assignElement(reference.name, reference.subscript, value);
  else if (isValidName(name)) shell.variables.assign(name, value);
}

interface Character {
  readonly text: string;
  /** Came after a backslash: never a separator. */
  readonly isQuoted: boolean;
}

function toCharacters(text: string, isRaw: boolean): Character[] {
  const characters: Character[] = [];
  const all = [...text];
  for (let index = 0; index < all.length; index++) {
    const character = all[index] ?? "";
    if (!isRaw && character === "\\") {
      const next = all[++index];
      if (next !== undefined) characters.push({ text: next, isQuoted: true });
    } else characters.push({ text: character, isQuoted: false });
  }
  return characters;
}

function isSpace(character: Character | undefined, separators: Separators): boolean {
  return character !== undefined && !character.isQuoted && separators.whitespace.includes(character.text);
}

function isSeparator(character: Character | undefined, separators: Separators): boolean {
  return (
    character !== undefined &&
    !character.isQuoted &&
    (separators.others.includes(character.text) || separators.whitespace.includes(character.text))
  );
}

/** Up to `count` fields; the last takes the rest of the line. */
function splitInto(characters: readonly Character[], count: number, separators: Separators): string[] {
  const fields: string[] = [];
  let index = 0;
  while (isSpace(characters[index], separators)) index++;
  while (fields.length < count - 1 && index < characters.length) {
    let field = "";
    while (index < characters.length && !isSeparator(characters[index], separators)) field += characters[index++]?.text;
    fields.push(field);
    index = skipSeparator(characters, index, separators);
  }
  if (index < characters.length) fields.push(lastField(characters.slice(index), separators));
  return fields;
}

function skipSeparator(characters: readonly Character[], start: number, separators: Separators): number {
  let index = start;
  while (isSpace(characters[index], separators)) index++;
  if (isSeparator(characters[index], separators)) index++;
  while (isSpace(characters[index], separators)) index++;
  return index;
}

/** The rest of the line without trailing whitespace; one lone separator at its end goes, too. */
function lastField(characters: readonly Character[], separators: Separators): string {
  let end = characters.length;
  while (end > 0 && isSpace(characters[end - 1], separators)) end--;
  const rest = characters.slice(0, end);
  const first = rest.findIndex((character) => isSeparator(character, separators));
  if (first === rest.length - 1 && first >= 0 && !isSpace(rest[first], separators)) return joinText(rest.slice(0, -1));
  return joinText(rest);
}

function joinText(characters: readonly Character[]): string {
  return characters.map((character) => character.text).join("");
}

function splitAll(characters: readonly Character[], separators: Separators): string[] {
  const fields: string[] = [];
  let index = 0;
  while (isSpace(characters[index], separators)) index++;
  while (index < characters.length) {
    let field = "";
    while (index < characters.length && !isSeparator(characters[index], separators)) field += characters[index++]?.text;
    fields.push(field);
    index = skipSeparator(characters, index, separators);
  }
  return fields;
}
