/** JSONPath as k8s.io/client-go/util/jsonpath understands it: parser and evaluation, errors included. */
import { goValue } from "./go-format.ts";
import { compactJson, compareBytes, indentedJson } from "./json.ts";

type Bound = { readonly isKnown: boolean; readonly value: number; readonly isDerived: boolean };

type Node =
  | { readonly kind: "list"; readonly nodes: Node[] }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "identifier"; readonly name: string }
  | { readonly kind: "literal"; readonly value: number | boolean }
  | { readonly kind: "array"; readonly bounds: readonly [Bound, Bound, Bound] }
  | { readonly kind: "filter"; readonly left: ListNode; readonly right: ListNode; readonly operator: string }
  | { readonly kind: "wildcard" }
  | { readonly kind: "recursive" }
  | { readonly kind: "union"; readonly lists: readonly ListNode[] };

type ListNode = Extract<Node, { kind: "list" }>;

/** A template that cannot be parsed or evaluated; the message is Go's. */
export class JsonPathError extends Error {}

// -------------------------------------------------------------------- parsing

const TERMINATORS = new Set(["", " ", "\t", "\n", "\r", ".", ",", "[", "]", "$", "@", "{", "}"]);
const isAlphanumeric = (char: string) => /^[\p{L}\p{Nd}_]$/u.test(char);

class Parser {
  readonly root: ListNode = { kind: "list", nodes: [] };
  private position = 0;
  private start = 0;

  constructor(private readonly input: string) {}

  private next(): string {
    const char = this.input[this.position] ?? "";
    this.position++;
    return char;
  }

  private backup(): void {
    this.position--;
  }

  private peek(): string {
    return this.input[this.position] ?? "";
  }

  private consume(): string {
    const text = this.input.slice(this.start, this.position);
    this.start = this.position;
    return text;
  }

  parseText(current: ListNode): void {
    for (;;) {
      if (this.input[this.position] === "{") {
        if (this.position > this.start) current.nodes.push({ kind: "text", text: this.consume() });
        this.position++;
        this.consume();
        const list: ListNode = { kind: "list", nodes: [] };
        current.nodes.push(list);
        this.parseAction(list);
        return;
      }
      if (this.position >= this.input.length) break;
      this.position++;
    }
    if (this.position > this.start) current.nodes.push({ kind: "text", text: this.consume() });
  }

  private parseAction(current: ListNode): void {
    for (;;) {
      if (this.input.startsWith("}", this.position)) {
        this.position++;
        this.consume();
        this.parseText(this.root);
        return;
      }
      if (this.input.startsWith("[?(", this.position)) {
        this.parseFilter(current);
        continue;
      }
      if (this.input.startsWith("..", this.position)) {
        this.parseRecursive(current);
        continue;
      }
      this.parseToken(current);
    }
  }

