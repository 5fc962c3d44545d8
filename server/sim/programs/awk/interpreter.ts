/** Runs an awk program: records, fields, variables, statements, expressions. */
import type { ChildProcess, OpenFile, Process } from "../../machine/types.ts";
import { lines, OutputBuffer } from "../toolkit/input.ts";
import { compileRegex } from "../toolkit/posix-regex.ts";
import { formatFloat, formatInteger, formatString, parseFormat } from "../toolkit/printf.ts";
import { callBuiltin } from "./builtins.ts";
import type { AwkProgram, Expression, FunctionDefinition, Redirect, Statement, Target } from "./syntax.ts";
import { isTrue, looksNumeric, toNumber, toText, type Value } from "./values.ts";

export type AwkArray = Map<string, Value>;

/** Not an error of ours: awk's own message, exit status 2. */
export class AwkError extends Error {
  override readonly name = "AwkError";
}

class ExitRequest {
  constructor(readonly status: number | null) {}
}

type Flow = "normal" | "break" | "continue" | "next" | "nextfile" | { readonly returned: Value };

interface Frame {
  readonly locals: Map<string, Value | AwkArray>;
}

const MAX_DEPTH = 200;
const MAX_CACHED_REGEXES = 200;

export class Interpreter {
  private readonly globals = new Map<string, Value | AwkArray>();
  private frame: Frame | null = null;
  private depth = 0;
  private record = "";
  private fields: string[] = [];
  private fieldsAreSplit = true;
  private recordIsStale = false;
  private readonly regexes = new Map<string, RegExp>();
  private readonly activeRanges = new Set<number>();
  private readonly outputs = new Map<string, { write(text: string): Promise<void>; close(): Promise<number> }>();
  private readonly inputs = new Map<string, AsyncIterator<{ text: string }>>();
  private readonly stdout: OutputBuffer;
  private input: AsyncIterator<{ text: string }> | null = null;
  private operandIndex = 1;
  private hasReadOperand = false;
  private exitStatus = 0;
  seed = 0;

  constructor(
    readonly process: Process,
    private readonly program: AwkProgram,
    operands: readonly string[],
  ) {
    this.stdout = new OutputBuffer(process);
    const defaults: Readonly<Record<string, Value>> = {
      FS: " ",
      OFS: " ",
      ORS: "\n",
      RS: "\n",
      NR: 0,
      NF: 0,
      FNR: 0,
      SUBSEP: "\u001c",
      CONVFMT: "%.6g",
      OFMT: "%.6g",
      RSTART: 0,
      RLENGTH: -1,
      FILENAME: "",
      ARGC: operands.length + 1,
      ERRNO: "",
    };
    for (const [name, value] of Object.entries(defaults)) this.globals.set(name, value);
    this.globals.set("ENVIRON", new Map([...process.env].map(([name, value]) => [name, { text: value }])));
    this.globals.set(
      "ARGV",
      new Map<string, Value>([
        ["0", "awk"],
        ...operands.map((operand, index): [string, Value] => [String(index + 1), { text: operand }]),
      ]),
    );
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
    await this.stdout.flush();
    for (const output of this.outputs.values()) await output.close();
    return this.exitStatus;
  }

  private async phase(kind: "begin" | "end"): Promise<void> {
    for (const rule of this.program.rules) {
      if (rule.pattern.kind === kind && rule.body) await this.execute(rule.body);
    }
  }

  private async readRecords(): Promise<void> {
    while (true) {
      const text = await this.nextRecord();
      if (text === null) return;
      this.setRecord(text);
      const flow = await this.applyRules();
      if (flow === "nextfile") this.input = null;
      await this.process.clock.breathe();
    }
  }

