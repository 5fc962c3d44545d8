/** GNU grep 3.8 and busybox grep. PCRE (-P) is JavaScript's dialect. */
import type { Process } from "../../machine/types.ts";
import { lines, OutputBuffer, readAll, readAllText } from "../toolkit/input.ts";
import { o, type OptionSpec, type ParsedOptions } from "../toolkit/options.ts";
import { alternatives, compileRegex, RegexError, type RegexSyntax } from "../toolkit/posix-regex.ts";
import { gnuVersionText } from "../toolkit/gnu-banners.ts";
import { defineTool, isBusybox, isErrno, ToolError, toolName } from "../toolkit/tool.ts";

const OPTIONS: readonly OptionSpec[] = [
  o("E", "extended-regexp"),
  o("F", "fixed-strings"),
  o("G", "basic-regexp"),
  o("P", "perl-regexp"),
  o("e", "regexp", "required"),
  o("f", "file", "required"),
  o("i", "ignore-case"),
  o("y", "ignore-case"),
  o("", "no-ignore-case"),
  o("w", "word-regexp"),
  o("x", "line-regexp"),
  o("z", "null-data"),
  o("s", "no-messages"),
  o("v", "invert-match"),
  o("m", "max-count", "required"),
  o("b", "byte-offset"),
  o("n", "line-number"),
  o("", "line-buffered"),
  o("H", "with-filename"),
  o("h", "no-filename"),
  o("", "label", "required"),
  o("o", "only-matching"),
  o("q", "quiet"),
  o("", "silent"),
  o("a", "text"),
  o("I"),
  o("r", "recursive"),
  o("R", "dereference-recursive"),
  o("", "include", "required"),
  o("", "exclude", "required"),
  o("", "exclude-dir", "required"),
  o("L", "files-without-match"),
  o("l", "files-with-matches"),
  o("c", "count"),
  o("T", "initial-tab"),
  o("Z", "null"),
  o("A", "after-context", "required"),
  o("B", "before-context", "required"),
  o("C", "context", "required"),
  o("", "color", "optional"),
  o("", "colour", "optional"),
  o("U", "binary"),
  o("", "binary-files", "required"),
  o("d", "directories", "required"),
  o("D", "devices", "required"),
  o("", "group-separator", "required"),
  o("", "no-group-separator"),
  o("V", "version"),
];

const USAGE = "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.";