  private parseToken(current: ListNode): void {
    const char = this.next();
    if (char === "" || char === "\n" || char === "\r") throw new JsonPathError("unclosed action");
    if (char === " " || char === "@" || char === "$") this.consume();
    else if (char === "[") this.parseArray(current);
    else if (char === '"' || char === "'") this.parseQuote(current, char);
    else if (char === ".") this.parseField(current);
    else if (char === "+" || char === "-" || /^\p{Nd}$/u.test(char)) this.parseNumber(current);
    else if (isAlphanumeric(char)) this.parseIdentifier(current);
    else {
      const code = (char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
      throw new JsonPathError(`unrecognized character in action: U+${code} '${char}'`);
    }
  }

  private parseIdentifier(current: ListNode): void {
    while (!TERMINATORS.has(this.peek())) this.position++;
    const name = this.consume();
    current.nodes.push(
      name === "true" || name === "false" ? { kind: "literal", value: name === "true" } : { kind: "identifier", name },
    );
  }

  private parseRecursive(current: ListNode): void {
    if (current.nodes.at(-1)?.kind === "recursive") throw new JsonPathError("invalid multiple recursive descent");
    this.position += 2;
    this.consume();
    current.nodes.push({ kind: "recursive" });
    if (isAlphanumeric(this.peek())) this.parseField(current);
  }

  private parseNumber(current: ListNode): void {
    while (/^[\d.]$/.test(this.peek())) this.position++;
    const text = this.consume();
    const value = Number(text);
    if (Number.isNaN(value)) throw new JsonPathError(`cannot parse number ${text}`);
    current.nodes.push({ kind: "literal", value });
  }

  private parseArray(current: ListNode): void {
    for (;;) {
      const char = this.next();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated array");
      if (char === "]") break;
    }
    let text = this.consume().slice(1, -1);
    if (text === "*") text = ":";
    const parts = text.split(",");
    if (parts.length > 1) {
      current.nodes.push({
        kind: "union",
        lists: parts.map((part) => parseInner(`[${part.replace(/^ +| +$/g, "")}]`)),
      });
      return;
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key !== null) {
      current.nodes.push(...parseInner(`.${key[1]}`).nodes);
      return;
    }
    const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
    if (slice === null) throw new JsonPathError(`invalid array index ${text}`);
    current.nodes.push({ kind: "array", bounds: readBounds(slice) });
  }

  private parseFilter(current: ListNode): void {
    this.position += 3;
    this.consume();
    let quote = "";
    let isClosed = false;
    for (;;) {
      const char = this.next();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated filter");
      if (char === '"' || char === "'") {
        if (quote === "") quote = char;
        else if (this.input[this.position - 2] !== "\\" && char === quote) isClosed = true;
      } else if (char === ")" && (quote !== "") === isClosed) break;
    }
    if (this.next() !== "]") throw new JsonPathError("unclosed array expect ]");
    const text = this.consume().slice(0, -2);
    const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (comparison === null) {
      current.nodes.push({
        kind: "filter",
        left: parseInner(text),
        right: { kind: "list", nodes: [] },
        operator: "exists",
      });
      return;
    }
    const [, left = "", operator = "", right = ""] = comparison;
    current.nodes.push({ kind: "filter", left: parseInner(left), right: parseInner(right), operator });
  }

  private parseQuote(current: ListNode, quote: string): void {
    for (;;) {
      const char = this.next();
      if (char === "" || char === "\n") throw new JsonPathError("unterminated quoted string");
      if (char === quote && this.input[this.position - 2] !== "\\") break;
    }
    const text = this.consume();
    current.nodes.push({ kind: "text", text: unquote(text) });
  }

  private parseField(current: ListNode): void {
    this.consume();
    for (;;) {
      const char = this.next();
      if (char === "\\") this.next();
      else if (TERMINATORS.has(char)) {
        this.backup();
        break;
      }
    }
    const name = this.consume();
    current.nodes.push(name === "*" ? { kind: "wildcard" } : { kind: "field", name: name.replaceAll("\\", "") });
  }
}

function parseInner(text: string): ListNode {
  const parser = new Parser(`{${text}}`);
  parser.parseText(parser.root);
  const first = parser.root.nodes[0];
  return first?.kind === "list" ? first : { kind: "list", nodes: [] };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(u[\da-fA-F]{4}|x[\da-fA-F]{2}|[\s\S])/g, (_, code: string) => {
    if (code.length > 1) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? code;
  });
}

function readBounds(match: RegExpExecArray): readonly [Bound, Bound, Bound] {
  const [, first = "", second, third] = match;
  const unknown: Bound = { isKnown: false, value: 0, isDerived: false };
  const known = (text: string): Bound => ({ isKnown: true, value: Number(text), isDerived: false });
  const after = (text: string | undefined): Bound | undefined =>
    text === undefined ? undefined : text.length === 1 ? unknown : known(text.slice(1));
  const start = first === "" || first === "-" ? unknown : known(first);
  return [start, after(second) ?? { isKnown: true, value: start.value + 1, isDerived: true }, after(third) ?? unknown];
}

