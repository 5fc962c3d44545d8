/**
 * The subset of Go's text/template that people write after `-o go-template=`: fields,
 * variables, pipelines, if, with, range, else, the comparison and formatting functions.
 * Left out: define, block, template, methods.
 */
import { goNumber, goQuote, goValue } from "./go-format.ts";
import { compareBytes } from "./json.ts";

/** The message is Go's, position included: `template: output:1: unclosed action`. */
export class TemplateError extends Error {}

type Expression =
  | { readonly kind: "chain"; readonly base: Expression; readonly fields: readonly string[] }
  | { readonly kind: "dot" }
  | { readonly kind: "nil" }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "function"; readonly name: string }
  | { readonly kind: "pipeline"; readonly pipeline: Pipeline };

interface Command {
  readonly words: readonly Expression[];
  readonly text: string;
}

interface Pipeline {
  readonly declares: readonly string[];
  readonly isAssignment: boolean;
  readonly commands: readonly Command[];
}

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline; readonly line: number }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly Node[];
      readonly otherwise: readonly Node[];
      readonly line: number;
    }
  | { readonly kind: "break" | "continue" };

// -------------------------------------------------------------------- parsing

interface Item {
  readonly kind: "text" | "action";
  readonly text: string;
  readonly line: number;
}

const NAME = "output";
const fail = (line: number, message: string) => new TemplateError(`template: ${NAME}:${line}: ${message}`);

function splitActions(text: string): readonly Item[] {
  const items: Item[] = [];
  let position = 0;
  let line = 1;
  let trimsNext = false;
  const push = (kind: Item["kind"], value: string, at: number) => {
    if (value !== "" || kind === "action") items.push({ kind, text: value, line: at });
  };
  for (;;) {
    const open = text.indexOf("{{", position);
    let plain = text.slice(position, open < 0 ? undefined : open);
    const lines = plain.split("\n").length - 1;
    if (trimsNext) plain = plain.replace(/^[ \t\r\n]+/, "");
    const trimsBefore = open >= 0 && /^\{\{- /.test(text.slice(open, open + 4));
    if (trimsBefore) plain = plain.replace(/[ \t\r\n]+$/, "");
    push("text", plain, line);
    line += lines;
    if (open < 0) return items;
    const start = open + (trimsBefore ? 4 : 2);
    if (text.startsWith("/*", start)) {
      const end = text.indexOf("*/", start);
      if (end < 0) throw fail(line, "unclosed comment");
      const close = /^( -)?\}\}/.exec(text.slice(end + 2));
      if (close === null) throw fail(line, "comment ends before closing delimiter");
      trimsNext = close[1] !== undefined;
      line += text.slice(open, end).split("\n").length - 1;
      position = end + 2 + close[0].length;
      continue;
    }
    const close = closingDelimiter(text, start, line);
    const body = text.slice(start, close);
    trimsNext = / -$/.test(body);
    push("action", trimsNext ? body.slice(0, -2) : body, line);
    line += body.split("\n").length - 1;
    position = close + 2;
  }
}

function closingDelimiter(text: string, start: number, line: number): number {
  for (let i = start; i < text.length; i++) {
    const char = text[i] as string;
    if (char === '"' || char === "'") {
      const from = i++;
      while (i < text.length && text[i] !== char && text[i] !== "\n") i += text[i] === "\\" ? 2 : 1;
      if (text[i] !== char)
        throw fail(line, from >= 0 && char === '"' ? "unterminated quoted string" : "unterminated character constant");
    } else if (char === "`") {
      i = text.indexOf("`", i + 1);
      if (i < 0) throw fail(line, "unterminated raw quoted string");
    } else if (text.startsWith("}}", i)) return i;
  }
  throw fail(line, "unclosed action");
}

const FUNCTIONS = new Set([
  "and",
  "or",
  "not",
  "eq",
  "ne",
  "lt",
  "le",
  "gt",
  "ge",
  "len",
  "index",
  "slice",
  "print",
  "printf",
  "println",
  "html",
  "js",
  "urlquery",
  "exists",
  "base64decode",
  "call",
]);

class TemplateParser {
  private position = 0;