interface Plan {
  readonly matcher: (line: string) => readonly Span[];
  readonly inverts: boolean;
  readonly mode: "lines" | "only" | "count" | "with" | "without" | "quiet";
  readonly names: boolean;
  readonly numbers: boolean;
  readonly offsets: boolean;
  readonly before: number;
  readonly after: number;
  /** Also with `-A0`: groups are separated then. */
  readonly hasContext: boolean;
  readonly limit: number;
  readonly separator: string;
  /** Between groups of context lines; null for none. */
  readonly groupSeparator: string | null;
  readonly isAligned: boolean;
  readonly colors: boolean;
  readonly flushes: boolean;
  readonly nameEnd: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

function grepLike(name: string, forced?: RegexSyntax) {
  return defineTool({
    name,
    usage: USAGE,
    // A wrong option is answered by the synopsis, as is none at all.
    usageHint: USAGE,
    usageStatus: 2,
    options: OPTIONS,
    digitsAre: "context",
    run: (process, options) => runGrep(process, options, forced),
  });
}

export const grep = grepLike("grep");
export const egrep = grepLike("egrep", "extended");
export const fgrep = grepLike("fgrep", "fixed");

async function runGrep(process: Process, options: ParsedOptions, forced?: RegexSyntax): Promise<number> {
  if (options.has("version") && !isBusybox(process)) {
    await process.stdout.write(gnuVersionText("grep") ?? "");
    return 0;
  }
  checkOptions(options);
  const operands = [...options.operands];
  const patterns = [...options.values("regexp")];
  for (const file of options.values("file")) patterns.push((await readAllText(process, file)).replace(/\n$/, ""));
  if (!options.has("regexp") && !options.has("file")) {
    const first = operands.shift();
    if (first === undefined) {
      await process.stderr.write(
        `Usage: ${toolName(process)} [OPTION]... PATTERNS [FILE]...\nTry '${toolName(process)} --help' for more information.\n`,
      );
      return 2;
    }
    patterns.push(first);
  }
  const isRecursive =
    options.has("recursive") || options.has("dereference-recursive") || options.value("directories") === "recurse";
  const files = operands.length > 0 ? operands : [isRecursive ? "." : "-"];
  let plan: Plan;
  try {
    plan = planOf(
      process,
      options,
      patterns.flatMap((pattern) => pattern.split("\n")),
      files.length > 1 || isRecursive,
      forced,
    );
  } catch (error) {
    if (!(error instanceof RegexError)) throw error;
    await process.stderr.write(`${toolName(process)}: ${error.message}\n`);
    return 2;
  }
  let hasMatch = false;
  let hasError = false;
  for (const file of expandFolders(process, files, options, isRecursive)) {
    try {
      const matched = await searchFile(process, file, plan, options);
      hasMatch ||= matched;
      if (matched && plan.mode === "quiet") return 0;
    } catch (error) {
      if (!isErrno(error) || error.code === "EPIPE") throw error;
      if (error.code === "EISDIR" && options.value("directories") === "skip") continue;
      hasError = true;
      if (options.has("no-messages")) continue;
      const text = error.code === "EISDIR" ? `${file}: Is a directory` : `${file}: ${error.message}`;
      await process.stderr.write(`${toolName(process)}: ${text}\n`);
    }
  }
  if (hasError) return 2;
  return hasMatch ? 0 : 1;
}

/** Throws in grep's words what the options cannot mean. */
function checkOptions(options: ParsedOptions): void {
  if (!/^-?\d+$/.test(options.value("max-count") ?? "0")) throw new ToolError("invalid max count", 2);
  for (const name of ["after-context", "before-context", "context"]) {
    const text = options.value(name) ?? "0";
    if (!/^\d+$/.test(text)) throw new ToolError(`${text}: invalid context length argument`, 2);
  }
  const matchers = ["extended-regexp", "fixed-strings", "basic-regexp", "perl-regexp"].filter((name) =>
    options.has(name),
  );
  if (matchers.length > 1 && matchers.includes("perl-regexp")) throw new ToolError("conflicting matchers specified", 2);
}

function planOf(
  process: Process,
  options: ParsedOptions,
  patterns: readonly string[],
  isMany: boolean,
  forced?: RegexSyntax,
): Plan {
  const context = options.value("context");
  const color =
    options.value("color") ??
    options.value("colour") ??
    (options.has("color") || options.has("colour") ? "auto" : "never");
  const only = options.has("only-matching");
  return {
    matcher: matcherOf(options, patterns, forced),
    inverts: options.has("invert-match"),
    mode:
      options.has("quiet") || options.has("silent")
        ? "quiet"
        : options.has("files-with-matches")
          ? "with"
          : options.has("files-without-match")
            ? "without"
            : options.has("count")
              ? "count"
              : only
                ? "only"
                : "lines",
    names: options.has("with-filename") || (isMany && !options.has("no-filename")),
    numbers: options.has("line-number"),
    offsets: options.has("byte-offset"),
    before: Number(options.value("before-context") ?? context ?? 0),
    after: Number(options.value("after-context") ?? context ?? 0),
    hasContext: ["before-context", "after-context", "context"].some((name) => options.has(name)),
    limit: options.has("max-count") ? Number(options.value("max-count")) : Number.POSITIVE_INFINITY,
    separator: options.has("null-data") ? "\0" : "\n",
    groupSeparator: options.has("no-group-separator") ? null : (options.value("group-separator") ?? "--"),
    isAligned: options.has("initial-tab"),
    colors: color === "always" || (color === "auto" && process.stdout.isTty),
    flushes: options.has("line-buffered"),
    nameEnd: options.has("null") ? "\0" : ":",
  };
}

/** All spans of a line that match, leftmost first, not overlapping. */
function matcherOf(
  options: ParsedOptions,
  patterns: readonly string[],
  forced?: RegexSyntax,
): (line: string) => readonly Span[] {
  const syntax =
    forced ??
    (options.has("fixed-strings")
      ? "fixed"
      : options.has("perl-regexp")
        ? "perl"
        : options.has("extended-regexp")
          ? "extended"
          : "basic");
  const ignoresCase =
    (options.has("ignore-case") && !options.has("no-ignore-case")) ||
    (syntax === "perl" && patterns.some((pattern) => pattern.startsWith("(?i)")));
  const isWord = options.has("word-regexp");
  const isLine = options.has("line-regexp");
  // Branches of their own take part in the choice of the longest match.
  const branches = syntax === "extended" ? patterns.flatMap(alternatives) : patterns;
  const regexes = branches.map((pattern) => {
    const { text, dropsHead } = keepOut(pattern, syntax);
    return { regex: compileRegex(text, { syntax, ignoresCase, isGlobal: true }), dropsHead };
  });
  return (line) => {
    const spans: Span[] = [];
    let from = 0;
    while (from <= line.length) {
      let best: Span | undefined;
      for (const { regex, dropsHead } of regexes) {
        const found = firstMatch(regex, line, from, isWord, isLine, dropsHead);
        if (found && (!best || found.start < best.start || (found.start === best.start && found.end > best.end)))
          best = found;
      }
      if (!best) break;
      spans.push(best);
      from = best.end > best.start ? best.end : best.end + 1;
    }
    return spans;
  };
}

/** `\K` in a Perl pattern: what comes before it does not count as matched. */
function keepOut(pattern: string, syntax: RegexSyntax): { text: string; dropsHead: boolean } {
  const at = syntax === "perl" ? pattern.indexOf("\\K") : -1;
  if (at === -1) return { text: pattern, dropsHead: false };
  return { text: `(${pattern.slice(0, at)})${pattern.slice(at + 2)}`, dropsHead: true };
}

function firstMatch(
  regex: RegExp,
  line: string,
  from: number,
  isWord: boolean,
  isLine: boolean,
  dropsHead: boolean,
): Span | undefined {
  regex.lastIndex = from;
  while (true) {
    const match = regex.exec(line);
    if (!match) return undefined;
    const start = match.index + (dropsHead ? (match[1]?.length ?? 0) : 0);
    let end = match.index + match[0].length;
    if (isLine) {
      if (match.index === 0 && end === line.length) return { start, end };
      // A shorter alternative came first: ask for the whole line.
      const whole = new RegExp(`^(?:${regex.source})$`, regex.flags.replace("g", ""));
      return from === 0 && whole.test(line) ? { start: 0, end: line.length } : undefined;
    }
    if (!isWord) return { start, end };
    // Shorter matches at the same place are tried before later ones, as grep does.
    while (end > start) {
      if (isWordEdge(line, start, end)) return { start, end };
      const shorter = new RegExp(`^(?:${regex.source})$`, regex.flags.replace("g", ""));
      do end--;
      while (end > start && !shorter.test(line.slice(start, end)));
    }
    regex.lastIndex = match.index + 1;
    if (regex.lastIndex > line.length) return undefined;
  }
}

const isWordChar = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{Nd}_]/u.test(char);

