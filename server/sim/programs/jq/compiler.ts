/** From syntax trees to operations of the machine; names are resolved here, once. */
import { formatValue } from "./formats.ts";
import { type Binding, type Closure, type Continuation, type Env, lookUp, type Machine, type Op } from "./machine.ts";
import { arithmetic, natives } from "./natives.ts";
import {
  yieldValue,
  identity,
  environment,
  constant,
  native,
  pipe,
  comma,
  index,
  range,
  each,
  attempt,
  otherwise,
  collect,
  path,
  followPath,
  count,
  nextInput,
  report,
} from "./operations.ts";
import { get } from "./paths.ts";
import { PRELUDE } from "./prelude.ts";
import { type Binder, binder, signatureOf, namesOf, find, nearestOf, type Scope } from "./scope.ts";
import { parseDefinitions } from "./parser.ts";
import { CompileError, CompileErrors, type Definition, type Expr, type Pattern } from "./syntax.ts";
import { described, dump, isTrue, type Json, JqError } from "./values.ts";

export interface Program {
  readonly op: Op;
  readonly env: Env;
}

/** `globals` are the `$names` the command line sets. Throws the first of its list of `CompileError`s. */
export function compile(expr: Expr, globals: ReadonlyMap<string, Json>): Program {
  let scope: Scope | null = null;
  let env: Env = null;
  for (const [name, value] of globals) {
    const bound = binder(name);
    scope = { kind: "variable", name, binder: bound, next: scope };
    env = { binder: bound, value, next: env };
  }
  const compiler = new Compiler();
  const op = compiler.expr(expr, scope);
  if (compiler.errors.length > 0) throw new CompileErrors(compiler.errors);
  return { op, env };
}

/** Definitions that every program has, parsed when first needed and compiled one by one. */
const library = new Map<string, Definition>();
const compiled = new Map<string, Binder>();

function libraryBinder(signature: string): Binder | null {
  if (library.size === 0) {
    for (const one of parseDefinitions(PRELUDE)) library.set(`${one.name}/${one.params.length}`, one);
  }
  const known = compiled.get(signature);
  if (known) return known;
  const definition = library.get(signature);
  if (!definition) return null;
  const params = definition.params.map((name) => binder(name));
  const bound = binder(definition.name, params);
  compiled.set(signature, bound);
  bound.body = new Compiler().functionBody(definition, params, null);
  return bound;
}

function builtinNames(): readonly string[] {
  libraryBinder("map/1");
  return [...library.keys(), ...natives.keys(), ...SPECIAL].filter((name) => !name.startsWith("_"));
}

const SPECIAL = ["empty/0", "error/0", "path/1", "getpath/1", "input/0", "debug/0", "stderr/0", "range/2"];

class Compiler {
  readonly errors: CompileError[] = [];

  private fail(message: string, at: number): Op {
    this.errors.push(new CompileError(message, at));
    return () => undefined;
  }

  expr(expr: Expr, scope: Scope | null): Op {
    switch (expr.kind) {
      case "identity":
        return identity;
      case "recurse":
        return this.call("recurse", [], 0, scope);
      case "literal":
        return constant(expr.value);
      case "text":
        return this.text(expr, scope);
      case "format":
        return native((input) => formatValue(expr.name, input));
      case "index":
        return index(this.expr(expr.target, scope), this.expr(expr.key, scope));
      case "slice": {
        const from = expr.from ? this.expr(expr.from, scope) : constant(null);
        const to = expr.to ? this.expr(expr.to, scope) : constant(null);
        return index(this.expr(expr.target, scope), range(from, to));
      }
      case "each":
        return pipe(this.expr(expr.target, scope), each);
      case "try":
        return attempt(this.expr(expr.body, scope), expr.handler ? this.expr(expr.handler, scope) : null);
      case "array":
        return expr.body ? collect(this.expr(expr.body, scope)) : constant([]);
      case "object":
        return this.object(expr, scope);
      case "negate":
        return this.apply([expr.body], scope, (_input, [value = null]) => {
          if (typeof value !== "number") throw new JqError(`${described(value)} cannot be negated`);
          return -value;
        });
      case "pipe":
        return pipe(this.expr(expr.left, scope), this.expr(expr.right, scope));
      case "comma":
        return comma(this.expr(expr.left, scope), this.expr(expr.right, scope));
      case "binary":
        return this.binary(expr.operator, expr.left, expr.right, scope);
      case "if": {
        const condition = this.expr(expr.condition, scope);
        const yes = this.expr(expr.yes, scope);
        const no = expr.no ? this.expr(expr.no, scope) : identity;
        return (machine, env, next) =>
          machine.sub(condition, env, (value) => {
            (isTrue(value) ? yes : no)(machine, env, next);
          });
      }
      case "call":
        return this.call(expr.name, expr.args, expr.at, scope);
      case "variable":
        return this.variable(expr.name, expr.at, scope);
      case "bind": {
        const source = this.expr(expr.source, scope);
        const destructure = this.patterns(expr.patterns, scope, (inner) => this.expr(expr.body, inner));
        return (machine, env, next) => machine.sub(source, env, (value) => destructure(machine, env, value, next));
      }
      case "reduce":
      case "foreach":
        return this.fold(expr, scope);
      case "define": {
        const { definition } = expr;
        const params = definition.params.map((name) => binder(name));
        const bound = binder(definition.name, params);
        const inner: Scope = { kind: "function", name: signatureOf(definition), binder: bound, next: scope };
        bound.body = this.functionBody(definition, params, inner);
        const body = this.expr(expr.body, inner);
        return (machine, env, next) => body(machine, { binder: bound, next: env }, next);
      }
      case "label": {
        const bound = binder(expr.name);
        const body = this.expr(expr.body, { kind: "label", name: expr.name, binder: bound, next: scope });
        return (machine, env, next) => body(machine, { binder: bound, height: machine.height, next: env }, next);
      }
      case "break": {
        const found = find(scope, "label", expr.name);
        if (!found) return this.fail(`$*label-${expr.name} is not defined`, expr.at);
        return (machine, env) => machine.breakTo(lookUp(env, found.binder).height ?? 0);
      }
      default:
        return expr satisfies never;
    }
  }

