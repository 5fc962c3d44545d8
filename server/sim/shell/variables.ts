/** Shell variables: values, attributes, and the dynamic scopes of functions. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import { ExpansionError } from "./control.ts";
import { limits } from "./limits.ts";

export type VariableValue = string | IndexedArray | AssociativeArray | undefined;

/** Attributes by the letter `declare` uses. */
export type Attribute = "r" | "x" | "i" | "l" | "u" | "c" | "n" | "t";

export interface Variable {
  /** Undefined: declared, but unset. */
  readonly value: VariableValue;
  readonly attributes: ReadonlySet<Attribute>;
  /** What a declared but empty array will be. */
  readonly arrayKind?: "indexed" | "associative";
}

const NO_ATTRIBUTES: ReadonlySet<Attribute> = new Set();

export interface Scope {
  /** `function` scopes take `local`; `environment` ones hold `VAR=x command` assignments. */
  readonly kind: "global" | "function" | "environment";
  readonly variables: Map<string, Variable>;
}

/** A variable that computes its value (`RANDOM`, `SECONDS`, …). */
export interface DynamicVariable {
  read(): VariableValue;
  /** Absent: assignments are ignored. */
  assign?(value: string): void;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function isValidName(name: string): boolean {
  return NAME.test(name);
}

export interface Reference {
  readonly name: string;
  /** Text between the brackets. */
  readonly subscript?: string;
}

/** `a[1]` → name and subscript. Undefined when it is neither a name nor an element. */
export function parseReference(text: string): Reference | undefined {
  const bracket = text.indexOf("[");
  if (bracket < 0) return isValidName(text) ? { name: text } : undefined;
  const name = text.slice(0, bracket);
  if (!text.endsWith("]") || !isValidName(name)) return undefined;
  const subscript = text.slice(bracket + 1, -1);
  return subscript === "" ? undefined : { name, subscript };
}

export class VariableStore {
  /** Evaluates arithmetic for integer variables and subscripts; the interpreter sets it. */
  evaluateArithmetic: (expression: string) => bigint = () => 0n;
  warn: (message: string) => void = () => {};
  readonly dynamic = new Map<string, DynamicVariable>();

  private constructor(private scopes: Scope[]) {}

  static empty(): VariableStore {
    return new VariableStore([{ kind: "global", variables: new Map() }]);
  }

  /** A copy for a forked shell. Arrays are shared until one side writes. */
  fork(): VariableStore {
    const scopes = this.scopes.map((scope) => {
      for (const variable of scope.variables.values()) {
        if (variable.value instanceof IndexedArray || variable.value instanceof AssociativeArray) {
          variable.value.isShared = true;
        }
      }
      return { kind: scope.kind, variables: new Map(scope.variables) };
    });
    return new VariableStore(scopes);
  }

  // ------------------------------------------------------------------- scopes

  pushScope(kind: "function" | "environment"): Scope {
    const scope: Scope = { kind, variables: new Map() };
    this.scopes.push(scope);
    return scope;
  }

  popScope(scope: Scope): void {
    const index = this.scopes.lastIndexOf(scope);
    if (index > 0) this.scopes.length = index;
  }

  get isInFunction(): boolean {
    return this.scopes.some((scope) => scope.kind === "function");
  }

  private get global(): Scope {
    return this.scopes[0] as Scope;
  }

  private findScope(name: string): Scope | undefined {
    for (let index = this.scopes.length - 1; index >= 0; index--) {
      const scope = this.scopes[index];
      if (scope?.variables.has(name)) return scope;
    }
    return undefined;
  }

  private functionScope(): Scope | undefined {
    return this.scopes.findLast((scope) => scope.kind === "function");
  }

  // ------------------------------------------------------------------- reading

  /** The variable as declared, namerefs not followed. */
  raw(name: string): Variable | undefined {
    for (let index = this.scopes.length - 1; index >= 0; index--) {
      const variable = this.scopes[index]?.variables.get(name);
      if (variable) return variable;
    }
    return undefined;
  }

  /** Follows `declare -n`. A nameref may point at an element. */
  resolveName(name: string): Reference {
    let reference: Reference = { name };
    for (let depth = 0; depth < 8; depth++) {
      const variable = this.raw(reference.name);
      if (!variable?.attributes.has("n") || typeof variable.value !== "string" || variable.value === "") break;
      const next = parseReference(variable.value);
      if (!next) break;
      if (next.name === name && next.subscript === undefined) {
        this.warn(`warning: ${name}: circular name reference`);
        break;
      }
      reference = next;
      if (next.subscript !== undefined) break;
    }
    return reference;
  }