  constructor(private readonly items: readonly Item[]) {}

  parse(): readonly Node[] {
    const { nodes, end } = this.parseList();
    if (end !== undefined) throw fail(end.line, `unexpected {{${end.text}}}`);
    return nodes;
  }

  private parseList(): { readonly nodes: readonly Node[]; readonly end?: Item } {
    const nodes: Node[] = [];
    for (;;) {
      const item = this.items[this.position++];
      if (item === undefined) return { nodes };
      if (item.kind === "text") {
        nodes.push({ kind: "text", text: item.text });
        continue;
      }
      const text = item.text.trim();
      const keyword = /^\w+/.exec(text)?.[0] ?? "";
      if (keyword === "end" || keyword === "else") return { nodes, end: { ...item, text } };
      nodes.push(this.parseAction(keyword, text, item));
    }
  }

  private parseAction(keyword: string, text: string, item: Item): Node {
    if (text === "break" || text === "continue") return { kind: text };
    if (keyword === "if" || keyword === "with" || keyword === "range") {
      return this.parseControl(keyword, text.slice(keyword.length).trim(), item.line);
    }
    if (text === "") throw fail(item.line, "missing value for command");
    return { kind: "action", pipeline: parsePipeline(text, item.line, "command"), line: item.line };
  }

  private parseControl(kind: "if" | "with" | "range", text: string, line: number): Node {
    const pipeline = parsePipeline(text, line, kind);
    const body = this.parseList();
    let otherwise: readonly Node[] = [];
    if (body.end === undefined) throw fail(this.lastLine(), "unexpected EOF");
    if (body.end.text.startsWith("else")) {
      const rest = body.end.text.slice(4).trim();
      const nested = /^(if|with)\b/.exec(rest)?.[1] as "if" | "with" | undefined;
      if (nested !== undefined)
        otherwise = [this.parseControl(nested, rest.slice(nested.length).trim(), body.end.line)];
      else {
        const list = this.parseList();
        if (list.end === undefined) throw fail(this.lastLine(), "unexpected EOF");
        otherwise = list.nodes;
      }
    }
    return { kind, pipeline, body: body.nodes, otherwise, line };
  }

  private lastLine(): number {
    return this.items.at(-1)?.line ?? 1;
  }
}

type Lexeme = {
  readonly kind: "field" | "variable" | "string" | "number" | "name" | "symbol" | "space";
  readonly text: string;
};

const LEXEMES: readonly (readonly [Lexeme["kind"], RegExp])[] = [
  ["space", /^\s+/],
  ["string", /^"(?:[^"\\\n]|\\.)*"|^`[^`]*`|^'(?:[^'\\]|\\.)+'/],
  ["number", /^[+-]?(?:0[xX][\da-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+)/],
  ["field", /^\.[\p{L}_][\p{L}\p{N}_]*/u],
  ["variable", /^\$[\p{L}\p{N}_]*/u],
  ["name", /^[\p{L}_][\p{L}\p{N}_]*/u],
  ["symbol", /^(?::=|[.()|=,])/],
];

function lex(text: string, line: number): readonly Lexeme[] {
  const lexemes: Lexeme[] = [];
  let rest = text;
  while (rest !== "") {
    const found = LEXEMES.map(([kind, pattern]) => [kind, pattern.exec(rest)?.[0]] as const).find(([, match]) => match);
    if (found?.[1] === undefined) {
      const char = rest[0] as string;
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      const context =
        char === "-"
          ? `bad number syntax: ${goQuote(char)}`
          : `unexpected bad character U+${code} '${char}' in command`;
      throw fail(line, context);
    }
    lexemes.push({ kind: found[0], text: found[1] });
    rest = rest.slice(found[1].length);
  }
  return lexemes;
}

function parsePipeline(text: string, line: number, context: string): Pipeline {
  const reader = new PipelineReader(lex(text, line), line, context);
  const pipeline = reader.pipeline();
  reader.expectEnd();
  return pipeline;
}

class PipelineReader {
  private position = 0;

  constructor(
    private readonly lexemes: readonly Lexeme[],
    private readonly line: number,
    private readonly context: string,
  ) {}