  private async applyRules(): Promise<Flow> {
    for (const [index, rule] of this.program.rules.entries()) {
      if (!(await this.selects(index))) continue;
      if (!rule.body) {
        await this.print(this.recordText() + this.text(this.get("ORS")));
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

  // ------------------------------------------------------------- input

  private async nextRecord(): Promise<string | null> {
    while (true) {
      if (!this.input) {
        const operand = await this.nextOperand();
        if (operand === null) return null;
        this.set("FILENAME", operand === "-" ? "" : operand);
        this.set("FNR", 0);
        this.input = this.records(operand)[Symbol.asyncIterator]();
      }
      let next: IteratorResult<{ text: string }>;
      try {
        next = await this.input.next();
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error) || error.code === "EPIPE") throw error;
        const name = this.text(this.get("FILENAME"));
        await this.process.stderr.write(`awk: cannot open "${name}" (${error.message})\n`);
        this.exitStatus = 2;
        this.input = null;
        continue;
      }
      if (next.done) {
        this.input = null;
        continue;
      }
      this.set("NR", toNumber(this.get("NR")) + 1);
      this.set("FNR", toNumber(this.get("FNR")) + 1);
      return next.value.text;
    }
  }

  /** The next file among ARGV; assignments on the way are done. */
  private async nextOperand(): Promise<string | null> {
    const argv = this.array("ARGV");
    const count = toNumber(this.get("ARGC"));
    while (this.operandIndex < count) {
      const value = argv.get(String(this.operandIndex++));
      const operand = value === undefined ? "" : this.text(value);
      if (operand === "") continue;
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(operand);
      if (assignment) {
        this.assignText(assignment[1] ?? "", assignment[2] ?? "");
        continue;
      }
      this.hasReadOperand = true;
      return operand;
    }
    if (this.hasReadOperand) return null;
    this.hasReadOperand = true;
    return "-";
  }

  /** `-v name=text`: escapes are read, the value may look numeric. */
  assignText(name: string, text: string): void {
    this.set(name, { text });
  }

  private async *records(operand: string): AsyncIterable<{ text: string }> {
    const separator = this.text(this.get("RS"));
    if (separator === "\n" || (separator.length === 1 && separator !== "")) {
      for await (const line of lines(this.process, operand, separator)) {
        // A one-character separator other than newline leaves the file's last newline in the last record.
        if (separator !== "\n" && !line.isTerminated && line.text === "\n") return;
        yield { text: separator !== "\n" && !line.isTerminated ? line.text.replace(/\n$/, "") : line.text };
      }
      return;
    }
    let whole = "";
    for await (const line of lines(this.process, operand)) whole += line.text + (line.isTerminated ? "\n" : "");
    const pattern = separator === "" ? /\n\n+/ : this.regex(separator);
    const body = separator === "" ? whole.replace(/^\n+|\n+$/g, "") : whole.replace(/\n$/, "");
    if (body === "") return;
    for (const text of body.split(pattern)) yield { text };
  }

  // ------------------------------------------------------------- records and fields

  private setRecord(text: string): void {
    this.record = text;
    this.fieldsAreSplit = false;
    this.recordIsStale = false;
  }

  private recordText(): string {
    if (this.recordIsStale) {
      this.record = this.fields.join(this.text(this.get("OFS")));
      this.recordIsStale = false;
    }
    return this.record;
  }

  private splitRecord(): void {
    if (this.fieldsAreSplit) return;
    this.fieldsAreSplit = true;
    const separator = this.text(this.get("FS"));
    const isParagraph = this.text(this.get("RS")) === "";
    this.fields = this.split(this.record, isParagraph && separator !== " " ? `${separator}|\n` : separator);
    this.globals.set("NF", this.fields.length);
  }

  split(text: string, separator: string | RegExp): string[] {
    if (separator === " ") return text.split(/[ \t\n]+/).filter((part) => part !== "");
    if (text === "") return [];
    if (separator === "") return [...text];
    if (typeof separator === "string" && separator.length === 1 && separator !== "\\") return text.split(separator);
    const regex = typeof separator === "string" ? this.regex(separator) : separator;
    // JavaScript's split returns groups too.
    const parts: string[] = [];
    let at = 0;
    regex.lastIndex = 0;
    for (const match of text.matchAll(regex)) {
      if (match[0] === "") continue;
      parts.push(text.slice(at, match.index));
      at = match.index + match[0].length;
    }
    parts.push(text.slice(at));
    return parts;
  }

  private getField(index: number): Value {
    if (index < 0) throw new AwkError("trying to access out of range field -1");
    if (index === 0) {
      this.splitRecord();
      return { text: this.recordText() };
    }
    this.splitRecord();
    const field = this.fields[index - 1];
    return field === undefined ? { text: "" } : { text: field };
  }

  private setField(index: number, value: Value): void {
    const text = this.text(value);
    if (index === 0) {
      this.setRecord(text);
      return;
    }
    this.splitRecord();
    while (this.fields.length < index) this.fields.push("");
    this.fields[index - 1] = text;
    this.globals.set("NF", this.fields.length);
    this.recordIsStale = true;
  }

  // ------------------------------------------------------------- variables

  text(value: Value, format = "CONVFMT"): string {
    return toText(value, (number) => this.formatNumber(number, format));
  }

  private formatNumber(value: number, format: string): string {
    const spec = this.globals.get(format);
    return this.sprintf(typeof spec === "string" ? spec : "%.6g", [value]);
  }

  get(name: string): Value {
    if (name === "NF") this.splitRecord();
    const value = this.frame?.locals.get(name) ?? this.globals.get(name);
    if (value instanceof Map) throw new AwkError(`can't use array ${name} in scalar context`);
    return value ?? { text: "" };
  }

  set(name: string, value: Value): void {
    if (this.frame?.locals.has(name)) {
      this.frame.locals.set(name, value);
      return;
    }
    if (name === "NF") {
      this.splitRecord();
      const count = Math.max(0, Math.floor(toNumber(value)));
      while (this.fields.length < count) this.fields.push("");
      this.fields.length = count;
      this.recordIsStale = true;
    }
    this.globals.set(name, value);
  }

  array(name: string): AwkArray {
    const scope = this.frame?.locals.has(name) ? this.frame.locals : this.globals;
    const existing = scope.get(name);
    if (existing instanceof Map) return existing;
    const isUnset = existing === undefined || (typeof existing === "object" && existing.text === "");
    if (!isUnset) throw new AwkError(`can't use scalar ${name} as array`);
    const created: AwkArray = new Map();
    scope.set(name, created);
    return created;
  }

  private async key(subscripts: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const subscript of subscripts) parts.push(this.text(await this.evaluate(subscript)));
    return parts.join(this.text(this.get("SUBSEP")));
  }

