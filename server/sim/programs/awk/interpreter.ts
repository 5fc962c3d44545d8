/** Runs an awk program: rules, statements, expressions, functions. */
import type { Process } from "../../machine/types.ts";
import { AwkError } from "./awk-error.ts";
import { callBuiltin } from "./builtins.ts";
import { Inputs } from "./inputs.ts";
import { type AwkArray, Memory, type Variables } from "./memory.ts";
import { arithmetic, compare } from "./operators.ts";
import { Outputs } from "./outputs.ts";
import { sprintf } from "./sprintf.ts";
import type { AwkProgram, Expression, FunctionDefinition, Redirect, Statement, Target } from "./syntax.ts";
import { isTrue, toNumber, type Value } from "./values.ts";

class ExitRequest {
  constructor(readonly status: number | null) {}
}

type Flow = "normal" | "break" | "continue" | "next" | "nextfile" | { readonly returned: Value };

const MAX_DEPTH = 200;

const COMPARISONS: readonly string[] = ["<", "<=", "==", "!=", ">", ">="];

export class Interpreter {
  readonly memory: Memory;
  readonly outputs: Outputs;
  private readonly inputs: Inputs;
  private readonly activeRanges = new Set<number>();
  private depth = 0;
  private exitStatus = 0;
  seed = 0;

  constructor(
    readonly process: Process,
    private readonly program: AwkProgram,
    operands: readonly string[],
  ) {
    this.memory = new Memory(operands, process.env);
    this.outputs = new Outputs(process);
    this.inputs = new Inputs(process, this.memory, this.outputs, () => {
      this.exitStatus = 2;
    });
  }

  async run(): Promise<number> {
    try {
      await this.phase("begin");
      const needsInput = this.program.rules.some(({ pattern }) => pattern.kind !== "begin");
      if (needsInput) await this.readRecords();
    } catch (error) {
      if (!(error instanceof ExitRequest)) throw error;
      this.exitStatus = error.status ?? this.exitStatus;
    }
    try {
      await this.phase("end");
    } catch (error) {
      if (!(error instanceof ExitRequest)) throw error;
      this.exitStatus = error.status ?? this.exitStatus;
    }
    await this.outputs.closeAll();
    return this.exitStatus;
  }

  private async phase(kind: "begin" | "end"): Promise<void> {
    for (const rule of this.program.rules) {
      if (rule.pattern.kind === kind && rule.body) await this.execute(rule.body);
    }
  }

  private async readRecords(): Promise<void> {
    while (true) {
      const text = await this.inputs.nextRecord();
      if (text === null) return;
      this.memory.setRecord(text);
      const flow = await this.applyRules();
      if (flow === "nextfile") this.inputs.skipFile();
      await this.process.clock.breathe();
    }
  }

  private async applyRules(): Promise<Flow> {
    for (const [index, rule] of this.program.rules.entries()) {
      if (!(await this.selects(index))) continue;
      if (!rule.body) {
        await this.outputs.print(this.memory.recordText() + this.memory.text(this.memory.get("ORS")));
        continue;
      }
      const flow = await this.execute(rule.body);
      if (flow === "next" || flow === "nextfile") return flow;
    }
    return "normal";
  }

  private async selects(index: number): Promise<boolean> {
    const pattern = this.program.rules[index]?.pattern;
    switch (pattern?.kind) {
      case "always":
        return true;
      case "expression":
        return isTrue(await this.evaluate(pattern.expression));
      case "range": {
        if (!this.activeRanges.has(index)) {
          if (!isTrue(await this.evaluate(pattern.from))) return false;
          this.activeRanges.add(index);
        }
        if (isTrue(await this.evaluate(pattern.to))) this.activeRanges.delete(index);
        return true;
      }
      default:
        return false;
    }
  }