  private peek(): Lexeme | undefined {
    return this.lexemes[this.position];
  }

  private skipSpace(): void {
    while (this.peek()?.kind === "space") this.position++;
  }

  expectEnd(): void {
    this.skipSpace();
    const left = this.peek();
    if (left !== undefined) throw fail(this.line, `unexpected ${goQuote(left.text)} in ${this.context}`);
  }

  pipeline(): Pipeline {
    this.skipSpace();
    const declaration = this.declaration();
    const commands: Command[] = [];
    for (;;) {
      commands.push(this.command());
      this.skipSpace();
      if (this.peek()?.text !== "|") break;
      this.position++;
    }
    return { ...declaration, commands };
  }

  private declaration(): Pick<Pipeline, "declares" | "isAssignment"> {
    const start = this.position;
    const names: string[] = [];
    while (this.peek()?.kind === "variable") {
      names.push(this.peek()?.text ?? "");
      this.position++;
      this.skipSpace();
      const sign = this.peek()?.text;
      if (sign === ":=" || sign === "=") {
        this.position++;
        this.skipSpace();
        return { declares: names, isAssignment: sign === "=" };
      }
      if (sign !== ",") break;
      this.position++;
      this.skipSpace();
    }
    this.position = start;
    return { declares: [], isAssignment: false };
  }

  private command(): Command {
    const start = this.position;
    const words: Expression[] = [];
    for (;;) {
      this.skipSpace();
      const next = this.peek();
      if (next === undefined || next.text === "|" || next.text === ")") break;
      words.push(this.operand());
    }
    if (words.length === 0) throw fail(this.line, `missing value for ${this.context}`);
    const text = this.lexemes
      .slice(start, this.position)
      .map((lexeme) => lexeme.text)
      .join("")
      .trim();
    return { words, text };
  }

  private operand(): Expression {
    const base = this.term();
    const fields: string[] = [];
    while (this.peek()?.kind === "field") {
      fields.push((this.peek()?.text ?? "").slice(1));
      this.position++;
    }
    return fields.length === 0 ? base : { kind: "chain", base, fields };
  }

  private term(): Expression {
    const lexeme = this.peek() as Lexeme;
    if (lexeme.kind === "field") return { kind: "dot" };
    this.position++;
    switch (lexeme.kind) {
      case "string":
        return { kind: "literal", value: unquoteGo(lexeme.text) };
      case "number":
        return { kind: "literal", value: Number(lexeme.text) };
      case "variable":
        return { kind: "variable", name: lexeme.text };
      case "name":
        return this.named(lexeme.text);
      default:
    }
    if (lexeme.text === ".") return { kind: "dot" };
    if (lexeme.text === "(") {
      const pipeline = this.pipeline();
      this.skipSpace();
      if (this.peek()?.text !== ")") throw fail(this.line, "unclosed left paren");
      this.position++;
      return { kind: "pipeline", pipeline };
    }
    throw fail(this.line, `unexpected ${goQuote(lexeme.text)} in operand`);
  }

  private named(name: string): Expression {
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "nil") return { kind: "nil" };
    if (!FUNCTIONS.has(name)) throw fail(this.line, `function ${goQuote(name)} not defined`);
    return { kind: "function", name };
  }
}

function unquoteGo(text: string): unknown {
  const body = text.slice(1, -1);
  if (text[0] === "`") return body;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };
  const value = body.replace(/\\(u[\da-fA-F]{4}|x[\da-fA-F]{2}|[\s\S])/g, (_, code: string) =>
    code.length > 1 ? String.fromCodePoint(Number.parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
  );
  return text[0] === "'" ? (value.codePointAt(0) ?? 0) : value;
}

// ------------------------------------------------------------------ execution

class Scope {
  private readonly variables = new Map<string, unknown>();

  constructor(private readonly parent?: Scope) {}

  declare(name: string, value: unknown): void {
    this.variables.set(name, value);
  }

  assign(name: string, value: unknown): void {
    if (this.variables.has(name) || this.parent === undefined) this.variables.set(name, value);
    else this.parent.assign(name, value);
  }

  get(name: string): unknown {
    return this.variables.has(name) ? this.variables.get(name) : this.parent?.get(name);
  }
}