function isWordEdge(line: string, start: number, end: number): boolean {
  return !isWordChar(line[start - 1]) && !isWordChar(line[end]);
}

function expandFolders(
  process: Process,
  files: readonly string[],
  options: ParsedOptions,
  isRecursive: boolean,
): readonly string[] {
  if (!isRecursive) return files;
  const { fs } = process.machine;
  const includes = options.values("include").map(globRegex);
  const excludes = options.values("exclude").map(globRegex);
  const excludedFolders = options.values("exclude-dir").map(globRegex);
  const found: string[] = [];
  const visit = (path: string, isOperand: boolean): void => {
    const absolute = process.resolve(path);
    let kind: string;
    try {
      kind = isOperand || options.has("dereference-recursive") ? fs.stat(absolute).kind : fs.lstat(absolute).kind;
    } catch {
      if (isOperand) found.push(path);
      return;
    }
    const name = path.split("/").at(-1) ?? path;
    if (kind === "directory") {
      if (!isOperand && excludedFolders.some((glob) => glob.test(name))) return;
      for (const child of fs.readdir(absolute))
        visit(
          path === "." && files.length === 1 && options.operands.length < 2
            ? child
            : `${path.replace(/\/$/, "")}/${child}`,
          false,
        );
    } else if (kind === "file") {
      if (includes.length > 0 && !includes.some((glob) => glob.test(name))) return;
      if (excludes.some((glob) => glob.test(name))) return;
      found.push(path);
    }
  };
  for (const file of files) visit(file, true);
  return found;
}

function globRegex(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replace(/\*/g, ".*")
    .replace(/\?/g, ".");
  return new RegExp(`^${source}$`);
}

