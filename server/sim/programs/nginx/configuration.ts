/** nginx's configuration language: text to a tree of directives, with nginx's complaints. */
import type { Credentials, FileSystem } from "../../machine/types.ts";
import { globToPaths } from "./include.ts";
import { isErrno } from "../toolkit/tool.ts";
import { errnoNumber } from "../../machine/errno.ts";
import { type Context, DIRECTIVES, type DirectiveRule } from "./directives.ts";

export interface Directive {
  readonly name: string;
  readonly args: readonly string[];
  readonly file: string;
  readonly line: number;
  readonly block: readonly Directive[] | null;
}

/** A complaint at level emerg, without `nginx: [emerg] `. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

export function complainAt(directive: Pick<Directive, "file" | "line">, text: string): never {
  throw new ConfigurationError(`${text} in ${directive.file}:${directive.line}`);
}

type Token =
  | { readonly kind: "word"; readonly text: string; readonly line: number }
  | { readonly kind: "mark"; readonly text: ";" | "{" | "}"; readonly line: number };

const MAX_INCLUDE_DEPTH = 16;

/** Reads the main file and all it includes. `prefix` is what relative paths start from. */
export function readConfiguration(fs: FileSystem, path: string, as: Credentials): readonly Directive[] {
  const prefix = path.slice(0, path.lastIndexOf("/"));
  return new Parser(fs, as, prefix).file(path, "m", null, 0);
}

/** Global directives from `-g`. */
export function readGlobals(fs: FileSystem, text: string, as: Credentials): readonly Directive[] {
  const tokens = tokenize(text, "command line");
  return new Parser(fs, as, "/etc/nginx").block(tokens, "command line", "m", false, 0);
}

class Parser {
  readonly #fs: FileSystem;
  readonly #as: Credentials;
  readonly #prefix: string;

  constructor(fs: FileSystem, as: Credentials, prefix: string) {
    this.#fs = fs;
    this.#as = as;
    this.#prefix = prefix;
  }

  file(path: string, context: Context, from: Directive | null, depth: number): readonly Directive[] {
    const place = from ? ` in ${from.file}:${from.line}` : "";
    if (depth > MAX_INCLUDE_DEPTH) throw new ConfigurationError(`too many nested includes${place}`);
    let text: string;
    try {
      text = this.#fs.readText(path, this.#as);
    } catch (error) {
      if (!isErrno(error)) throw error;
      const call = error.code === "EISDIR" ? "pread()" : "open()";
      throw new ConfigurationError(`${call} "${path}" failed (${errnoNumber(error.code)}: ${error.message})${place}`);
    }
    return this.block(tokenize(text, path), path, context, false, depth);
  }

  block(tokens: TokenStream, file: string, context: Context, isNested: boolean, depth: number): readonly Directive[] {
    const found: Directive[] = [];
    for (;;) {
      const first = tokens.next();
      if (!first) {
        if (isNested)
          throw new ConfigurationError(`unexpected end of file, expecting "}" in ${file}:${tokens.lastLine}`);
        return found;
      }
      if (first.kind === "mark") {
        if (first.text === "}" && isNested) return found;
        complainAt({ file, line: first.line }, `unexpected "${first.text}"`);
      }
      found.push(...this.#directive(first.text, tokens, file, context, depth));
    }
  }

  #directive(name: string, tokens: TokenStream, file: string, context: Context, depth: number): readonly Directive[] {
    const args: string[] = [];
    for (;;) {
      const token = tokens.next();
      if (!token) {
        throw new ConfigurationError(`unexpected end of file, expecting ";" or "}" in ${file}:${tokens.lastLine}`);
      }
      if (token.kind === "word") {
        args.push(token.text);
        continue;
      }
      const here = { file, line: token.line };
      if (token.text === "}") complainAt(here, `unexpected "}"`);
      const isBlock = token.text === "{";
      // Inside types and map every line is an entry.
      if (context !== "any") checkDirective(name, args, isBlock, context, here);
      const place = { name, args, file, line: token.line };
      if (isBlock) return [{ ...place, block: this.block(tokens, file, contextOf(name, context), true, depth) }];
      if (name === "include" && args.length === 1) return this.#include({ ...place, block: null }, context, depth);
      return [{ ...place, block: null }];
    }
  }

