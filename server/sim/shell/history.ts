/** The history list, its file, and `!` expansion. */
import { joinLines } from "./history-entry.ts";
import type { Interpreter } from "./interpreter.ts";
import { limits } from "./limits.ts";
import { compilePattern, escapePattern } from "./pattern.ts";

export function historyPath(shell: Interpreter): string {
  return (
    shell.variables.scalar("HISTFILE") ??
    `${shell.variables.scalar("HOME") ?? ""}/${shell.isBash ? ".bash_history" : ".ash_history"}`
  );
}

export function readHistoryFile(shell: Interpreter, path: string): void {
  try {
    const text = shell.process.machine.fs.readText(shell.process.resolve(path), shell.process.credentials);
    const lines = text.split("\n").filter((line) => line !== "" && !/^#[0-9]+$/.test(line));
    shell.state.history = [...shell.state.history, ...lines];
    trim(shell);
  } catch {
    // No file yet.
  }
}

export function writeHistoryFile(shell: Interpreter, path: string): void {
  const bound = Number(shell.variables.scalar("HISTFILESIZE") ?? limits.history) || limits.history;
  const lines = shell.state.history.slice(-bound);
  try {
    shell.process.machine.fs.writeFile(shell.process.resolve(path), lines.map((line) => `${line}\n`).join(""), {
      mode: 0o600,
      as: shell.process.credentials,
    });
  } catch {
    // bash says nothing either.
  }
}

export function appendHistoryFile(shell: Interpreter, path: string): void {
  try {
    shell.process.machine.fs.appendFile(
      shell.process.resolve(path),
      shell.state.history.map((line) => `${line}\n`).join(""),
      { mode: 0o600, as: shell.process.credentials },
    );
  } catch {
    // bash says nothing either.
  }
}

function trim(shell: Interpreter): void {
  const { state } = shell;
  const text = shell.variables.scalar("HISTSIZE");
  const bound = text === undefined || !/^[0-9]+$/.test(text) ? limits.history : Math.min(Number(text), 10_000);
  if (state.history.length <= bound) return;
  state.historyBase += state.history.length - bound;
  state.history = state.history.slice(-bound || state.history.length);
}

/** Adds a command as typed, minding HISTCONTROL and HISTIGNORE. */
export function addToHistory(shell: Interpreter, text: string): void {
  const entry = historyEntry(shell, text);
  if (entry === "") return;
  const control = (shell.variables.scalar("HISTCONTROL") ?? "").split(":");
  const ignoresSpace = control.includes("ignorespace") || control.includes("ignoreboth");
  const ignoresRepeats = control.includes("ignoredups") || control.includes("ignoreboth");
  const { state } = shell;
  if (ignoresSpace && /^\s/.test(entry)) return;
  if (ignoresRepeats && state.history.at(-1) === entry) return;
  if (isIgnored(shell, entry)) return;
  if (control.includes("erasedups")) state.history = state.history.filter((line) => line !== entry);
  state.history = [...state.history, entry];
  trim(shell);
}

/** Several lines become one where that is possible, unless `shopt -u cmdhist` or `-s lithist` say otherwise. */
function historyEntry(shell: Interpreter, text: string): string {
  const lines = text.replace(/\n+$/, "").split("\n");
  const isJoined = shell.isBash && shell.options.has("cmdhist") && !shell.options.has("lithist");
  return isJoined && lines.length > 1 ? joinLines(lines) : lines.join("\n");
}

/** HISTIGNORE: patterns of whole lines; `&` is the line before. */
function isIgnored(shell: Interpreter, entry: string): boolean {
  const patterns = shell.isBash ? shell.variables.scalar("HISTIGNORE") : undefined;
  if (!patterns) return false;
  const last = shell.state.history.at(-1) ?? "";
  return patterns.split(":").some((pattern) => {
    if (pattern === "") return false;
    const whole = pattern.replace(/\\?&/g, (found) => (found === "&" ? escapePattern(last) : "&"));
    return compilePattern(whole, { extglob: shell.options.has("extglob") }).test(entry);
  });
}

export type HistoryExpansion =
  | { readonly kind: "same" }
  /** To be shown before it runs; `isPrintOnly` for `:p`. */
  | { readonly kind: "changed"; readonly text: string; readonly isPrintOnly: boolean }
  | { readonly kind: "failed"; readonly message: string };

class EventNotFound extends Error {}

/**
 * `!!`, `!n`, `!-n`, `!str`, `!?str?`, `!$`, `!^`, `!*`, `!:n`, `:p`, `:s/a/b/`, `^a^b^`.
 * `isQuoted`: the line begins within double quotes that an earlier line opened.
 */
export function expandHistory(
  history: readonly string[],
  base: number,
  line: string,
  isQuoted = false,
): HistoryExpansion {
  if (!/[!^]/.test(line)) return { kind: "same" };
  try {
    const quick = /^\^([^^]*)\^([^^]*)\^?(.*)$/.exec(line);
    if (quick) return quickSubstitution(history, line, quick);
    return expandEvents(history, base, line, isQuoted);
  } catch (error) {
    if (error instanceof EventNotFound) return { kind: "failed", message: error.message };
    throw error;
  }
}

function quickSubstitution(
  history: readonly string[],
  line: string,
  [, from = "", to = "", rest = ""]: RegExpExecArray,
): HistoryExpansion {
  const last = history.at(-1);
  if (last === undefined || !last.includes(from)) throw new EventNotFound(`:s${line}: substitution failed`);
  return { kind: "changed", text: last.replace(from, () => to) + rest, isPrintOnly: false };
}

function expandEvents(history: readonly string[], base: number, line: string, isQuoted: boolean): HistoryExpansion {
  let text = "";
  let index = 0;
  let quote = isQuoted ? '"' : "";
  let isChanged = false;
  let isPrintOnly = false;
  while (index < line.length) {
    const character = line.charAt(index);
    if (character === "\\" && quote !== "'") {
      text += line.slice(index, index + 2);
      index += 2;
      continue;
    }
    if (character === "'" && quote !== '"') quote = quote === "'" ? "" : "'";
    else if (character === '"' && quote !== "'") quote = quote === '"' ? "" : '"';
    const next = line.charAt(index + 1);
    if (
      character !== "!" ||
      quote === "'" ||
      next === "" ||
      /[\s=(]/.test(next) ||
      (quote === '"' && next === '"') ||
      // `$!`, `${!name}` and the `[!abc]` of patterns.
      line.charAt(index - 1) === "$" ||
      (line.charAt(index - 1) === "[" && line.includes("]", index)) ||
      line.slice(index - 2, index) === "${"
    ) {
      text += character;
      index++;
      continue;
    }
    const event = readEvent(history, base, line, index, text);
    text += event.text;
    isPrintOnly ||= event.isPrintOnly;
    // A "!" that begins no event stands for itself, and the line is not shown again.
    isChanged ||= event.text !== line.slice(index, event.end);
    index = event.end;
  }
  return isChanged ? { kind: "changed", text, isPrintOnly } : { kind: "same" };
}

interface Event {
  readonly text: string;
  readonly end: number;
  readonly isPrintOnly: boolean;
}

function readEvent(history: readonly string[], base: number, line: string, start: number, before: string): Event {
  const rest = line.slice(start);
  const match = /^!(?:!|#|-?[0-9]+|\?[^?\n]*\??|[$^*]|(?=:[0-9$^*-])|[^\s:;&|()<>"'`$^*!]+)/.exec(rest);
  if (!match) return { text: "!", end: start + 1, isPrintOnly: false };
  const spec = match[0].slice(1);
  const isWordOnly = spec === "$" || spec === "^" || spec === "*" || spec === "";
  const found = isWordOnly ? history.at(-1) : findEvent(history, base, spec, before);
  if (found === undefined) throw new EventNotFound(`${match[0]}: event not found`);
  let text = found;
  let end = start + match[0].length;
  if (isWordOnly && spec !== "") text = selectWords(found, spec);
  else {
    const designator = /^:?(\$|\^|\*)|^:([0-9]+|\$|\^)?(?:(-)([0-9]+|\$)?|(\*))?(?=[\s:;&|)"']|$)/.exec(
      line.slice(end),
    );
    if (designator && designator[0] !== "" && designator[0] !== ":") {
      text = selectWords(found, designator[0].replace(/^:/, ""));
      end += designator[0].length;
    }
  }
  return modify(text, line, end);
}

function findEvent(history: readonly string[], base: number, spec: string, before: string): string | undefined {
  if (spec === "!") return history.at(-1);
  if (spec === "#") return before;
  if (/^-[0-9]+$/.test(spec)) return history.at(Number(spec));
  if (/^[0-9]+$/.test(spec)) return history[Number(spec) - base];
  if (spec.startsWith("?")) return history.findLast((line) => line.includes(spec.replace(/^\?|\?$/g, "")));
  return history.findLast((line) => line.startsWith(spec));
}

function selectWords(line: string, designator: string): string {
  const words = line.match(/(?:"[^"]*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  const last = words.length - 1;
  const place = (text: string): number => (text === "$" ? last : text === "^" ? 1 : Number(text));
  if (designator === "*") return words.slice(1).join(" ");
  const range = /^([0-9]+|\$|\^)?(-|\*)?([0-9]+|\$)?$/.exec(designator);
  if (!range) return "";
  const first = range[1] === undefined ? 0 : place(range[1]);
  if (words[first] === undefined) throw new EventNotFound(`:${designator}: bad word specifier`);
  if (range[2] === undefined) return words[first] ?? "";
  const end = range[2] === "*" ? last : range[3] === undefined ? last - 1 : place(range[3]);
  return words.slice(first, end + 1).join(" ");
}

function modify(text: string, line: string, start: number): Event {
  let end = start;
  let result = text;
  let isPrintOnly = false;
  for (;;) {
    const modifier = /^:(?:(p|h|t|r|e|q)|(g?)s(.)(.*?)\3(.*?)(?:\3|$))/.exec(line.slice(end));
    if (!modifier) return { text: result, end, isPrintOnly };
    end += modifier[0].length;
    if (modifier[1] === "p") isPrintOnly = true;
    else if (modifier[1] === "h") result = result.replace(/\/[^/]*$/, "");
    else if (modifier[1] === "t") result = result.replace(/^.*\//, "");
    else if (modifier[1] === "r") result = result.replace(/\.[^./]*$/, "");
    else if (modifier[1] === "e") result = /\.[^./]*$/.exec(result)?.[0] ?? "";
    else if (modifier[1] === "q") result = `'${result.replaceAll("'", "'\\''")}'`;
    else if (modifier[4] !== undefined)
      result =
        modifier[2] === "g"
          ? result.replaceAll(modifier[4], modifier[5] ?? "")
          : result.replace(modifier[4], () => modifier[5] ?? "");
  }
}