  get(name: string): Variable | undefined {
    const dynamic = this.dynamic.get(name);
    if (dynamic) return { value: dynamic.read(), attributes: NO_ATTRIBUTES };
    const variable = this.raw(name);
    if (!variable?.attributes.has("n")) return variable;
    const reference = this.resolveName(name);
    if (reference.subscript !== undefined) {
      const value = this.element(reference.name, reference.subscript);
      return value === undefined ? undefined : { value, attributes: NO_ATTRIBUTES };
    }
    return reference.name === name ? variable : this.get(reference.name);
  }

  /** The value as `$name` gives it: element 0 of arrays. */
  scalar(name: string): string | undefined {
    const variable = this.get(name);
    return variable === undefined ? undefined : scalarOf(variable.value);
  }

  /** `${name[subscript]}`; arithmetic or a key, as the variable demands. */
  element(name: string, subscript: string): string | undefined {
    const target = this.resolveName(name).name;
    const value = this.get(target)?.value;
    if (value instanceof AssociativeArray) return value.get(subscript);
    const index = Number(this.evaluateArithmetic(subscript));
    if (value instanceof IndexedArray) {
      if (index < 0 && -index > value.end) this.warn(`${target}: bad array subscript`);
      return value.get(index);
    }
    return index === 0 || index === -1 ? value : undefined;
  }

  isSet(name: string): boolean {
    return this.scalar(name) !== undefined;
  }

  isAssociative(name: string): boolean {
    const variable = this.get(name);
    return variable?.value instanceof AssociativeArray || variable?.arrayKind === "associative";
  }

  names(): string[] {
    const names = new Set<string>(this.dynamic.keys());
    for (const scope of this.scopes) for (const name of scope.variables.keys()) names.add(name);
    return [...names].sort();
  }

  namesWithPrefix(prefix: string): string[] {
    return this.names().filter((name) => name.startsWith(prefix) && this.get(name)?.value !== undefined);
  }

  /** Names of the innermost function's locals. */
  localNames(): string[] {
    return [...(this.functionScope()?.variables.keys() ?? [])].sort();
  }

  /** What a child process gets. */
  environment(): Map<string, string> {
    const environment = new Map<string, string>();
    for (const scope of this.scopes) {
      for (const [name, variable] of scope.variables) {
        if (!variable.attributes.has("x")) {
          environment.delete(name);
          continue;
        }
        const value = scalarOf(variable.value);
        if (value !== undefined && typeof variable.value === "string") environment.set(name, value);
      }
    }
    return environment;
  }

  // ------------------------------------------------------------------- writing

  /** Assigns as `name=value` does, attributes applied. Throws ExpansionError for readonly variables. */
  assign(name: string, value: string, append = false): void {
    const dynamic = this.dynamic.get(name);
    if (dynamic) {
      dynamic.assign?.(value);
      return;
    }
    const reference = this.resolveName(name);
    if (reference.subscript !== undefined) {
      this.assignElement(reference.name, reference.subscript, value, append);
      return;
    }
    const target = reference.name;
    const current = this.raw(target);
    this.refuseReadonly(target, current);
    const array = current?.value;
    if (array instanceof IndexedArray || array instanceof AssociativeArray || current?.arrayKind) {
      this.assignElement(target, "0", value, append);
      return;
    }
    const old = typeof array === "string" ? array : "";
    this.store(target, {
      ...(current ?? { attributes: NO_ATTRIBUTES }),
      value: this.converted(current, value, append ? old : undefined),
    });
  }

  /** `name[subscript]=value`. */
  assignElement(name: string, subscript: string, value: string, append = false): void {
    const target = this.resolveName(name).name;
    const current = this.raw(target);
    this.refuseReadonly(target, current);
    if (current?.value instanceof AssociativeArray || current?.arrayKind === "associative") {
      const array = this.writableAssociative(target, current);
      array.set(subscript, this.converted(current, value, append ? (array.get(subscript) ?? "") : undefined));
      return;
    }
    const array = this.writableIndexed(target, current);
    let index = Number(this.evaluateArithmetic(subscript));
    if (index < 0) index += array.end;
    if (index < 0) throw new ExpansionError(`${name}[${subscript}]: bad array subscript`);
    array.set(index, this.converted(current, value, append ? (array.get(index) ?? "") : undefined));
  }