  functionBody(definition: Definition, params: readonly Binder[], outer: Scope | null): Op {
    let scope = outer;
    let { body } = definition;
    definition.params.forEach((name, at) => {
      const bound = params[at];
      if (!bound) return;
      const plain = name.startsWith("$") ? name.slice(1) : name;
      scope = { kind: "parameter", name: `${plain}/0`, binder: bound, next: scope };
    });
    for (const name of definition.params.toReversed()) {
      if (!name.startsWith("$")) continue;
      const source: Expr = { kind: "call", name: name.slice(1), args: [], at: 0 };
      body = { kind: "bind", source, patterns: [{ kind: "variable", name: name.slice(1) }], body };
    }
    return this.expr(body, scope);
  }

  private variable(name: string, at: number, scope: Scope | null): Op {
    const found = find(scope, "variable", name);
    if (found) {
      return (machine, env, next) => {
        machine.value = lookUp(env, found.binder).value ?? null;
        machine.next = next;
      };
    }
    if (name === "ENV") return environment;
    return this.fail(`$${name} is not defined`, at);
  }

  private call(name: string, args: readonly Expr[], at: number, scope: Scope | null): Op {
    const signature = `${name}/${args.length}`;
    const found =
      find(scope, "function", signature) ?? (args.length === 0 ? find(scope, "parameter", signature) : null);
    const nearest = nearestOf(scope, signature);
    if (nearest?.kind === "parameter") {
      const { binder: bound } = nearest;
      return (machine, env, next) => {
        const closure = lookUp(env, bound).closure;
        if (closure) machine.next = (again) => closure.op(again, closure.env, next);
      };
    }
    if (found) return invoke(found.binder, this.closures(args, scope), false);
    const special = this.special(signature, args, scope);
    if (special) return special;
    const known = natives.get(signature);
    if (known) return this.apply(args, scope, known);
    const global = libraryBinder(signature);
    if (global) return invoke(global, this.closures(args, scope), true);
    return this.fail(`${signature} is not defined`, at);
  }

  private closures(args: readonly Expr[], scope: Scope | null): readonly ((env: Env) => Closure)[] {
    return args.map((arg) => {
      // A parameter passed on is passed as it is, or each level of a recursion would wrap it anew.
      if (arg.kind === "call" && arg.args.length === 0) {
        const nearest = nearestOf(scope, `${arg.name}/0`);
        if (nearest?.kind === "parameter") {
          return (env) => lookUp(env, nearest.binder).closure ?? { op: identity, env };
        }
      }
      const op = this.expr(arg, scope);
      return (env) => ({ op, env });
    });
  }

