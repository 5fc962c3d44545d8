/** Tab: commands, files, variables, users, hosts, and what `complete` specifies. */
import { KEYWORDS } from "./reserved-words.ts";
import type { Completion, CompletionCandidate } from "../machine/line-editor.ts";
import { IndexedArray } from "./arrays.ts";
import { DiscardCommand, ExitShell, ExpansionError } from "./control.ts";
import { callFunction } from "./functions.ts";
import { findBuiltin } from "./simple-command.ts";
import { drive } from "./expansion.ts";
import type { Interpreter } from "./interpreter.ts";
import { expandGlob } from "./glob.ts";
import type { CompletionSpec } from "./state.ts";
import { accounts } from "./users.ts";
import { FieldBuilder, separatorsOf } from "./fields.ts";
import { lowerText, type Segment } from "./words.ts";
import { builtins } from "./builtins/index.ts";

export interface CompletionContext {
  readonly words: readonly string[];
  readonly index: number;
  /** The word before the cursor, unquoted. */
  readonly word: string;
  readonly line: string;
}

/** Nobody completes `!` or a bracket. */
const WORDS = [...KEYWORDS].filter((word) => /^[a-z]/.test(word));

/** Candidates for the place of the cursor. */
export async function completeLine(shell: Interpreter, line: string, cursor: number): Promise<Completion> {
  const before = line.slice(0, cursor);
  const place = splitForCompletion(before);
  const { word, start, words, quote } = place;
  const variable = /^(.*?)(\$\{?)([A-Za-z_][A-Za-z0-9_]*)?$/.exec(before.slice(start));
  if (variable && quote !== "'" && variable[2] !== undefined) return completeVariable(shell, start, variable);
  const index = words.length - 1;
  if (/(^|\s)(?:[0-9]*[<>]{1,2}|&>{1,2})\s*$/.test(before.slice(0, start)))
    return files(shell, start, word, quote, false);
  if (word.startsWith("~") && !word.includes("/")) return users(shell, start, word);
  const part = partAfterBreak(before, place);
  if (index === 0) {
    const isAssignment = /^[A-Za-z_][A-Za-z0-9_]*\+?=/.test(before.slice(start));
    return isAssignment ? files(shell, part.start, part.word, quote, false) : commands(shell, start, word, quote);
  }
  const context: CompletionContext = { words, index, word, line };
  const special = await commandCompletion(shell, context, start, quote);
  const onlyDirectories = words[0] === "cd" || words[0] === "rmdir" || words[0] === "pushd";
  return special ?? files(shell, part.start, part.word, quote, onlyDirectories);
}

/** COMP_WORDBREAKS: what stands behind the last `=` or `:` of a word is completed as a file of its own. */
function partAfterBreak(before: string, { start, word, quote }: Place): { start: number; word: string } {
  const raw = before.slice(start);
  const breaks = quote === "" ? /^(?:\\.|[^\\"'])*(?<!\\)[=:]/.exec(raw) : null;
  if (!breaks) return { start, word };
  return { start: start + breaks[0].length, word: splitForCompletion(raw.slice(breaks[0].length)).word };
}

interface Place {
  readonly word: string;
  /** Where the raw word begins. */
  readonly start: number;
  /** Unquoted words of the present command, assignments in front left out. */
  readonly words: readonly string[];
  readonly quote: "" | "'" | '"';
}

export function splitForCompletion(text: string): Place {
  let words: string[] = [];
  let word = "";
  let start = 0;
  let isInWord = false;
  let quote: "" | "'" | '"' = "";
  const end = (): void => {
    if (isInWord) words.push(word);
    word = "";
    isInWord = false;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === quote) quote = "";
      else if (character === "\\" && quote === '"' && /[$`"\\]/.test(text.charAt(index + 1)))
        word += text.charAt(++index);
      else word += character;
      continue;
    }
    if (!isInWord) start = index;
    if (character === " " || character === "\t") end();
    else if (/[;&|()\n]/.test(character) || character === "`") {
      end();
      words = [];
    } else if (character === "<" || character === ">") end();
    else {
      isInWord = true;
      if (character === "'" || character === '"') quote = character;
      else if (character === "\\") word += text.charAt(++index);
      else word += character;
    }
  }
  if (!isInWord) start = text.length;
  words.push(word);
  let first = 0;
  while (
    first < words.length - 1 &&
    (/^[A-Za-z_][A-Za-z0-9_]*=/.test(words[first] ?? "") ||
      /^(?:then|do|else|elif|if|while|until|!|\{|time)$/.test(words[first] ?? ""))
  )
    first++;
  return { word, start, words: words.slice(first), quote };
}

function candidates(start: number, texts: readonly CompletionCandidate[]): Completion {
  return { start, candidates: texts };
}

function completeVariable(shell: Interpreter, start: number, match: RegExpExecArray): Completion {
  const [, head = "", dollar = "$", name = ""] = match;
  const closing = dollar === "${" ? "}" : "";
  const names = shell.variables.namesWithPrefix(name);
  return candidates(
    start + head.length,
    names.map((each) => {
      const text = `${dollar}${each}${closing}`;
      // A directory's name goes on.
      return isDirectory(shell, shell.variables.scalar(each)) ? { text, suffix: "/" } : { text };
    }),
  );
}

function isDirectory(shell: Interpreter, path: string | undefined): boolean {
  if (!path) return false;
  try {
    return shell.process.machine.fs.stat(shell.process.resolve(path)).kind === "directory";
  } catch {
    return false;
  }
}

function users(shell: Interpreter, start: number, word: string): Completion {
  const names = accounts(shell.process).map((account) => `~${account.name}`);
  return candidates(
    start,
    names.filter((name) => name.startsWith(word)).map((text) => ({ text, suffix: "/" })),
  );
}

// ---------------------------------------------------------------------- commands

function commands(shell: Interpreter, start: number, word: string, quote: Place["quote"]): Completion {
  if (word.includes("/")) return files(shell, start, word, quote, false, true);
  const names = commandNames(shell, word);
  if (names.length === 0) return files(shell, start, word, quote, false, true);
  return candidates(
    start,
    names.map((text) => ({ text })),
  );
}

function commandNames(shell: Interpreter, prefix: string): string[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (name.startsWith(prefix)) names.add(name);
  };
  for (const name of shell.state.aliases.keys()) add(name);
  for (const name of shell.state.functions.keys()) add(name);
  for (const name of builtins.keys()) if (findBuiltin(shell, name)) add(name);
  for (const name of WORDS) add(name);
  for (const name of executables(shell, prefix)) names.add(name);
  return [...names].sort();
}

function executables(shell: Interpreter, prefix: string): string[] {
  const { fs } = shell.process.machine;
  const found: string[] = [];
  for (const directory of (shell.variables.scalar("PATH") ?? "").split(":")) {
    try {
      for (const name of fs.readdir(shell.process.resolve(directory || "."), shell.process.credentials)) {
        if (name.startsWith(prefix) && fs.access(`${directory}/${name}`, 1, shell.process.credentials))
          found.push(name);
      }
    } catch {
      // Directories of PATH may be missing.
    }
  }
  return found;
}

// ------------------------------------------------------------------------- files

function files(
  shell: Interpreter,
  start: number,
  word: string,
  quote: Place["quote"],
  onlyDirectories: boolean,
  onlyExecutable = false,
): Completion {
  const found = fileNames(shell, word, onlyDirectories, onlyExecutable);
  return candidates(
    start,
    found.map(({ name, isDirectory }) => ({
      text: quotePath(shell, name, quote) + (isDirectory ? "/" : ""),
      display: `${name.slice(name.lastIndexOf("/") + 1)}${isDirectory ? "/" : ""}`,
      suffix: isDirectory ? "" : `${quote} `,
    })),
  );
}

/** A variable that names the directory stays a variable. */
const LEADING_VARIABLE = /^\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})(?=\/)/;

function quotePath(shell: Interpreter, name: string, quote: Place["quote"]): string {
  const variable = quote === "" ? LEADING_VARIABLE.exec(name) : null;
  if (!variable || !isDirectory(shell, shell.variables.scalar(variable[1] ?? variable[2] ?? "")))
    return quoteFileName(name, quote);
  return variable[0] + quoteFileName(name.slice(variable[0].length), quote);
}

/** Backslashes before bash's rl_filename_quote_characters; a tilde and a hash count only where a word begins. */
function quoteFileName(name: string, quote: Place["quote"]): string {
  if (quote === '"') return `"${name.replace(/[$`"\\]/g, "\\$&")}`;
  if (quote === "'") return `'${name.replaceAll("'", "'\\''")}`;
  return name.replace(/[ \t\n\\"'@<>=;|&()$`?*[!:{]|^#/g, "\\$&");
}

interface FoundFile {
  readonly name: string;
  readonly isDirectory: boolean;
}

function fileNames(shell: Interpreter, word: string, onlyDirectories: boolean, onlyExecutable: boolean): FoundFile[] {
  const { process } = shell;
  const { fs } = process.machine;
  const slash = word.lastIndexOf("/");
  const head = word.slice(0, slash + 1);
  const prefix = word.slice(slash + 1);
  const directory = expandVariable(shell, expandTilde(shell, head));
  const found: FoundFile[] = [];
  let names: readonly string[] = [];
  try {
    names = fs.readdir(process.resolve(directory === "" ? "." : directory), process.credentials);
  } catch {
    return [];
  }
  for (const name of names) {
    // readline's match-hidden-files is on: a leading dot need not be typed.
    if (!name.startsWith(prefix)) continue;
    const path = process.resolve(`${directory}${name}`);
    let isDirectory = false;
    try {
      isDirectory = fs.stat(path).kind === "directory";
    } catch {
      // A dangling link is still a name.
    }
    if (onlyDirectories && !isDirectory) continue;
    if (onlyExecutable && !isDirectory && !fs.access(path, 1, process.credentials)) continue;
    found.push({ name: `${head}${name}`, isDirectory });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The directory that a leading variable names, as `$dir/` does. */
function expandVariable(shell: Interpreter, head: string): string {
  const variable = LEADING_VARIABLE.exec(head);
  const value = variable && shell.variables.scalar(variable[1] ?? variable[2] ?? "");
  return value ? value + head.slice(variable[0].length) : head;
}

function expandTilde(shell: Interpreter, head: string): string {
  const match = /^~([^/]*)(.*)$/s.exec(head);
  if (!match) return head;
  const home = match[1] === "" ? (shell.variables.scalar("HOME") ?? "") : shell.homeOf(match[1]);
  return home === undefined ? head : home + (match[2] ?? "");
}

// -------------------------------------------------------- programmable completion

async function commandCompletion(
  shell: Interpreter,
  context: CompletionContext,
  start: number,
  quote: Place["quote"],
): Promise<Completion | undefined> {
  const spec = findSpec(shell, context.words[0] ?? "");
  if (spec !== undefined) return completionBySpec(shell, spec, context, start, quote);
  if (/^(?:ssh|scp|ping|curl|telnet|nc|dig|host|nslookup|traceroute)$/.test(context.words[0] ?? ""))
    return hosts(shell, context, start, quote);
  return undefined;
}

async function completionBySpec(
  shell: Interpreter,
  spec: CompletionSpec,
  context: CompletionContext,
  start: number,
  quote: Place["quote"],
): Promise<Completion | undefined> {
  // `compopt` in the function changes them for this once.
  const options = new Set(spec.options);
  shell.state.completionOptions = options;
  let found: string[];
  try {
    found = await generate(shell, spec, context);
  } finally {
    shell.state.completionOptions = null;
  }
  if (found.length === 0 && (options.has("default") || options.has("bashdefault"))) return undefined;
  if (options.has("filenames") || spec.actions.includes("file") || spec.actions.includes("directory")) {
    return files(shell, start, context.word, quote, spec.actions.includes("directory"));
  }
  const suffix = options.has("nospace") ? { suffix: "" } : {};
  return candidates(
    start,
    [...new Set(found)].map((text) => ({ text, ...suffix })),
  );
}

function findSpec(shell: Interpreter, name: string): CompletionSpec | undefined {
  const { completions } = shell.state;
  return completions.get(name) ?? completions.get(name.slice(name.lastIndexOf("/") + 1)) ?? completions.get("-D");
}

function hosts(
  shell: Interpreter,
  context: CompletionContext,
  start: number,
  quote: Place["quote"],
): Completion | undefined {
  const names = hostNames(shell).filter((name) => name.startsWith(context.word));
  if (names.length === 0 || quote !== "") return undefined;
  return candidates(
    start,
    names.map((text) => ({ text })),
  );
}

function hostNames(shell: Interpreter): string[] {
  try {
    const lines = shell.process.machine.fs.readText("/etc/hosts").split("\n");
    const names = lines.flatMap((line) => (line.split("#")[0] ?? "").trim().split(/\s+/).slice(1));
    return [...new Set(names.filter((name) => name !== ""))].sort();
  } catch {
    return [];
  }
}

// -------------------------------------------------------------- complete, compgen

/** What a specification generates for a word. */
export async function generate(
  shell: Interpreter,
  spec: CompletionSpec,
  context: CompletionContext,
): Promise<string[]> {
  const found: string[] = [];
  const { word } = context;
  for (const action of spec.actions) found.push(...actionWords(shell, action, word));
  if (spec.globPattern !== undefined) {
    const names = expandGlob(spec.globPattern, shell.globContext(), {
      extglob: true,
      dotglob: false,
      nocaseglob: false,
      globstar: false,
      limit: 1000,
    });
    found.push(...names.filter((name) => name.startsWith(word)));
  }
  if (spec.words !== undefined) {
    const builder = new FieldBuilder(separatorsOf(shell.variables.scalar("IFS")), true);
    await drive(shell.expander.segments(asUnquoted(lowerText(spec.words)), builder, true, "none"));
    const words = builder.end().map((field) => field.text);
    found.push(...words.filter((each) => each !== "" && each.startsWith(word)));
  }
  if (spec.functionName !== undefined) found.push(...(await functionWords(shell, spec.functionName, context)));
  return found;
}

/** A word list is divided whatever its segments say. */
function asUnquoted(segments: readonly Segment[]): Segment[] {
  return segments.map((segment) => (segment.kind === "process" ? segment : { ...segment, isQuoted: false }));
}

function actionWords(shell: Interpreter, action: string, word: string): string[] {
  const starting = (names: Iterable<string>): string[] => [...names].filter((name) => name.startsWith(word)).sort();
  switch (action) {
    case "alias":
      return starting(shell.state.aliases.keys());
    case "builtin":
      return starting(builtins.keys());
    case "command":
      return commandNames(shell, word);
    case "directory":
      return fileNames(shell, word, true, false).map((file) => file.name);
    case "file":
      return fileNames(shell, word, false, false).map((file) => file.name);
    case "function":
      return starting(shell.state.functions.keys());
    case "export":
      return starting(shell.variables.environment().keys());
    case "variable":
      return shell.variables.namesWithPrefix(word);
    case "keyword":
      return starting(WORDS);
    case "user":
      return starting(accounts(shell.process).map((account) => account.name));
    case "hostname":
      return starting(hostNames(shell));
    case "job":
      return starting(shell.jobs.all.map((job) => job.text().split(" ")[0] ?? ""));
    default:
      return [];
  }
}

/** A completion function sees COMP_WORDS and its like, and answers in COMPREPLY. */
async function functionWords(shell: Interpreter, name: string, context: CompletionContext): Promise<string[]> {
  const definition = shell.state.functions.get(name);
  if (!definition) return [];
  const { variables, state } = shell;
  const { lastStatus } = state;
  variables.force("COMP_WORDS", IndexedArray.of(context.words));
  variables.force("COMP_CWORD", String(context.index));
  variables.force("COMP_LINE", context.line);
  variables.force("COMP_POINT", String(context.line.length));
  variables.unset("COMPREPLY");
  try {
    await callFunction(shell, definition, [
      context.words[0] ?? "",
      context.word,
      context.words[context.index - 1] ?? "",
    ]);
  } catch (error) {
    if (!(error instanceof DiscardCommand) && !(error instanceof ExitShell) && !(error instanceof ExpansionError))
      throw error;
  }
  state.lastStatus = lastStatus;
  const reply = variables.get("COMPREPLY")?.value;
  const values = reply instanceof IndexedArray ? reply.values() : [];
  for (const variable of ["COMP_WORDS", "COMP_CWORD", "COMP_LINE", "COMP_POINT", "COMPREPLY"])
    variables.unset(variable);
  return values;
}