  /** Replaces (or extends) a whole indexed array. */
  assignArray(name: string, values: readonly string[]): void {
    const target = this.resolveName(name).name;
    const current = this.raw(target);
    this.refuseReadonly(target, current);
    this.store(target, { attributes: current?.attributes ?? NO_ATTRIBUTES, value: IndexedArray.of(values) });
  }

  /** An empty array in place of what was there; kind as declared unless told. */
  clearArray(name: string, kind?: "indexed" | "associative"): void {
    const target = this.resolveName(name).name;
    const current = this.raw(target);
    this.refuseReadonly(target, current);
    const isAssociative = kind === "associative" || (kind === undefined && this.isAssociative(target));
    this.store(target, {
      attributes: current?.attributes ?? NO_ATTRIBUTES,
      value: isAssociative ? new AssociativeArray() : new IndexedArray(),
    });
  }

  /** Makes the variable an array if it is none, keeping a scalar as element 0. */
  writableIndexed(name: string, current = this.raw(name)): IndexedArray {
    const value = current?.value;
    if (value instanceof IndexedArray && !value.isShared) return value;
    const array =
      value instanceof IndexedArray
        ? value.clone()
        : typeof value === "string"
          ? IndexedArray.of([value])
          : new IndexedArray();
    this.store(name, { attributes: current?.attributes ?? NO_ATTRIBUTES, value: array });
    return array;
  }

  private writableAssociative(name: string, current: Variable): AssociativeArray {
    if (current.value instanceof AssociativeArray && !current.value.isShared) return current.value;
    const array = current.value instanceof AssociativeArray ? current.value.clone() : new AssociativeArray();
    this.store(name, { attributes: current.attributes, value: array });
    return array;
  }

  private converted(variable: Variable | undefined, value: string, appendTo: string | undefined): string {
    const attributes = variable?.attributes ?? NO_ATTRIBUTES;
    if (attributes.size === 0) return bounded(appendTo === undefined ? value : appendTo + value);
    if (attributes.has("i")) {
      const number = this.evaluateArithmetic(value);
      return String(appendTo === undefined ? number : BigInt.asIntN(64, number + this.evaluateArithmetic(appendTo)));
    }
    return bounded(applyCase(attributes, appendTo === undefined ? value : appendTo + value));
  }

  private refuseReadonly(name: string, variable: Variable | undefined): void {
    if (variable?.attributes.has("r")) throw new ExpansionError(`${name}: readonly variable`);
  }

  /** Stores where the name already lives, else globally. */
  private store(name: string, variable: Variable): void {
    (this.findScope(name) ?? this.global).variables.set(name, variable);
  }

  /** Sets without any check: for the shell's own variables. */
  force(name: string, value: VariableValue, attributes: Iterable<Attribute> = []): void {
    this.store(name, { value, attributes: new Set([...(this.raw(name)?.attributes ?? []), ...attributes]) });
  }

  /** `declare -g name=value`: past all locals. */
  assignGlobal(name: string, value: string, append: boolean): void {
    const current = this.global.variables.get(name);
    this.refuseReadonly(name, current);
    const old = append && typeof current?.value === "string" ? current.value : undefined;
    this.global.variables.set(name, {
      attributes: current?.attributes ?? NO_ATTRIBUTES,
      value: this.converted(current, value, old),
    });
  }

  assignIn(scope: Scope, name: string, value: string, isExported: boolean): void {
    const current = this.raw(name);
    this.refuseReadonly(name, current);
    const attributes = new Set(current?.attributes ?? []);
    if (isExported) attributes.add("x");
    scope.variables.set(name, { attributes, value: this.converted(current, value, undefined) });
  }

  /** Creates `name` in the innermost function's scope, hiding outer ones. */
  declareLocal(name: string, inheritValue = false): void {
    const scope = this.functionScope();
    if (!scope || scope.variables.has(name)) return;
    const outer = this.raw(name);
    if (outer?.attributes.has("r") && this.findScope(name) === this.global) {
      throw new ExpansionError(`${name}: readonly variable`);
    }
    const environment = this.scopes.findLast((each) => each.kind === "environment" && each.variables.has(name));
    const kept = inheritValue || environment ? outer : undefined;
    scope.variables.set(
      name,
      kept ?? { value: undefined, attributes: new Set(outer?.attributes.has("x") ? ["x" as const] : []) },
    );
  }