  private special(signature: string, args: readonly Expr[], scope: Scope | null): Op | null {
    const [first, second] = args;
    switch (signature) {
      case "empty/0":
        return (machine) => {
          machine.next = (again) => again.backtrack();
        };
      case "error/0":
        return (machine) => {
          throw new JqError(machine.value);
        };
      case "not/0":
        return native((input) => !isTrue(input));
      case "path/1":
        return first ? path(this.expr(first, scope)) : null;
      case "getpath/1":
        return first ? followPath(this.expr(first, scope)) : null;
      case "range/2":
        return first && second ? count(this.expr(first, scope), this.expr(second, scope)) : null;
      case "input/0":
      case "_input/0":
        return nextInput;
      case "debug/0":
        return report((value) => `${dump(["DEBUG:", value])}\n`);
      case "stderr/0":
        return report((value) => dump(value));
      case "input_filename/0":
        return (machine, _env, next) => yieldValue(machine, machine.surroundings.inputFilename(), next);
      case "input_line_number/0":
        return (machine, _env, next) => yieldValue(machine, machine.surroundings.inputLine(), next);
      case "now/0":
        return (machine, _env, next) => yieldValue(machine, machine.surroundings.now() / 1000, next);
      case "env/0":
        return environment;
      case "builtins/0":
        return native(() => [...builtinNames()]);
      default:
        return null;
    }
  }

  /** A function of values: every combination of its arguments, the first varying fastest. */
  private apply(args: readonly Expr[], scope: Scope | null, run: (input: Json, args: readonly Json[]) => Json): Op {
    const ops = args.map((arg) => this.expr(arg, scope));
    return (machine, env, next) => {
      const values: Json[] = new Array<Json>(ops.length).fill(null);
      const from = (at: number, known: readonly Json[]): void => {
        const op = ops[at];
        if (!op) return yieldValue(machine, run(machine.value, known), next);
        machine.sub(op, env, (value) => from(at - 1, known.with(at, value)));
      };
      from(ops.length - 1, values);
    };
  }

  private binary(operator: string, left: Expr, right: Expr, scope: Scope | null): Op {
    switch (operator) {
      case "and":
      case "or": {
        const [a, b] = [this.expr(left, scope), this.expr(right, scope)];
        return (machine, env, next) =>
          machine.sub(a, env, (first) => {
            if (isTrue(first) === (operator === "or")) return yieldValue(machine, operator === "or", next);
            machine.sub(b, env, (second) => yieldValue(machine, isTrue(second), next));
          });
      }
      case "//":
        return otherwise(this.expr(left, scope), this.expr(right, scope));
      case "=":
        return this.call("_assign", [left, right], 0, scope);
      case "|=":
        return this.call("_modify", [left, right], 0, scope);
      case "//=": {
        const update: Expr = { kind: "binary", operator: "//", left: { kind: "identity" }, right: OPERAND };
        return this.update(left, right, update, scope);
      }
      default: {
        const plain = operator.endsWith("=") && !["==", "!=", "<=", ">="].includes(operator);
        if (plain) {
          const inner = operator.slice(0, -1);
          return this.update(
            left,
            right,
            { kind: "binary", operator: inner, left: { kind: "identity" }, right: OPERAND },
            scope,
          );
        }
        const run = arithmetic(operator);
        return this.apply([left, right], scope, (_input, [a = null, b = null]) => run(a, b));
      }
    }
  }

  /** `a += b`: for each value of `b`, all paths of `a` at once. */
  private update(target: Expr, operand: Expr, update: Expr, scope: Scope | null): Op {
    const source = this.expr(operand, scope);
    const bound = binder(OPERAND.name);
    const inner: Scope = { kind: "variable", name: OPERAND.name, binder: bound, next: scope };
    const modify = this.call("_modify", [target, update], 0, inner);
    return (machine, env, next) =>
      machine.sub(source, env, (value) => modify(machine, { binder: bound, value, next: env }, next));
  }

  private text(expr: Extract<Expr, { kind: "text" }>, scope: Scope | null): Op {
    const holes = expr.parts.filter((part) => typeof part !== "string");
    return this.apply(holes, scope, (_input, values) => {
      let at = 0;
      return expr.parts
        .map((part) => (typeof part === "string" ? part : formatValue(expr.format ?? "@text", values[at++] ?? null)))
        .join("");
    });
  }

  private object(expr: Extract<Expr, { kind: "object" }>, scope: Scope | null): Op {
    const entries = expr.entries.map(([key, value]) => [this.expr(key, scope), this.expr(value, scope)] as const);
    return (machine, env, next) => {
      const from = (at: number, known: readonly (readonly [string, Json])[]): void => {
        const entry = entries[at];
        if (!entry) return yieldValue(machine, new Map(known), next);
        machine.sub(entry[0], env, (key) => {
          machine.sub(entry[1], env, (value) => {
            if (typeof key !== "string") throw new JqError(`Cannot use ${described(key)} as object key`);
            from(at + 1, [...known, [key, value]]);
          });
        });
      };
      from(0, []);
    };
  }