/** Go's zero Value: a key that is not in the map. */
const MISSING = Symbol("missing");
const BREAK = Symbol("break");
const CONTINUE = Symbol("continue");

export class GoTemplate {
  private readonly nodes: readonly Node[];

  /** Throws TemplateError. */
  constructor(
    template: string,
    private readonly allowsMissingKeys = true,
  ) {
    this.nodes = new TemplateParser(splitActions(template)).parse();
  }

  /** Throws TemplateError. */
  execute(data: unknown): string {
    const scope = new Scope();
    scope.declare("$", data);
    const out: string[] = [];
    this.run(this.nodes, data, scope, out);
    return out.join("");
  }

  private run(
    nodes: readonly Node[],
    dot: unknown,
    scope: Scope,
    out: string[],
  ): typeof BREAK | typeof CONTINUE | undefined {
    for (const node of nodes) {
      switch (node.kind) {
        case "text":
          out.push(node.text);
          break;
        case "break":
          return BREAK;
        case "continue":
          return CONTINUE;
        case "action": {
          const value = this.evaluate(node.pipeline, dot, scope, node.line);
          if (node.pipeline.declares.length === 0) out.push(printed(value));
          break;
        }
        default: {
          const signal = this.control(node, dot, scope, out);
          if (signal !== undefined) return signal;
        }
      }
    }
    return undefined;
  }

  private control(
    node: Extract<Node, { kind: "if" | "with" | "range" }>,
    dot: unknown,
    outer: Scope,
    out: string[],
  ): typeof BREAK | typeof CONTINUE | undefined {
    const scope = new Scope(outer);
    if (node.kind === "range") return this.range(node, dot, scope, out);
    const value = this.evaluate(node.pipeline, dot, scope, node.line);
    if (isTrue(value)) return this.run(node.body, node.kind === "with" ? value : dot, scope, out);
    return this.run(node.otherwise, dot, scope, out);
  }

  private range(
    node: Extract<Node, { kind: "if" | "with" | "range" }>,
    dot: unknown,
    scope: Scope,
    out: string[],
  ): undefined {
    const { declares } = node.pipeline;
    const value = this.evaluate({ ...node.pipeline, declares: [] }, dot, scope, node.line);
    const entries = entriesOf(value);
    if (entries === undefined) {
      throw this.error(node.line, node.pipeline.commands[0]?.text ?? "", `range can't iterate over ${printed(value)}`);
    }
    if (entries.length === 0) this.run(node.otherwise, dot, scope, out);
    for (const [key, item] of entries) {
      const inner = new Scope(scope);
      if (declares.length === 1) inner.declare(declares[0] ?? "", item);
      if (declares.length === 2) {
        inner.declare(declares[0] ?? "", key);
        inner.declare(declares[1] ?? "", item);
      }
      if (this.run(node.body, item, inner, out) === BREAK) break;
    }
    return undefined;
  }

  private error(line: number, text: string, message: string): TemplateError {
    return new TemplateError(`template: ${NAME}:${line}: executing ${goQuote(NAME)} at <${text}>: ${message}`);
  }

  private evaluate(pipeline: Pipeline, dot: unknown, scope: Scope, line: number): unknown {
    let value: unknown = MISSING;
    let isFirst = true;
    for (const command of pipeline.commands) {
      value = this.command(command, dot, scope, line, isFirst ? [] : [value]);
      isFirst = false;
    }
    for (const name of pipeline.declares) {
      if (pipeline.isAssignment) scope.assign(name, value);
      else scope.declare(name, value);
    }
    return value;
  }

  private command(command: Command, dot: unknown, scope: Scope, line: number, piped: readonly unknown[]): unknown {
    const [first, ...rest] = command.words;
    if (first === undefined) return MISSING;
    if (first.kind === "function") {
      return this.call(first.name, rest, piped, dot, scope, line, command.text);
    }
    if (rest.length > 0 || piped.length > 0) {
      throw this.error(line, command.text, `can't give argument to non-function ${command.text}`);
    }
    return this.expression(first, dot, scope, line, command.text);
  }

