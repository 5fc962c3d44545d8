/**
 * Text of one YAML 1.1 document as JSON data, in the way of sigs.k8s.io/yaml:
 * keys become strings, later duplicates win, `yes`, `on`, `y` are booleans.
 */
import { Scanner, YamlError, type Token } from "./scanner.ts";

export { YamlError } from "./scanner.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** Nested deeper than any manifest; guards the stack. */
const MAX_DEPTH = 200;

/** Parses the first document; undefined when there is none. Throws YamlError. */
export function parseYaml(text: string): Json | undefined {
  return new Parser(new Scanner(text)).parseDocument();
}

class Parser {
  private readonly anchors = new Map<string, Json>();
  private depth = 0;

  constructor(private readonly scanner: Scanner) {}

  parseDocument(): Json | undefined {
    let token = this.scanner.peek();
    let isExplicit = false;
    while (token.type === "directive" || token.type === "document-end") {
      isExplicit ||= token.type === "directive";
      this.scanner.next();
      token = this.scanner.peek();
    }
    if (token.type === "document-start") this.scanner.next();
    else if (isExplicit) this.fail(token, "did not find expected <document start>");
    else if (token.type === "stream-end") return undefined;
    const first = this.scanner.peek();
    const ends = first.type === "stream-end" || first.type === "document-start" || first.type === "document-end";
    const value = ends ? null : this.parseNode(true, false);
    const after = this.scanner.peek();
    if (after.type !== "stream-end" && after.type !== "document-start" && after.type !== "document-end") {
      this.fail(after, "did not find expected <document start>");
    }
    return value;
  }

  private fail(token: Token, problem: string): never {
    throw YamlError.at(token.mark, problem, false);
  }

  private parseNode(isBlock: boolean, isIndentlessAllowed: boolean): Json {
    if (++this.depth > MAX_DEPTH) throw new YamlError("yaml: exceeded max depth of 10000");
    try {
      return this.parseNodeInner(isBlock, isIndentlessAllowed);
    } finally {
      this.depth--;
    }
  }

  private parseNodeInner(isBlock: boolean, isIndentlessAllowed: boolean): Json {
    let token = this.scanner.peek();
    if (token.type === "alias") {
      this.scanner.next();
      const value = this.anchors.get(token.value);
      if (value === undefined) throw new YamlError(`yaml: unknown anchor '${token.value}' referenced`);
      return value;
    }
    let anchor: string | undefined;
    let tag: string | undefined;
    while (token.type === "anchor" || token.type === "tag") {
      if (token.type === "anchor") anchor = token.value;
      else tag = token.value;
      this.scanner.next();
      token = this.scanner.peek();
    }
    const value = this.parseContent(
      token,
      isBlock,
      isIndentlessAllowed,
      anchor !== undefined || tag !== undefined,
      tag,
    );
    if (anchor !== undefined) this.anchors.set(anchor, value);
    return value;
  }

  private parseContent(
    token: Token,
    isBlock: boolean,
    isIndentlessAllowed: boolean,
    hasProperties: boolean,
    tag: string | undefined,
  ): Json {
    if (isIndentlessAllowed && token.type === "block-entry") return this.parseIndentlessSequence();
    switch (token.type) {
      case "scalar":
        this.scanner.next();
        return resolveTagged(token, tag);
      case "flow-sequence-start":
        return this.parseFlowSequence();
      case "flow-mapping-start":
        return this.parseFlowMapping();
      case "block-sequence-start":
        if (isBlock) return this.parseBlockSequence();
        break;
      case "block-mapping-start":
        if (isBlock) return this.parseBlockMapping();
        break;
      default:
    }
    if (hasProperties) return tag === "!!str" ? "" : null;
    this.fail(token, "did not find expected node content");
  }