  async assign(target: Target, value: Value): Promise<Value> {
    switch (target.kind) {
      case "variable":
        this.set(target.name, value);
        return value;
      case "element":
        this.array(target.name).set(await this.key(target.subscripts), value);
        return value;
      case "field":
        this.setField(toNumber(await this.evaluate(target.index)), value);
        return value;
    }
  }

  regex(source: string): RegExp {
    const cached = this.regexes.get(source);
    if (cached) return cached;
    if (this.regexes.size >= MAX_CACHED_REGEXES) this.regexes.clear();
    const regex = compileRegex(source, { syntax: "extended", isGlobal: true });
    this.regexes.set(source, regex);
    return regex;
  }

  // ------------------------------------------------------------- statements

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
        await this.emit(this.sprintf(this.text(format), args), statement.redirect);
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
        for (const key of [...this.array(statement.array).keys()]) {
          this.set(statement.name, { text: key });
          const flow = await this.execute(statement.body);
          if (flow === "break") break;
          if (flow !== "normal" && flow !== "continue") return flow;
        }
        return "normal";
      case "delete":
        if (statement.subscripts) this.array(statement.name).delete(await this.key(statement.subscripts));
        else this.array(statement.name).clear();
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
    const separator = this.text(this.get("OFS"));
    const values = args.length === 0 ? [this.getField(0)] : await this.evaluateAll(args);
    await this.emit(
      values.map((value) => this.text(value, "OFMT")).join(separator) + this.text(this.get("ORS")),
      redirect,
    );
  }

  private async print(text: string): Promise<void> {
    await this.stdout.write(text);
  }

  private async emit(text: string, redirect: Redirect | null): Promise<void> {
    if (!redirect) return this.print(text);
    const name = this.text(await this.evaluate(redirect.to));
    let output = this.outputs.get(name);
    if (!output) {
      output = redirect.mode === "|" ? await this.openCommand(name) : this.openFile(name, redirect.mode);
      this.outputs.set(name, output);
    }
    await output.write(text);
  }

  private openFile(name: string, mode: ">" | ">>") {
    if (name === "/dev/stdout" || name === "-")
      return { write: (text: string) => this.print(text), close: async () => 0 };
    if (name === "/dev/stderr")
      return { write: (text: string) => this.process.stderr.write(text), close: async () => 0 };
    const file = this.process.machine.fs.open(this.process.resolve(name), mode === ">" ? "w" : "a", {
      mode: 0o666 & ~this.process.umask,
      as: this.process.credentials,
    });
    return {
      write: async (text: string) => file.write(new TextEncoder().encode(text)),
      close: async () => {
        file.release();
        return 0;
      },
    };
  }

  /** The command's input is gathered and given to it when the pipe closes. */
  private async openCommand(command: string) {
    let collected = "";
    return {
      write: async (text: string) => {
        collected += text;
      },
      close: async () => {
        await this.stdout.flush();
        const path = `/tmp/.awk-${this.process.pid}-${this.outputs.size}`;
        this.process.machine.fs.writeFile(path, collected, { mode: 0o600 });
        const file = this.process.machine.fs.open(path, "r");
        const status = await this.shell(command, new Map([[0, file]])).exit;
        this.process.machine.fs.unlink(path);
        return status.kind === "exited" ? status.code : 1;
      },
    };
  }

  private shell(command: string, fds: ReadonlyMap<number, OpenFile>): ChildProcess {
    return this.process.spawn("/bin/sh", ["sh", "-c", command], { fds });
  }

  async system(command: string): Promise<number> {
    await this.stdout.flush();
    const status = await this.shell(command, new Map()).exit;
    return status.kind === "exited" ? status.code : 256;
  }

  async close(name: string): Promise<number> {
    const output = this.outputs.get(name);
    this.outputs.delete(name);
    const hadInput = this.inputs.delete(name);
    if (output) return output.close();
    return hadInput ? 0 : -1;
  }

  flush(): Promise<void> {
    return this.stdout.flush();
  }

  // ------------------------------------------------------------- expressions

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
        return this.test(expression.source, this.recordText()) ? 1 : 0;
      case "group":
        return this.evaluate(expression.inner);
      case "variable":
        return this.get(expression.name);
      case "element": {
        const array = this.array(expression.name);
        const key = await this.key(expression.subscripts);
        const value = array.get(key);
        if (value !== undefined) return value;
        array.set(key, { text: "" });
        return { text: "" };
      }
      case "field":
        return this.getField(Math.trunc(toNumber(await this.evaluate(expression.index))));
      case "unary": {
        const value = await this.evaluate(expression.operand);
        if (expression.operator === "!") return isTrue(value) ? 0 : 1;
        return expression.operator === "-" ? -toNumber(value) : toNumber(value);
      }
      case "binary":
        return this.binary(expression.operator, expression.left, expression.right);
      case "concat": {
        const left = this.text(await this.evaluate(expression.left));
        return left + this.text(await this.evaluate(expression.right));
      }
      case "match": {
        const text = this.text(await this.evaluate(expression.left));
        const matches = this.test(await this.patternOf(expression.right), text);
        return matches !== expression.isNegated ? 1 : 0;
      }
      case "in":
        return this.array(expression.array).has(await this.key(expression.subscripts)) ? 1 : 0;
      case "conditional":
        return this.evaluate(isTrue(await this.evaluate(expression.test)) ? expression.yes : expression.no);
      case "assign": {
        const value = await this.evaluate(expression.value);
        if (expression.operator === "=") return this.assign(expression.target, value);
        const old = toNumber(await this.evaluate(expression.target));
        return this.assign(expression.target, this.arithmetic(expression.operator.slice(0, -1), old, toNumber(value)));
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
    return expression.kind === "regex" ? expression.source : this.text(await this.evaluate(expression));
  }

  private test(source: string, text: string): boolean {
    const regex = this.regex(source);
    regex.lastIndex = 0;
    return regex.test(text);
  }

  private async binary(operator: string, leftSide: Expression, rightSide: Expression): Promise<Value> {
    const left = await this.evaluate(leftSide);
    if (operator === "&&") return isTrue(left) && isTrue(await this.evaluate(rightSide)) ? 1 : 0;
    if (operator === "||") return isTrue(left) || isTrue(await this.evaluate(rightSide)) ? 1 : 0;
    const right = await this.evaluate(rightSide);
    if (["<", "<=", "==", "!=", ">", ">="].includes(operator)) return this.compare(operator, left, right) ? 1 : 0;
    return this.arithmetic(operator, toNumber(left), toNumber(right));
  }

  private compare(operator: string, left: Value, right: Value): boolean {
    let order: number;
    if (looksNumeric(left) && looksNumeric(right)) order = toNumber(left) - toNumber(right);
    // An unset variable is both "" and 0.
    else if (isUnset(left) && typeof right === "number") order = -right;
    else if (typeof left === "number" && isUnset(right)) order = left;
    else {
      const a = this.text(left);
      const b = this.text(right);
      order = a < b ? -1 : a > b ? 1 : 0;
    }
    switch (operator) {
      case "<":
        return order < 0;
      case "<=":
        return order <= 0;
      case "==":
        return order === 0;
      case "!=":
        return order !== 0;
      case ">":
        return order > 0;
      default:
        return order >= 0;
    }
  }

  private arithmetic(operator: string, left: number, right: number): number {
    switch (operator) {
      case "+":
        return left + right;
      case "-":
        return left - right;
      case "*":
        return left * right;
      case "/":
        if (right === 0) throw new AwkError("division by zero");
        return left / right;
      case "%":
        if (right === 0) throw new AwkError("division by zero in %");
        return left % right;
      default:
        return left ** right;
    }
  }

  private async call(name: string, args: readonly Expression[]): Promise<Value> {
    const definition = this.program.functions.get(name);
    if (!definition) throw new AwkError(`function ${name} not defined`);
    if (++this.depth > MAX_DEPTH) throw new AwkError("function call nesting too deep");
    const locals = await this.bind(definition, args);
    const saved = this.frame;
    this.frame = { locals };
    try {
      const flow = await this.execute(definition.body);
      return typeof flow === "object" ? flow.returned : { text: "" };
    } finally {
      this.frame = saved;
      this.depth--;
    }
  }

  /** Arrays go by reference; a name never used yet may become one, so it is shared as an array. */
  private async bind(
    definition: FunctionDefinition,
    args: readonly Expression[],
  ): Promise<Map<string, Value | AwkArray>> {
    const locals = new Map<string, Value | AwkArray>();
    for (const [index, parameter] of definition.parameters.entries()) {
      const argument = args[index];
      if (!argument) {
        locals.set(parameter, { text: "" });
      } else if (argument.kind === "variable") {
        const existing = this.frame?.locals.get(argument.name) ?? this.globals.get(argument.name);
        if (existing === undefined && usesAsArray(definition.body, parameter))
          locals.set(parameter, this.array(argument.name));
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
      text = await this.nextRecord();
    } else {
      const name = from ? this.text(await this.evaluate(from)) : "";
      let reader = this.inputs.get(name);
      if (!reader) {
        try {
          reader = source === "file" ? this.records(name)[Symbol.asyncIterator]() : await this.commandOutput(name);
        } catch {
          return -1;
        }
        this.inputs.set(name, reader);
      }
      try {
        const next = await reader.next();
        text = next.done ? null : next.value.text;
      } catch {
        return -1;
      }
      if (text !== null && source === "command" && !target) this.set("NR", toNumber(this.get("NR")) + 1);
    }
    if (text === null) return 0;
    if (target) await this.assign(target, { text });
    else this.setRecord(text);
    return 1;
  }

  private async commandOutput(command: string): Promise<AsyncIterator<{ text: string }>> {
    await this.stdout.flush();
    const path = `/tmp/.awk-${this.process.pid}-in${this.inputs.size}`;
    const { fs } = this.process.machine;
    await this.shell(command, new Map([[1, fs.open(path, "w", { mode: 0o600 })]])).exit;
    const found = fs.readText(path).split("\n");
    fs.unlink(path);
    if (found.at(-1) === "") found.pop();
    async function* each(): AsyncGenerator<{ text: string }> {
      for (const text of found) yield { text };
    }
    return each();
  }

  sprintf(format: string, args: readonly Value[]): string {
    let next = 0;
    const take = (): Value => args[next++] ?? "";
    return parseFormat(format)
      .map((part) => {
        if (part.kind === "text") return part.text;
        const width = part.width === "*" ? toNumber(take()) : (part.width ?? 0);
        const precision = part.precision === "*" ? toNumber(take()) : part.precision;
        const spec = {
          flags: width < 0 ? `${part.flags}-` : part.flags,
          width: Math.abs(width),
          precision,
          letter: part.letter,
        };
        if (next >= args.length && args.length > 0)
          throw new AwkError(`not enough arguments passed to sprintf("${format}")`);
        const value = take();
        if (part.letter === "c") {
          const text =
            typeof value === "number"
              ? String.fromCodePoint(Math.max(0, Math.trunc(value)))
              : ([...this.text(value)][0] ?? "");
          return formatString(text, { ...spec, precision: null });
        }
        if (part.letter === "s") return formatString(this.text(value), spec);
        const number = toNumber(value);
        if (/[diouxX]/.test(part.letter)) {
          return Number.isFinite(number) ? formatInteger(BigInt(Math.trunc(number)), spec) : formatFloat(number, spec);
        }
        return formatFloat(number, spec);
      })
      .join("");
  }
}

function isUnset(value: Value): boolean {
  return typeof value === "object" && value.text === "";
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