  private call(
    name: string,
    words: readonly Expression[],
    piped: readonly unknown[],
    dot: unknown,
    scope: Scope,
    line: number,
    text: string,
  ): unknown {
    if (name === "and" || name === "or") {
      let value: unknown = MISSING;
      for (const word of words) {
        value = this.expression(word, dot, scope, line, text);
        if (isTrue(value) === (name === "or")) return value;
      }
      return piped.length > 0 ? piped[0] : value;
    }
    const args = [...words.map((word) => this.expression(word, dot, scope, line, text)), ...piped];
    try {
      return callFunction(name, args);
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw error.message.startsWith("template:")
        ? error
        : this.error(line, text, `error calling ${name}: ${error.message}`);
    }
  }

  private expression(expression: Expression, dot: unknown, scope: Scope, line: number, text: string): unknown {
    switch (expression.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return expression.value;
      case "variable":
        return scope.get(expression.name);
      case "function":
        return this.call(expression.name, [], [], dot, scope, line, text);
      case "pipeline":
        return this.evaluate(expression.pipeline, dot, scope, line);
      case "chain": {
        const base = this.expression(expression.base, dot, scope, line, text);
        return expression.fields.reduce((value, field) => this.field(value, field, line, text), base);
      }
      default: {
        const never: never = expression;
        return never;
      }
    }
  }

  private field(value: unknown, name: string, line: number, text: string): unknown {
    if (value === MISSING || value === null || value === undefined) {
      if (value === MISSING) return MISSING;
      throw this.error(line, text, `nil pointer evaluating interface {}.${name}`);
    }
    if (typeof value !== "object" || Array.isArray(value)) {
      throw this.error(line, text, `can't evaluate field ${name} in type interface {}`);
    }
    const found = (value as Readonly<Record<string, unknown>>)[name];
    if (found !== undefined) return found;
    if (!this.allowsMissingKeys) throw this.error(line, text, `map has no entry for key ${goQuote(name)}`);
    return MISSING;
  }
}

function printed(value: unknown): string {
  if (value === MISSING || value === undefined || value === null) return "<no value>";
  return typeof value === "number" ? goNumber(value) : goValue(value);
}

function isTrue(value: unknown): boolean {
  if (value === MISSING || value === null || value === undefined || value === false || value === 0 || value === "")
    return false;
  if (Array.isArray(value)) return value.length > 0;
  return typeof value === "object" ? Object.keys(value).length > 0 : true;
}

function entriesOf(value: unknown): readonly (readonly [unknown, unknown])[] | undefined {
  if (value === MISSING || value === null || value === undefined) return [];
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (typeof value === "object") {
    const record = value as Readonly<Record<string, unknown>>;
    return Object.keys(record)
      .sort(compareBytes)
      .map((key) => [key, record[key]] as const);
  }
  return typeof value === "number" ? Array.from({ length: value }, (_, index) => [index, index] as const) : undefined;
}