// ----------------------------------------------------------------- evaluation

type Value = unknown;

function isRecord(value: Value): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function childrenOf(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  if (isRecord(value)) {
    return Object.keys(value)
      .filter((key) => value[key] !== undefined)
      .sort(compareBytes)
      .map((key) => value[key]);
  }
  return [];
}

const goTypeOf = (value: Value): string =>
  isRecord(value)
    ? "map[string]interface {}"
    : typeof value === "number"
      ? "int64"
      : typeof value === "boolean"
        ? "bool"
        : "string";

export class JsonPath {
  private nodes: readonly Node[];
  private rangesBegun = 0;
  private rangeDepth = 0;
  private rangesEnded = 0;
  private lastEnd: Node | undefined;

  /** Throws JsonPathError. */
  constructor(
    readonly template: string,
    private readonly allowsMissingKeys = true,
  ) {
    const parser = new Parser(template);
    parser.parseText(parser.root);
    this.nodes = parser.root.nodes;
  }

  /** One list of values for each node of the template. Throws JsonPathError. */
  find(data: Value): readonly (readonly Value[])[] {
    const nodes = this.nodes;
    const all: (readonly Value[])[] = [];
    for (let index = 0; index < nodes.length; index++) {
      const node = nodes[index] as Node;
      const results = this.walk([data], node);
      if (this.rangesEnded > 0 && this.rangesEnded <= this.rangeDepth) {
        this.rangesEnded--;
        this.lastEnd = node;
        break;
      }
      if (this.rangesBegun === 0) {
        all.push(results);
        continue;
      }
      this.rangesBegun--;
      this.rangeDepth++;
      for (const value of results.length > 0 ? results : [null]) {
        this.nodes = nodes.slice(index + 1);
        const inner = this.find(value);
        if (results.length > 0) all.push(...inner);
      }
      this.rangeDepth--;
      const end = this.lastEnd === undefined ? -1 : nodes.indexOf(this.lastEnd, index + 1);
      if (end >= 0) index = end;
    }
    this.nodes = nodes;
    return all;
  }

  /** The template filled in; with `asJson` each result as indented JSON. */
  execute(data: Value, asJson = false): string {
    return this.find(data)
      .map((results) => printResults(results, asJson))
      .join("");
  }

  private walk(values: readonly Value[], node: Node): readonly Value[] {
    switch (node.kind) {
      case "list":
        return node.nodes.reduce<readonly Value[]>((current, child) => this.walk(current, child), values);
      case "text":
        return [node.text];
      case "literal":
        return values.map(() => node.value);
      case "identifier":
        return this.identifier(values, node.name);
      case "field":
        return this.field(values, node.name);
      case "wildcard":
        return values.flatMap(childrenOf);
      case "recursive":
        return descend(values);
      case "union":
        return node.lists.flatMap((list) => this.walk(values, list));
      case "array":
        return sliceValues(values, node.bounds);
      case "filter":
        return this.filter(values, node);
      default: {
        const never: never = node;
        return never;
      }
    }
  }

  private identifier(values: readonly Value[], name: string): readonly Value[] {
    if (name === "range") {
      this.rangesBegun++;
      return values;
    }
    if (name !== "end") throw new JsonPathError(`unrecognized identifier ${name}`);
    if (this.rangeDepth === 0) throw new JsonPathError("not in range, nothing to end");
    this.rangesEnded++;
    return [];
  }

  private field(values: readonly Value[], name: string): readonly Value[] {
    if (values.length === 0) return [];
    const results = values.flatMap((value) => (isRecord(value) && value[name] !== undefined ? [value[name]] : []));
    if (results.length === 0 && !this.allowsMissingKeys) throw new JsonPathError(`${name} is not found`);
    return results;
  }