  #include(directive: Directive, context: Context, depth: number): readonly Directive[] {
    const [pattern = ""] = directive.args;
    const path = pattern.startsWith("/") ? pattern : `${this.#prefix}/${pattern}`;
    const paths = /[*?[]/.test(path) ? globToPaths(this.#fs, path) : [path];
    return paths.flatMap((one) => this.file(one, context, directive, depth + 1));
  }
}

function contextOf(name: string, context: Context): Context {
  switch (name) {
    case "events":
      return "e";
    case "http":
      return "h";
    case "server":
      return context === "u" ? "u" : "s";
    case "upstream":
      return "u";
    case "location":
    case "limit_except":
      return "l";
    case "if":
      return "i";
    default:
      return "any";
  }
}

function checkDirective(
  name: string,
  args: readonly string[],
  isBlock: boolean,
  context: Context,
  place: { readonly file: string; readonly line: number },
): void {
  const rule = DIRECTIVES.get(name);
  if (!rule) complainAt(place, `unknown directive "${name}"`);
  if (rule.contexts !== "any" && !rule.contexts.includes(context)) {
    complainAt(place, `"${name}" directive is not allowed here`);
  }
  checkForm(name, rule, args, isBlock, context, place);
}

function checkForm(
  name: string,
  rule: DirectiveRule,
  args: readonly string[],
  isBlock: boolean,
  context: Context,
  place: { readonly file: string; readonly line: number },
): void {
  // In an upstream, `server` is a line; in http, a block without arguments.
  const wantsBlock = rule.isBlock && !(name === "server" && context === "u");
  if (isBlock && !wantsBlock) complainAt(place, `directive "${name}" is not terminated by ";"`);
  if (!isBlock && wantsBlock) complainAt(place, `directive "${name}" has no opening "{"`);
  const most = name === "server" && context === "h" ? 0 : rule.most;
  const fewest = name === "server" && context === "u" ? 1 : rule.fewest;
  if (args.length < fewest || args.length > most) {
    complainAt(place, `invalid number of arguments in "${name}" directive`);
  }
}

// -------------------------------------------------------------------- tokens

class TokenStream {
  readonly #tokens: readonly Token[];
  #at = 0;
  readonly lastLine: number;

  constructor(tokens: readonly Token[], lastLine: number) {
    this.#tokens = tokens;
    this.lastLine = lastLine;
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++];
  }
}

const ESCAPES: Readonly<Record<string, string>> = { t: "\t", r: "\r", n: "\n", '"': '"', "'": "'", "\\": "\\" };

function tokenize(text: string, file: string): TokenStream {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? "";
    if (char === "\n") line++;
    if (/\s/.test(char)) {
      at++;
    } else if (char === "#") {
      while (at < text.length && text[at] !== "\n") at++;
    } else if (char === ";" || char === "{" || char === "}") {
      tokens.push({ kind: "mark", text: char, line });
      at++;
    } else {
      const word = char === '"' || char === "'" ? quoted(text, at, file, line) : bare(text, at);
      line += word.newlines;
      tokens.push({ kind: "word", text: word.text, line });
      at = word.end;
    }
  }
  return new TokenStream(tokens, line);
}

interface Word {
  readonly text: string;
  readonly end: number;
  readonly newlines: number;
}

function quoted(text: string, start: number, file: string, line: number): Word {
  const quote = text[start];
  let out = "";
  let newlines = 0;
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === quote) return { text: out, end: at + 1, newlines };
    if (char === "\n") newlines++;
    const escaped = char === "\\" ? ESCAPES[text[at + 1] ?? ""] : undefined;
    out += escaped ?? char;
    if (escaped !== undefined) at++;
  }
  throw new ConfigurationError(`unexpected end of file, expecting ";" or "}" in ${file}:${line + newlines}`);
}

function bare(text: string, start: number): Word {
  let out = "";
  let at = start;
  for (; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === "$" && text[at + 1] === "{") {
      const end = text.indexOf("}", at);
      if (end === -1) break;
      out += text.slice(at, end + 1);
      at = end;
      continue;
    }
    if (/[\s;{]/.test(char)) break;
    const next = text[at + 1] ?? "";
    if (char === "\\" && next in ESCAPES && next !== "\\") {
      out += ESCAPES[next];
      at++;
    } else if (char === "\\" && next !== "") {
      // A pattern's own escape: both characters stay, so that `\{` is no block.
      out += next === "\\" ? "\\" : char + next;
      at++;
    } else out += char;
  }
  return { text: out, end: at, newlines: 0 };
}
