/**
 * The subset of Go's text/template that people write after `-o go-template=`: fields,
 * variables, pipelines, if, with, range, else, the comparison and formatting functions.
 * Left out: define, block, template, methods.
 */
import { goQuote } from "./go-format.ts";
import { callFunction } from "./go-template-functions.ts";
import { parseTemplate } from "./go-template-parser.ts";
import {
  type Command,
  type Expression,
  type Node,
  type Pipeline,
  TEMPLATE_NAME,
  TemplateError,
} from "./go-template-syntax.ts";
import { isTrue, MISSING, printed } from "./go-template-values.ts";
import { compareBytes } from "./json.ts";

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

const BREAK = Symbol("break");
const CONTINUE = Symbol("continue");

export class GoTemplate {
  private readonly nodes: readonly Node[];

  /** Throws TemplateError. */
  constructor(
    template: string,
    private readonly allowsMissingKeys = true,
  ) {
    this.nodes = parseTemplate(template);
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
    return new TemplateError(
      `template: ${TEMPLATE_NAME}:${line}: executing ${goQuote(TEMPLATE_NAME)} at <${text}>: ${message}`,
    );
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