  private async key(subscripts: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const subscript of subscripts) parts.push(this.memory.text(await this.evaluate(subscript)));
    return parts.join(this.memory.text(this.memory.get("SUBSEP")));
  }

  async assign(target: Target, value: Value): Promise<Value> {
    switch (target.kind) {
      case "variable":
        this.memory.set(target.name, value);
        return value;
      case "element":
        this.memory.array(target.name).set(await this.key(target.subscripts), value);
        return value;
      case "field":
        this.memory.setField(toNumber(await this.evaluate(target.index)), value);
        return value;
    }
  }

  private async execute(statement: Statement): Promise<Flow> {
    switch (statement.kind) {
      case "block":
        for (const inner of statement.body) {
          const flow = await this.execute(inner);
          if (flow !== "normal") return flow;
        }
        return "normal";
      case "expression":
        await this.evaluate(statement.expression);
        return "normal";
      case "print":
        await this.printStatement(statement.args, statement.redirect);
        return "normal";
      case "printf": {
        const [format, ...args] = await this.evaluateAll(statement.args);
        if (format === undefined) throw new AwkError("printf: no format");
        await this.emit(this.format(format, args), statement.redirect);
        return "normal";
      }
      case "if":
        if (isTrue(await this.evaluate(statement.test))) return this.execute(statement.yes);
        return statement.no ? this.execute(statement.no) : "normal";
      case "while":
        return this.loop(statement.test, statement.body, null, false);
      case "do":
        return this.loop(statement.test, statement.body, null, true);
      case "for":
        if (statement.start) await this.execute(statement.start);
        return this.loop(statement.test, statement.body, statement.step, false);
      case "forIn":
        for (const key of [...this.memory.array(statement.array).keys()]) {
          this.memory.set(statement.name, { text: key });
          const flow = await this.execute(statement.body);
          if (flow === "break") break;
          if (flow !== "normal" && flow !== "continue") return flow;
        }
        return "normal";
      case "delete":
        if (statement.subscripts) this.memory.array(statement.name).delete(await this.key(statement.subscripts));
        else this.memory.array(statement.name).clear();
        return "normal";
      case "exit":
        throw new ExitRequest(statement.value ? toNumber(await this.evaluate(statement.value)) & 255 : null);
      case "return":
        return { returned: statement.value ? await this.evaluate(statement.value) : { text: "" } };
      default:
        return statement.kind;
    }
  }

  private async loop(
    test: Expression | null,
    body: Statement,
    step: Statement | null,
    isBodyFirst: boolean,
  ): Promise<Flow> {
    let skipsTest = isBodyFirst;
    while (skipsTest || !test || isTrue(await this.evaluate(test))) {
      skipsTest = false;
      const flow = await this.execute(body);
      if (flow === "break") break;
      if (flow !== "normal" && flow !== "continue") return flow;
      if (step) await this.execute(step);
      await this.process.clock.breathe();
    }
    return "normal";
  }

  private async printStatement(args: readonly Expression[], redirect: Redirect | null): Promise<void> {
    const separator = this.memory.text(this.memory.get("OFS"));
    const values = args.length === 0 ? [this.memory.getField(0)] : await this.evaluateAll(args);
    await this.emit(
      values.map((value) => this.memory.text(value, "OFMT")).join(separator) + this.memory.text(this.memory.get("ORS")),
      redirect,
    );
  }

  private async emit(text: string, redirect: Redirect | null): Promise<void> {
    if (!redirect) return this.outputs.print(text);
    await this.outputs.printTo(redirect.mode, this.memory.text(await this.evaluate(redirect.to)), text);
  }

  format(format: Value, args: readonly Value[]): string {
    return sprintf(this.memory.text(format), args, (value) => this.memory.text(value));
  }

  async close(name: string): Promise<number> {
    const hadInput = this.inputs.close(name);
    return (await this.outputs.close(name)) ?? (hadInput ? 0 : -1);
  }

  async evaluateAll(expressions: readonly Expression[]): Promise<Value[]> {
    const values: Value[] = [];
    for (const expression of expressions) values.push(await this.evaluate(expression));
    return values;
  }

  async evaluate(expression: Expression): Promise<Value> {
    switch (expression.kind) {
      case "number":
      case "string":
        return expression.value;
      case "regex":
        return this.test(expression.source, this.memory.recordText()) ? 1 : 0;
      case "group":
        return this.evaluate(expression.inner);
      case "variable":
        return this.memory.get(expression.name);
      case "element": {
        const array = this.memory.array(expression.name);
        const key = await this.key(expression.subscripts);
        const value = array.get(key);
        if (value !== undefined) return value;
        array.set(key, { text: "" });
        return { text: "" };
      }
      case "field":
        return this.memory.getField(Math.trunc(toNumber(await this.evaluate(expression.index))));
      case "unary": {
        const value = await this.evaluate(expression.operand);
        if (expression.operator === "!") return isTrue(value) ? 0 : 1;
        return expression.operator === "-" ? -toNumber(value) : toNumber(value);
      }
      case "binary":
        return this.binary(expression.operator, expression.left, expression.right);
      case "concat": {
        const left = this.memory.text(await this.evaluate(expression.left));
        return left + this.memory.text(await this.evaluate(expression.right));
      }
      case "match": {
        const text = this.memory.text(await this.evaluate(expression.left));
        const matches = this.test(await this.patternOf(expression.right), text);
        return matches !== expression.isNegated ? 1 : 0;
      }
      case "in":
        return this.memory.array(expression.array).has(await this.key(expression.subscripts)) ? 1 : 0;
      case "conditional":
        return this.evaluate(isTrue(await this.evaluate(expression.test)) ? expression.yes : expression.no);
      case "assign": {
        const value = await this.evaluate(expression.value);
        if (expression.operator === "=") return this.assign(expression.target, value);
        const old = toNumber(await this.evaluate(expression.target));
        return this.assign(expression.target, arithmetic(expression.operator.slice(0, -1), old, toNumber(value)));
      }
      case "step": {
        const old = toNumber(await this.evaluate(expression.target));
        await this.assign(expression.target, old + expression.by);
        return expression.isPrefix ? old + expression.by : old;
      }
      case "call":
        if (expression.isBuiltin) return callBuiltin(this, expression.name, expression.args);
        return this.call(expression.name, expression.args);
      case "getline":
        return this.getline(expression.target, expression.source, expression.from);
    }
  }

  /** The source of a regular expression operand: a literal, or the text of a value. */
  async patternOf(expression: Expression): Promise<string> {
    return expression.kind === "regex" ? expression.source : this.memory.text(await this.evaluate(expression));
  }

  private test(source: string, text: string): boolean {
    const regex = this.memory.regex(source);
    regex.lastIndex = 0;
    return regex.test(text);
  }

  private async binary(operator: string, leftSide: Expression, rightSide: Expression): Promise<Value> {
    const left = await this.evaluate(leftSide);
    if (operator === "&&") return isTrue(left) && isTrue(await this.evaluate(rightSide)) ? 1 : 0;
    if (operator === "||") return isTrue(left) || isTrue(await this.evaluate(rightSide)) ? 1 : 0;
    const right = await this.evaluate(rightSide);
    if (COMPARISONS.includes(operator))
      return compare(operator, left, right, (value) => this.memory.text(value)) ? 1 : 0;
    return arithmetic(operator, toNumber(left), toNumber(right));
  }

  private async call(name: string, args: readonly Expression[]): Promise<Value> {
    const definition = this.program.functions.get(name);
    if (!definition) throw new AwkError(`function ${name} not defined`);
    if (++this.depth > MAX_DEPTH) throw new AwkError("function call nesting too deep");
    const locals = await this.bind(definition, args);
    const saved = this.memory.enter(locals);
    try {
      const flow = await this.execute(definition.body);
      return typeof flow === "object" ? flow.returned : { text: "" };
    } finally {
      this.memory.enter(saved);
      this.depth--;
    }
  }

  /** Arrays go by reference; a name never used yet may become one, so it is shared as an array. */
  private async bind(definition: FunctionDefinition, args: readonly Expression[]): Promise<Variables> {
    const locals: Variables = new Map<string, Value | AwkArray>();
    for (const [index, parameter] of definition.parameters.entries()) {
      const argument = args[index];
      if (!argument) {
        locals.set(parameter, { text: "" });
      } else if (argument.kind === "variable") {
        const existing = this.memory.lookUp(argument.name);
        if (existing === undefined && usesAsArray(definition.body, parameter))
          locals.set(parameter, this.memory.array(argument.name));
        else locals.set(parameter, existing ?? { text: "" });
      } else {
        locals.set(parameter, await this.evaluate(argument));
      }
    }
    return locals;
  }

  private async getline(
    target: Target | null,
    source: "input" | "file" | "command",
    from: Expression | null,
  ): Promise<Value> {
    let text: string | null;
    if (source === "input") {
      text = await this.inputs.nextRecord();
    } else {
      const name = from ? this.memory.text(await this.evaluate(from)) : "";
      try {
        text = await this.inputs.nextOf(source, name);
      } catch {
        return -1;
      }
      if (text !== null && source === "command" && !target) this.memory.set("NR", toNumber(this.memory.get("NR")) + 1);
    }
    if (text === null) return 0;
    if (target) await this.assign(target, { text });
    else this.memory.setRecord(text);
    return 1;
  }
}

/** Whether a function's body subscripts this parameter. */
function usesAsArray(body: Statement, name: string): boolean {
  const text = JSON.stringify(body);
  return (
    text.includes(`"kind":"element","name":"${name}"`) ||
    text.includes(`"array":"${name}"`) ||
    text.includes(`"kind":"delete","name":"${name}"`) ||
    (text.includes(`"kind":"variable","name":"${name}"}`) && text.includes('"name":"split"'))
  );
}