  private fold(expr: Extract<Expr, { kind: "reduce" | "foreach" }>, scope: Scope | null): Op {
    const source = this.expr(expr.source, scope);
    const start = this.expr(expr.start, scope);
    const isReduce = expr.kind === "reduce";
    const cell = binder("*state");
    const destructure = this.patterns(expr.patterns, scope, (inner) => {
      const update = this.expr(expr.update, inner);
      const extract = expr.kind === "foreach" && expr.extract ? this.expr(expr.extract, inner) : identity;
      return (machine, env, next) => {
        const state = lookUp(env, cell).state ?? { value: null };
        machine.value = state.value;
        // What an update without result leaves is null, as in jq 1.6.
        state.value = null;
        update(machine, env, (again) => {
          state.value = again.value;
          if (isReduce) again.next = (machine) => machine.backtrack();
          else extract(again, env, next);
        });
      };
    });
    return (machine, env, next) => {
      const input = machine.value;
      start(machine, env, (again) => {
        const state = { value: again.value };
        const inner: Binding = { binder: cell, state, next: env };
        if (isReduce) again.fork((later) => yieldValue(later, state.value, next));
        again.value = input;
        source(again, inner, (each) => destructure(each, inner, each.value, next));
      });
    };
  }

  /** Binds what the patterns name; of several, the next when the body fails under one. */
  private patterns(
    patterns: readonly Pattern[],
    scope: Scope | null,
    body: (scope: Scope | null) => Op,
  ): (machine: Machine, env: Env, value: Json, next: Continuation) => void {
    const binders = new Map<string, Binder>();
    let inner = scope;
    for (const name of patterns.flatMap(namesOf)) {
      if (binders.has(name)) continue;
      const bound = binder(name);
      binders.set(name, bound);
      inner = { kind: "variable", name, binder: bound, next: inner };
    }
    const matchers = patterns.map((pattern) => this.matcher(pattern, binders, inner));
    const op = body(inner);
    const from = (at: number, machine: Machine, env: Env, value: Json, next: Continuation): void => {
      const matcher = matchers[at];
      if (!matcher) return;
      if (at + 1 < matchers.length) {
        machine.fork(
          (again) => again.backtrack(),
          (again) => from(at + 1, again, env, value, next),
        );
      }
      matcher(machine, env, value, (known) => op(machine, known, next));
    };
    return (machine, env, value, next) => {
      let all = env;
      if (patterns.length > 1) for (const bound of binders.values()) all = { binder: bound, value: null, next: all };
      from(0, machine, all, value, next);
    };
  }

  private matcher(pattern: Pattern, binders: ReadonlyMap<string, Binder>, scope: Scope | null): Matcher {
    switch (pattern.kind) {
      case "variable": {
        const bound = binders.get(pattern.name) ?? binder(pattern.name);
        return (_machine, env, value, use) => use({ binder: bound, value, next: env });
      }
      case "array": {
        const items = pattern.items.map((item) => this.matcher(item, binders, scope));
        return (machine, env, value, use) => {
          const from = (at: number, known: Env): void => {
            const item = items[at];
            if (item) item(machine, known, get(value, at), (more) => from(at + 1, more));
            else use(known);
          };
          from(0, env);
        };
      }
      case "object": {
        const entries = pattern.entries.map((entry) => ({
          key: this.expr(entry.key, scope),
          bound: entry.variable === null ? null : (binders.get(entry.variable) ?? null),
          inner: entry.pattern ? this.matcher(entry.pattern, binders, scope) : null,
        }));
        return (machine, env, value, use) => {
          const from = (at: number, known: Env): void => {
            const entry = entries[at];
            if (!entry) return use(known);
            machine.sub(entry.key, known, (key) => {
              if (typeof key !== "string") throw new JqError(`Cannot index ${described(value)} with ${described(key)}`);
              const found = get(value, key);
              const more: Env = entry.bound ? { binder: entry.bound, value: found, next: known } : known;
              if (entry.inner) entry.inner(machine, more, found, (all) => from(at + 1, all));
              else from(at + 1, more);
            });
          };
          from(0, env);
        };
      }
      default:
        return pattern satisfies never;
    }
  }
}

type Matcher = (machine: Machine, env: Env, value: Json, use: (env: Env) => void) => void;

/** No program can spell this name. */
const OPERAND = { kind: "variable", name: "*operand", at: 0 } as const;

function invoke(bound: Binder, args: readonly ((env: Env) => Closure)[], isGlobal: boolean): Op {
  return (machine, env, next) => {
    let inner: Env = isGlobal ? null : lookUp(env, bound);
    bound.params.forEach((param, at) => {
      const closure = args[at]?.(env);
      if (closure) inner = { binder: param, closure, next: inner };
    });
    machine.next = (again) => bound.body?.(again, inner, next);
  };
}