  /** Saves a variable for `local -`-like restoring; see `set -` handling of getopts. */
  setAttributes(name: string, added: Iterable<Attribute>, removed: Iterable<Attribute>, isGlobal = false): void {
    const current = isGlobal ? this.global.variables.get(name) : this.raw(name);
    const attributes = new Set(current?.attributes ?? []);
    const gone = new Set(removed);
    if (gone.has("r") && attributes.has("r")) throw new ExpansionError(`${name}: readonly variable`);
    for (const attribute of gone) attributes.delete(attribute);
    for (const attribute of added) {
      attributes.add(attribute);
      if (attribute === "l") attributes.delete("u");
      if (attribute === "u") attributes.delete("l");
    }
    const variable: Variable = { ...current, value: current?.value, attributes };
    if (isGlobal) this.global.variables.set(name, variable);
    else this.store(name, variable);
  }

  /** `declare -a`/`-A`. False when an array of the other kind stands there. */
  declareArray(name: string, arrayKind: "indexed" | "associative"): boolean {
    const current = this.raw(name);
    const value = current?.value;
    if (arrayKind === "indexed" ? value instanceof AssociativeArray : value instanceof IndexedArray) return false;
    if (value instanceof IndexedArray || value instanceof AssociativeArray) return true;
    const attributes = current?.attributes ?? NO_ATTRIBUTES;
    if (typeof value === "string" && arrayKind === "indexed") {
      this.store(name, { attributes, value: IndexedArray.of([value]) });
    } else if (typeof value === "string") {
      this.store(name, { attributes, value: new AssociativeArray(new Map([["0", value]])) });
    } else {
      this.store(name, { attributes, value: undefined, arrayKind });
    }
    return true;
  }

  /** False when the variable is readonly. */
  unset(name: string): boolean {
    if (this.dynamic.has(name)) {
      this.dynamic.delete(name);
      return true;
    }
    const reference = this.resolveName(name);
    if (reference.subscript !== undefined) return this.unsetElement(reference.name, reference.subscript);
    const scope = this.findScope(reference.name);
    if (!scope) return true;
    const current = scope.variables.get(reference.name);
    if (current?.attributes.has("r")) return false;
    // A local that is unset in its own function stays declared there, so outer ones do not show through.
    if (scope.kind === "function" && scope === this.functionScope()) {
      scope.variables.set(reference.name, { value: undefined, attributes: NO_ATTRIBUTES });
    } else scope.variables.delete(reference.name);
    return true;
  }

  /** Removes the nameref itself. */
  unsetReference(name: string): void {
    this.findScope(name)?.variables.delete(name);
  }

  unsetElement(name: string, subscript: string): boolean {
    const target = this.resolveName(name).name;
    const current = this.raw(target);
    if (!current) return true;
    if (current.attributes.has("r")) return false;
    if (current.value instanceof AssociativeArray) {
      this.writableAssociative(target, current).delete(subscript);
    } else if (current.value instanceof IndexedArray) {
      const index = Number(this.evaluateArithmetic(subscript));
      if (index < 0 && -index > current.value.end) throw new ExpansionError(`[${subscript}]: bad array subscript`);
      this.writableIndexed(target, current).delete(index);
    } else if (Number(this.evaluateArithmetic(subscript)) === 0) {
      return this.unset(target);
    } else throw new ExpansionError(`${target}: not an array variable`);
    return true;
  }

  /** Every variable, outermost scopes first, for snapshots. Only the global scope survives between commands. */
  globals(): ReadonlyMap<string, Variable> {
    return this.global.variables;
  }

  restoreGlobal(name: string, variable: Variable): void {
    this.global.variables.set(name, variable);
  }
}

function bounded(text: string): string {
  if (text.length > limits.stringLength) throw new ExpansionError("xrealloc: cannot allocate memory", true, 2);
  return text;
}

function applyCase(attributes: ReadonlySet<Attribute>, value: string): string {
  if (attributes.has("l")) return value.toLowerCase();
  if (attributes.has("u")) return value.toUpperCase();
  if (attributes.has("c")) return value.charAt(0).toUpperCase() + value.slice(1).toLowerCase();
  return value;
}

export function scalarOf(value: VariableValue): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  return value instanceof IndexedArray ? value.get(0) : value.get("0");
}