async function searchFile(process: Process, file: string, plan: Plan, options: ParsedOptions): Promise<boolean> {
  const label = file === "-" ? (options.value("label") ?? "(standard input)") : file;
  if (file !== "-" && !options.has("text") && !options.has("null-data") && (await isBinary(process, file)))
    return searchBinary(process, file, plan, label);
  const output = new OutputBuffer(process);
  const history: { text: string; number: number; offset: number }[] = [];
  let count = 0;
  let number = 0;
  let offset = 0;
  let lastPrinted = 0;
  let owed = 0;
  const print = async (
    text: string,
    at: number,
    byte: number,
    mark: ":" | "-",
    spans: readonly Span[],
  ): Promise<void> => {
    if (plan.hasContext && lastPrinted > 0 && at > lastPrinted + 1 && plan.groupSeparator !== null)
      await output.write(
        `${plan.colors ? `\u001b[36m\u001b[K${plan.groupSeparator}\u001b[m\u001b[K` : plan.groupSeparator}\n`,
      );
    lastPrinted = at;
    await output.write(
      prefix(plan, label, at, byte, mark) + (plan.colors ? paint(text, spans) : text) + plan.separator,
    );
  };
  for await (const { text } of lines(process, file, plan.separator)) {
    number++;
    const lineOffset = offset;
    offset += new TextEncoder().encode(text).length + 1;
    const spans = plan.matcher(text);
    const isSelected = spans.length > 0 !== plan.inverts;
    if (isSelected) {
      const isText = options.has("text") || plan.separator === "\0" || !text.includes("\0");
      if (!isText && (plan.mode === "lines" || plan.mode === "only")) {
        await output.flush();
        await tellBinary(process, label);
        return true;
      }
      count++;
      if (plan.mode === "quiet") return true;
      if (plan.mode === "with") {
        await process.stdout.write(`${label}${options.has("null") ? "\0" : "\n"}`);
        return true;
      }
      if (plan.mode === "without") return true;
      if (plan.mode === "only" && !plan.inverts) {
        for (const span of spans) {
          if (span.end > span.start) {
            const part = text.slice(span.start, span.end);
            await output.write(
              prefix(plan, label, number, lineOffset + span.start, ":") +
                (plan.colors ? paint(part, [{ start: 0, end: part.length }]) : part) +
                plan.separator,
            );
          }
        }
      } else if (plan.mode === "lines") {
        for (const line of history) await print(line.text, line.number, line.offset, "-", []);
        history.length = 0;
        await print(text, number, lineOffset, ":", plan.inverts ? [] : spans);
        owed = plan.after;
      }
      if (plan.flushes) await output.flush();
      if (count >= plan.limit) {
        if (owed === 0) break;
      }
    } else if (plan.mode === "lines" && owed > 0) {
      owed--;
      await print(text, number, lineOffset, "-", []);
      if (owed === 0 && count >= plan.limit) break;
    } else if (plan.mode === "lines" && plan.before > 0) {
      history.push({ text, number, offset: lineOffset });
      if (history.length > plan.before) history.shift();
    }
  }
  if (plan.mode === "count") await output.write(`${plan.names ? label + plan.nameEnd : ""}${count}\n`);
  if (plan.mode === "without" && count === 0) await output.write(`${label}\n`);
  await output.flush();
  return plan.mode === "without" ? count === 0 : count > 0;
}

async function isBinary(process: Process, file: string): Promise<boolean> {
  return (await readAll(process, file)).subarray(0, 32768).includes(0);
}

async function searchBinary(process: Process, file: string, plan: Plan, label: string): Promise<boolean> {
  let count = 0;
  for await (const { text } of lines(process, file)) if (plan.matcher(text).length > 0 !== plan.inverts) count++;
  if (count > 0 && plan.mode === "with") await process.stdout.write(`${label}\n`);
  if (plan.mode === "count") await process.stdout.write(`${plan.names ? `${label}:` : ""}${count}\n`);
  if (count > 0 && (plan.mode === "lines" || plan.mode === "only")) await tellBinary(process, label);
  return count > 0;
}

/** busybox knows no binary files' words of grep 3.5 and later, and tells on standard output. */
async function tellBinary(process: Process, label: string): Promise<void> {
  if (isBusybox(process)) await process.stdout.write(`Binary file ${label} matches\n`);
  else await process.stderr.write(`${toolName(process)}: ${label}: binary file matches\n`);
}

function prefix(plan: Plan, label: string, number: number, offset: number, mark: ":" | "-"): string {
  const paintMark = plan.colors ? `\u001b[36m\u001b[K${mark}\u001b[m\u001b[K` : mark;
  let text = "";
  if (plan.names)
    text +=
      (plan.colors ? `\u001b[35m\u001b[K${label}\u001b[m\u001b[K` : label) + (plan.nameEnd === "\0" ? "\0" : paintMark);
  if (plan.numbers) text += (plan.colors ? `\u001b[32m\u001b[K${number}\u001b[m\u001b[K` : String(number)) + paintMark;
  if (plan.offsets) text += `${offset}${paintMark}`;
  return plan.isAligned && text !== "" ? alignedPrefix(text, plan, number) : text;
}

/** -T: numbers right-aligned, and a tab before the line. */
function alignedPrefix(text: string, plan: Plan, number: number): string {
  const padded =
    plan.numbers && !plan.colors
      ? text.replace(/(\d+)(?=.$)/, () => String(number).padStart(plan.names ? 4 : 19))
      : text;
  return `${padded}\t`;
}

function paint(text: string, spans: readonly Span[]): string {
  let out = "";
  let at = 0;
  for (const { start, end } of spans) {
    if (end === start) continue;
    out += `${text.slice(at, start)}\u001b[01;31m\u001b[K${text.slice(start, end)}\u001b[m\u001b[K`;
    at = end;
  }
  return out + text.slice(at);
}