  private filter(values: readonly Value[], node: Extract<Node, { kind: "filter" }>): readonly Value[] {
    return values.flatMap((value) => {
      if (!Array.isArray(value))
        throw new JsonPathError(`${goValue(value)} is not array or slice and cannot be filtered`);
      return value.filter((item) => this.passes(item, node));
    });
  }

  private passes(item: Value, node: Extract<Node, { kind: "filter" }>): boolean {
    const lefts = this.walk([item], node.left);
    if (node.operator === "exists") return lefts.length > 0;
    if (lefts.length > 1) throw new JsonPathError("can only compare one element at a time");
    if (lefts.length === 0) return false;
    const rights = this.walk([item], node.right);
    if (rights.length > 1) throw new JsonPathError("can only compare one element at a time");
    if (rights.length === 0) return false;
    return compareValues(lefts[0], node.operator, rights[0]);
  }
}

function descend(values: readonly Value[]): readonly Value[] {
  return values.flatMap((value) => {
    const children = childrenOf(value);
    if (children.length === 0) return typeof value === "string" && value !== "" ? [value] : [];
    return [value, ...descend(children)];
  });
}

function sliceValues(values: readonly Value[], [from, to, step]: readonly [Bound, Bound, Bound]): readonly Value[] {
  const results: Value[] = [];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (!Array.isArray(value)) throw new JsonPathError(`${goTypeOf(value)} is not array or slice`);
    const length = value.length;
    let start = from.isKnown ? from.value : 0;
    if (start < 0) start += length;
    let end = to.isKnown ? to.value : length;
    if (end < 0 || (end === 0 && to.isDerived)) end += length;
    if (start === end) return results;
    const outOfBounds = (index: number) =>
      new JsonPathError(`array index out of bounds: index ${index}, length ${length}`);
    if (start >= length || start < 0) throw outOfBounds(start);
    if (end > length || end < 0) throw outOfBounds(end - 1);
    if (start > end) throw new JsonPathError(`starting index ${start} is greater than ending index ${end}`);
    if (step.isKnown && step.value <= 0) throw new JsonPathError("step must be > 0");
    for (let index = start; index < end; index += step.isKnown ? step.value : 1) results.push(value[index]);
  }
  return results;
}

function basicKind(value: Value): string {
  if (typeof value === "string" || typeof value === "boolean") return typeof value;
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  throw new JsonPathError("invalid type for comparison");
}

function compareValues(left: Value, operator: string, right: Value): boolean {
  const operators: Readonly<Record<string, (order: number) => boolean>> = {
    "<": (order) => order < 0,
    ">": (order) => order > 0,
    "==": (order) => order === 0,
    "!=": (order) => order !== 0,
    "<=": (order) => order <= 0,
    ">=": (order) => order >= 0,
  };
  const accepts = operators[operator];
  if (accepts === undefined) throw new JsonPathError(`unrecognized filter operator ${operator}`);
  const kind = basicKind(left);
  if (kind !== basicKind(right)) throw new JsonPathError("incompatible types for comparison");
  if (kind === "boolean" && operator !== "==" && operator !== "!=")
    throw new JsonPathError("invalid type for comparison");
  const a = left as string | number;
  const b = right as string | number;
  return accepts(a < b ? -1 : a > b ? 1 : 0);
}

function printResults(results: readonly Value[], asJson: boolean): string {
  if (asJson) return `${indentedJson(results)}\n`;
  return results
    .map((value) => (typeof value === "object" && value !== null ? compactJson(value) : goValue(value)))
    .join(" ");
}

/** The forms a path may have in `--sort-by` and custom columns: `.a.b`, `a.b`, `{.a.b}`. Throws JsonPathError. */
export function relaxedPath(path: string): string {
  if (path === "") return path;
  const match = /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(path);
  if (match === null) {
    throw new JsonPathError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${match[1] ?? match[2] ?? ""}}`;
}