  private parseBlockSequence(): Json {
    this.scanner.next();
    const items: Json[] = [];
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === "block-end") {
        this.scanner.next();
        return items;
      }
      if (token.type !== "block-entry") this.fail(token, "did not find expected '-' indicator");
      this.scanner.next();
      const next = this.scanner.peek().type;
      items.push(next === "block-entry" || next === "block-end" ? null : this.parseNode(true, false));
    }
  }

  private parseIndentlessSequence(): Json {
    const items: Json[] = [];
    while (this.scanner.peek().type === "block-entry") {
      this.scanner.next();
      const next = this.scanner.peek().type;
      const isEmpty = next === "block-entry" || next === "key" || next === "value" || next === "block-end";
      items.push(isEmpty ? null : this.parseNode(true, false));
    }
    return items;
  }

  private parseBlockMapping(): Json {
    this.scanner.next();
    const entries = new MappingBuilder();
    for (;;) {
      const token = this.scanner.peek();
      if (token.type === "block-end") {
        this.scanner.next();
        return entries.build();
      }
      if (token.type !== "key" && token.type !== "value") this.fail(token, "did not find expected key");
      entries.add(this.parseBlockKey(), this.parseBlockValue());
    }
  }

  private parseBlockKey(): KeyNode {
    if (this.scanner.peek().type !== "key") return { value: null, isMerge: false };
    this.scanner.next();
    const next = this.scanner.peek();
    if (next.type === "key" || next.type === "value" || next.type === "block-end")
      return { value: null, isMerge: false };
    return { isMerge: isMergeToken(next), value: this.parseNode(true, true) };
  }

  private parseBlockValue(): Json {
    if (this.scanner.peek().type !== "value") return null;
    this.scanner.next();
    const next = this.scanner.peek().type;
    return next === "key" || next === "value" || next === "block-end" ? null : this.parseNode(true, true);
  }

  private parseFlowSequence(): Json {
    this.scanner.next();
    const items: Json[] = [];
    for (let isFirst = true; ; isFirst = false) {
      let token = this.scanner.peek();
      if (token.type === "flow-sequence-end") break;
      if (!isFirst) {
        if (token.type !== "flow-entry") this.fail(token, "did not find expected ',' or ']'");
        this.scanner.next();
        token = this.scanner.peek();
        if (token.type === "flow-sequence-end") break;
      }
      if (token.type === "key") {
        const entries = new MappingBuilder();
        entries.add(this.parseFlowKey(), this.parseFlowValue());
        items.push(entries.build());
      } else {
        items.push(this.parseNode(false, false));
      }
    }
    this.scanner.next();
    return items;
  }

  private parseFlowMapping(): Json {
    this.scanner.next();
    const entries = new MappingBuilder();
    for (let isFirst = true; ; isFirst = false) {
      let token = this.scanner.peek();
      if (token.type === "flow-mapping-end") break;
      if (!isFirst) {
        if (token.type !== "flow-entry") this.fail(token, "did not find expected ',' or '}'");
        this.scanner.next();
        token = this.scanner.peek();
        if (token.type === "flow-mapping-end") break;
      }
      if (token.type === "key") {
        entries.add(this.parseFlowKey(), this.parseFlowValue());
      } else {
        const key = { isMerge: isMergeToken(token), value: this.parseNode(false, false) };
        entries.add(key, this.parseFlowValue());
      }
    }
    this.scanner.next();
    return entries.build();
  }

  private parseFlowKey(): KeyNode {
    this.scanner.next();
    const next = this.scanner.peek();
    if (next.type === "value" || next.type === "flow-entry" || next.type === "flow-mapping-end") {
      return { value: null, isMerge: false };
    }
    return { isMerge: isMergeToken(next), value: this.parseNode(false, false) };
  }

  private parseFlowValue(): Json {
    if (this.scanner.peek().type !== "value") return null;
    this.scanner.next();
    const next = this.scanner.peek().type;
    const isEmpty = next === "flow-entry" || next === "flow-mapping-end" || next === "flow-sequence-end";
    return isEmpty ? null : this.parseNode(false, false);
  }
}

interface KeyNode {
  readonly value: Json;
  readonly isMerge: boolean;
}

function isMergeToken(token: Token): boolean {
  return token.type === "scalar" && token.isPlain && token.value === "<<";
}

class MappingBuilder {
  private readonly entries = new Map<string, Json>();
  private readonly merged: Json[] = [];

  add(key: KeyNode, value: Json): void {
    if (key.isMerge) this.merged.push(...(Array.isArray(value) ? (value as Json[]) : [value]));
    else this.entries.set(keyText(key.value), value);
  }

  build(): Json {
    const result: Record<string, Json> = {};
    const define = (key: string, value: Json) =>
      Object.defineProperty(result, key, { value, enumerable: true, configurable: true, writable: true });
    for (const source of this.merged) {
      if (source === null || typeof source !== "object" || Array.isArray(source)) {
        throw new YamlError("yaml: map merge requires map or sequence of maps as the value");
      }
      for (const [key, value] of Object.entries(source as Record<string, Json>)) {
        if (!Object.hasOwn(result, key)) define(key, value);
      }
    }
    for (const [key, value] of this.entries) define(key, value);
    return result;
  }
}

function keyText(key: Json): string {
  if (typeof key === "string") return key;
  if (typeof key === "number" || typeof key === "boolean") return String(key);
  if (key === null) return "null";
  const shown = Array.isArray(key) ? "[]interface {}" : "map[interface {}]interface {}";
  throw new YamlError(`yaml: invalid map key: ${shown}`);
}

function resolveTagged(token: Token, tag: string | undefined): Json {
  if (tag === undefined) return token.isPlain ? resolvePlain(token.value) : token.value;
  if (tag === "!!str" || tag === "!" || tag === "!!binary") return token.value;
  const value = resolvePlain(token.value);
  if (tag === "!!float" && typeof value === "number") return value;
  return value;
}

const WORDS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"].map((word) => [word, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((word) => [word, null] as const),
]);
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** What a plain scalar means (go-yaml v2's `resolve`). */
export function resolvePlain(text: string): Json {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  if (!/^[-+.0-9]/.test(text)) return text;
  const plain = text.replaceAll("_", "");
  const integer = parseGoInteger(plain);
  if (integer !== undefined) return integer;
  if (FLOAT.test(plain)) return Number(plain);
  return text;
}

/** strconv.ParseInt with base 0: 0x, 0o, 0b and leading-zero octal. */
function parseGoInteger(text: string): number | undefined {
  const match = /^([-+]?)(0x[\da-f]+|0o?[0-7]+|0b[01]+|0|[1-9]\d*)$/i.exec(text);
  if (match === null) return undefined;
  const digits = match[2] ?? "";
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return match[1] === "-" && value !== 0 ? -value : value;
}