function callFunction(name: string, args: readonly unknown[]): unknown {
  const [first, second] = args;
  switch (name) {
    case "not":
      return !isTrue(first);
    case "len":
      return lengthOf(first);
    case "index":
      return args.slice(1).reduce(indexInto, first);
    case "slice":
      return (first as string | readonly unknown[]).slice(
        Number(second ?? 0),
        args[2] === undefined ? undefined : Number(args[2]),
      );
    case "print":
      return args.map(printed).join(" ");
    case "println":
      return `${args.map(printed).join(" ")}\n`;
    case "printf":
      return formatGo(String(first), args.slice(1));
    case "html":
      return args
        .map(printed)
        .join("")
        .replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
    case "js":
      return args
        .map(printed)
        .join("")
        .replace(/[\\'"]/g, "\\$&");
    case "urlquery":
      return encodeURIComponent(args.map(printed).join(""));
    case "base64decode":
      return decodeBase64(String(first));
    case "exists":
      return existsAt(first, args.slice(1));
    default:
      return compareAll(name, args);
  }
}

function lengthOf(value: unknown): number {
  if (typeof value === "string" || Array.isArray(value)) return value.length;
  if (typeof value === "object" && value !== null) return Object.keys(value).length;
  throw new TemplateError(value === MISSING || value === null ? "len of nil pointer" : `len of type ${typeof value}`);
}

function indexInto(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    const index = Number(key);
    if (index < 0 || index >= value.length) throw new TemplateError(`index out of range: ${index}`);
    return value[index];
  }
  if (typeof value === "object" && value !== null) {
    const found = (value as Readonly<Record<string, unknown>>)[String(key)];
    return found === undefined ? MISSING : found;
  }
  throw new TemplateError("index of untyped nil");
}

function existsAt(value: unknown, keys: readonly unknown[]): boolean {
  let current: unknown = value;
  for (const key of keys) {
    if (typeof current !== "object" || current === null) return false;
    current = (current as Readonly<Record<string, unknown>>)[String(key)];
    if (current === undefined) return false;
  }
  return true;
}

function decodeBase64(text: string): string {
  try {
    const binary = atob(text);
    return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
  } catch {
    throw new TemplateError("base64 decode failed: illegal base64 data");
  }
}

function compareAll(name: string, args: readonly unknown[]): boolean {
  if (args.length < 2) throw new TemplateError("missing argument for comparison");
  const [first, ...others] = args;
  if (name === "eq") return others.some((other) => equal(first, other));
  const other = others[0];
  if (name === "ne") return !equal(first, other);
  if (typeof first !== typeof other) throw new TemplateError("incompatible types for comparison");
  const a = first as string | number;
  const b = other as string | number;
  switch (name) {
    case "lt":
      return a < b;
    case "le":
      return a <= b;
    case "gt":
      return a > b;
    default:
      return a >= b;
  }
}

function equal(a: unknown, b: unknown): boolean {
  if (a === MISSING || a === null || b === MISSING || b === null)
    return (a === MISSING || a === null) && (b === MISSING || b === null);
  if (typeof a === "object" || typeof b === "object") throw new TemplateError("non-comparable type");
  if (typeof a !== typeof b) throw new TemplateError("incompatible types for comparison");
  return a === b;
}

/** The verbs of fmt.Sprintf that templates use. */
export function formatGo(format: string, args: readonly unknown[]): string {
  let index = 0;
  const out = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === "%") return "%";
      if (index >= args.length) return `%!${verb}(MISSING)`;
      const text = formatOne(args[index++], verb, flags, precision);
      if (width === "") return text;
      if (flags.includes("-")) return text.padEnd(Number(width));
      return text.padStart(Number(width), flags.includes("0") ? "0" : " ");
    },
  );
  if (index >= args.length) return out;
  const extra = args.slice(index).map((arg) => `${goTypeName(arg)}=${printed(arg)}`);
  return `${out}%!(EXTRA ${extra.join(", ")})`;
}

function goTypeName(value: unknown): string {
  if (value === MISSING || value === null) return "<nil>";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float64";
  if (Array.isArray(value)) return "[]interface {}";
  return typeof value === "object" ? "map[string]interface {}" : typeof value === "boolean" ? "bool" : "string";
}

function formatOne(value: unknown, verb: string, flags: string, precision: string | undefined): string {
  switch (verb) {
    case "v":
      return value === MISSING || value === null ? "<nil>" : printed(value);
    case "s":
      if (typeof value === "number") return `%!s(${goTypeName(value)}=${printed(value)})`;
      if (value === MISSING || value === null) return "%!s(<nil>)";
      return precision === undefined ? printed(value) : printed(value).slice(0, Number(precision));
    case "q":
      return goQuote(printed(value));
    case "d":
      return typeof value === "number"
        ? flags.includes("+") && value >= 0
          ? `+${value}`
          : String(value)
        : `%!d(${goTypeName(value)}=${printed(value)})`;
    case "f":
      return typeof value === "number"
        ? value.toFixed(precision === undefined ? 6 : Number(precision))
        : `%!f(${goTypeName(value)}=${printed(value)})`;
    case "t":
      return String(value);
    case "x":
      return typeof value === "number"
        ? value.toString(16)
        : [...printed(value)].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
    case "T":
      return goTypeName(value);
    default:
      return `%!${verb}(${goTypeName(value)}=${printed(value)})`;
  }
}
