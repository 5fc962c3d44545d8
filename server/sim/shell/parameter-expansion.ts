/** `$x` and every form of `${…}`. */
import { AssociativeArray, IndexedArray } from "./arrays.ts";
import { characterCount, sliceCharacters } from "./bytes.ts";
import { ExpansionError } from "./control.ts";
import type { Expander, Expanding } from "./expansion.ts";
import type { FieldBuilder } from "./fields.ts";
import { closingBracket } from "./arithmetic-parser.ts";
import { changeCase, removeMatch, replaceMatches } from "./string-operations.ts";
import { transformValue } from "./transforms.ts";
import { isValidName, scalarOf } from "./variables.ts";
import { lowerText, type Operation, type Parameter } from "./words.ts";

/** What a parameter refers to, and what stands there. */
export interface ParameterValue {
  /** Null: unset. */
  readonly values: readonly string[] | null;
  /** `$@`, `$*`, `${a[@]}`: several fields. */
  readonly isList: boolean;
  readonly isStar: boolean;
  /** Indices that go with `values`, for slices of sparse arrays. */
  readonly indices?: readonly number[];
}

const UNSET: ParameterValue = { values: null, isList: false, isStar: false };

function single(value: string | undefined): ParameterValue {
  return value === undefined ? UNSET : { values: [value], isList: false, isStar: false };
}

export function* expandParameter(
  expander: Expander,
  parameter: Parameter,
  isQuoted: boolean,
  builder: FieldBuilder,
): Expanding<void> {
  if (!parameter.prefix && !parameter.index && !parameter.operation && !parameter.all) {
    expandPlain(expander, parameter, isQuoted, builder);
    return;
  }
  refuseUnsupported(expander, parameter);
  const target = yield* resolveTarget(expander, parameter);
  if (target.kind === "list") {
    builder.addList(target.values, isQuoted, target.isStar);
    return;
  }
  yield* applyOperation(expander, target.parameter, target.value, isQuoted, builder);
}

function expandPlain(expander: Expander, parameter: Parameter, isQuoted: boolean, builder: FieldBuilder): void {
  const { host } = expander;
  const { name } = parameter;
  if (name === "@" || name === "*") {
    builder.addList(host.positional, isQuoted, name === "*");
    return;
  }
  const value = readScalar(expander, name);
  if (value === undefined && host.options.has("nounset")) throw unbound(expander, name);
  if (isQuoted) builder.addQuoted(value ?? "");
  else if (value !== undefined) builder.addSplit(value);
}

/** The message for an unset name, with `$` in front of a digit as bash does. */
function unbound(expander: Expander, name: string): ExpansionError {
  const shown = /^[0-9!]/.test(name) && expander.host.isBash ? `$${name}` : name;
  return new ExpansionError(
    expander.host.isBash ? `${shown}: unbound variable` : `${shown}: parameter not set`,
    true,
    expander.host.isBash ? 127 : 2,
  );
}

function readScalar(expander: Expander, name: string): string | undefined {
  const { host } = expander;
  const first = name.charCodeAt(0);
  if (first >= 48 && first <= 57) {
    const position = Number(name);
    return position === 0 ? host.shellName : host.positional[position - 1];
  }
  if (name.length === 1 && !/[A-Za-z_]/.test(name)) return host.special(name);
  return host.variables.scalar(name);
}

function refuseUnsupported(expander: Expander, parameter: Parameter): void {
  const { operation } = parameter;
  const isBad =
    operation?.kind === "bad" ||
    (operation?.kind === "transform" && !/^[UuLQEPAaKk]$/.test(operation.letter)) ||
    !/^(?:[A-Za-z_][A-Za-z0-9_]*|[0-9]+|[@*#?$!-])$/.test(parameter.name);
  const isForeign =
    !expander.host.isBash &&
    (parameter.prefix === "!" ||
      parameter.index !== undefined ||
      parameter.all !== undefined ||
      operation?.kind === "case" ||
      operation?.kind === "transform" ||
      ((operation?.kind === "slice" || operation?.kind === "replace") && !expander.host.hasBashExpansions));
  if (isBad && expander.host.isBash) throw new ExpansionError(`${parameter.text}: bad substitution`, false);
  if (isBad || isForeign)
    throw new ExpansionError(
      expander.host.hasBashExpansions ? "syntax error: bad substitution" : "Bad substitution",
      true,
      2,
    );
}

type Target =
  | { readonly kind: "value"; readonly parameter: Parameter; readonly value: ParameterValue }
  | { readonly kind: "list"; readonly values: readonly string[]; readonly isStar: boolean };

function* resolveTarget(expander: Expander, parameter: Parameter): Expanding<Target> {
  const { host } = expander;
  if (parameter.prefix === "!" && parameter.operation?.kind === "names") {
    return {
      kind: "list",
      values: host.variables.namesWithPrefix(parameter.name),
      isStar: parameter.operation.operator === "*",
    };
  }
  if (parameter.prefix === "!" && parameter.all && !parameter.operation) {
    return { kind: "list", values: keysOf(expander, parameter.name), isStar: parameter.all === "*" };
  }
  if (parameter.prefix === "!") {
    const nameref = host.variables.raw(parameter.name);
    if (nameref?.attributes.has("n") && !parameter.index && !parameter.all) {
      return { kind: "list", values: [scalarOf(nameref.value) ?? ""], isStar: true };
    }
    return yield* resolveIndirect(expander, parameter);
  }
  return { kind: "value", parameter, value: yield* readParameter(expander, parameter) };
}

/** `${!name}`: the value of `name` is what is expanded. */
function* resolveIndirect(expander: Expander, parameter: Parameter): Expanding<Target> {
  const named = yield* readParameter(expander, { ...parameter, prefix: undefined, operation: undefined });
  const text = named.values?.[0];
  const { prefix: _prefix, ...plain } = parameter;
  if (text === undefined || text === "") {
    const hasDefault = parameter.operation?.kind === "default";
    if (!hasDefault && (text === "" || isValidName(parameter.name))) {
      throw new ExpansionError(
        text === "" ? `${parameter.name}: invalid indirect expansion` : `${parameter.name}: invalid indirect expansion`,
        false,
      );
    }
    return { kind: "value", parameter: { ...plain, prefix: undefined }, value: UNSET };
  }
  const target = indirectTarget(text);
  if (!target) throw new ExpansionError(`${text}: invalid variable name`, false);
  const pointed: Parameter = { ...target, prefix: undefined, operation: parameter.operation, text: parameter.text };
  return { kind: "value", parameter: pointed, value: yield* readParameter(expander, pointed) };
}

function indirectTarget(text: string): Pick<Parameter, "name" | "index" | "all"> | undefined {
  if (isValidName(text) || /^(?:[0-9]+|[@*#?$!-])$/.test(text)) return { name: text, index: undefined, all: undefined };
  const bracket = text.indexOf("[");
  const name = text.slice(0, bracket);
  if (bracket < 1 || !isValidName(name) || closingBracket(text, bracket) !== text.length - 1) return undefined;
  const subscript = text.slice(bracket + 1, -1);
  if (subscript === "@" || subscript === "*") return { name, index: undefined, all: subscript };
  return { name, index: lowerText(subscript), all: undefined };
}

function keysOf(expander: Expander, name: string): readonly string[] {
  const value = expander.host.variables.get(name)?.value;
  if (value instanceof IndexedArray) return value.indices().map(String);
  if (value instanceof AssociativeArray) return value.keys();
  return value === undefined ? [] : ["0"];
}

function* readParameter(expander: Expander, parameter: Parameter): Expanding<ParameterValue> {
  const { host } = expander;
  const { name, all } = parameter;
  if (name === "@" || name === "*") return { values: host.positional, isList: true, isStar: name === "*" };
  if (all) {
    const value = host.variables.get(name)?.value;
    const isStar = all === "*";
    if (value instanceof IndexedArray)
      return { values: value.values(), isList: true, isStar, indices: value.indices() };
    if (value instanceof AssociativeArray) return { values: value.values(), isList: true, isStar };
    return { values: value === undefined ? [] : [value], isList: true, isStar };
  }
  if (parameter.index) {
    const subscript = yield* expander.segmentText(parameter.index);
    if (subscript === "" && !host.variables.isAssociative(name))
      throw new ExpansionError(`${name}[${subscript}]: bad array subscript`);
    return single(host.variables.element(name, subscript));
  }
  return single(readScalar(expander, name));
}

function* applyOperation(
  expander: Expander,
  parameter: Parameter,
  value: ParameterValue,
  isQuoted: boolean,
  builder: FieldBuilder,
): Expanding<void> {
  const { operation } = parameter;
  if (operation?.kind === "default") {
    yield* applyDefault(expander, parameter, operation, value, isQuoted, builder);
    return;
  }
  const isUnset = value.values === null;
  if (expander.host.options.has("nounset")) {
    if (isUnset) throw unbound(expander, referenceText(parameter));
    // `${a[@]}` of an unset array is nothing, its length is refused.
    const countsArray = parameter.prefix === "#" && parameter.all !== undefined && isValidName(parameter.name);
    if (countsArray && expander.host.variables.raw(parameter.name) === undefined)
      throw unbound(expander, parameter.name);
  }
  if (parameter.prefix === "#") {
    addString(builder, String(lengthOf(expander, value)), isQuoted);
    return;
  }
  const changed = yield* changeValues(expander, parameter, operation, value);
  if (changed === null) {
    if (isQuoted && !value.isList) builder.addQuoted("");
    return;
  }
  if (value.isList || (operation?.kind === "transform" && changed.length !== 1))
    builder.addList(changed, isQuoted, value.isStar);
  else addString(builder, changed[0] ?? "", isQuoted);
}

function referenceText(parameter: Parameter): string {
  if (!parameter.index) return parameter.name;
  const inner = /\[(.*)\]/.exec(parameter.text)?.[1] ?? "";
  return `${parameter.name}[${inner}]`;
}

function addString(builder: FieldBuilder, text: string, isQuoted: boolean): void {
  if (isQuoted) builder.addQuoted(text);
  else builder.addSplit(text);
}

function lengthOf(_expander: Expander, value: ParameterValue): number {
  if (value.isList) return value.values?.length ?? 0;
  return characterCount(value.values?.[0] ?? "");
}

function* applyDefault(
  expander: Expander,
  parameter: Parameter,
  operation: Extract<Operation, { kind: "default" }>,
  value: ParameterValue,
  isQuoted: boolean,
  builder: FieldBuilder,
): Expanding<void> {
  const isUnset = value.values === null || (value.isList && value.values.length === 0);
  const isNull = !isUnset && (value.values ?? []).join("") === "" && (value.values ?? []).length <= 1;
  const isMissing = isUnset || (operation.isNullToo && isNull);
  if (operation.operator === "+") {
    if (!isMissing) yield* addOperand(expander, operation, isQuoted, builder);
    else if (isQuoted && !value.isList) builder.addQuoted("");
    return;
  }
  if (!isMissing) {
    if (value.isList) builder.addList(value.values ?? [], isQuoted, value.isStar);
    else addString(builder, value.values?.[0] ?? "", isQuoted);
    return;
  }
  if (operation.operator === "-") {
    yield* addOperand(expander, operation, isQuoted, builder);
    return;
  }
  const text = yield* expander.segmentText(operation.operand, operation.operator === "=" ? "assignment" : "none");
  if (operation.operator === "?") {
    const message =
      operation.operand.length > 0 && text !== ""
        ? text
        : operation.isNullToo
          ? "parameter null or not set"
          : "parameter not set";
    throw new ExpansionError(`${referenceText(parameter)}: ${message}`, true, expander.host.isBash ? 127 : 2);
  }
  yield* assignDefault(expander, parameter, text);
  addString(builder, text, isQuoted);
}

function* addOperand(
  expander: Expander,
  operation: Extract<Operation, { kind: "default" }>,
  isQuoted: boolean,
  builder: FieldBuilder,
): Expanding<void> {
  if (isQuoted && operation.operand.length === 0) builder.addQuoted("");
  yield* expander.segments(operation.operand, builder, !isQuoted, isQuoted ? "none" : "word");
}

function* assignDefault(expander: Expander, parameter: Parameter, text: string): Expanding<void> {
  const { variables } = expander.host;
  if (!isValidName(parameter.name)) {
    throw new ExpansionError(
      expander.host.isBash ? `$${parameter.name}: cannot assign in this way` : `${parameter.name}: bad variable name`,
      true,
    );
  }
  if (parameter.index) variables.assignElement(parameter.name, yield* expander.segmentText(parameter.index), text);
  else variables.assign(parameter.name, text);
}

function* changeValues(
  expander: Expander,
  parameter: Parameter,
  operation: Operation | undefined,
  value: ParameterValue,
): Expanding<readonly string[] | null> {
  const { host } = expander;
  if (operation === undefined) return value.values;
  if (operation.kind === "transform") return transformValue(expander, parameter, operation.letter, value);
  if (value.values === null) return null;
  const extglob = host.options.has("extglob");
  switch (operation.kind) {
    case "remove": {
      const pattern = yield* expander.pattern(operation.operand);
      return value.values.map((text) => removeMatch(text, pattern, operation.operator, extglob));
    }
    case "replace": {
      const pattern = yield* expander.pattern(operation.pattern);
      const replacement = yield* expander.replacement(operation.replacement);
      const ignoreCase = host.options.has("nocasematch");
      const expandsAmpersand = host.options.has("patsub_replacement");
      return value.values.map((text) =>
        replaceMatches(text, {
          pattern,
          replacement,
          operator: operation.operator,
          extglob,
          ignoreCase,
          expandsAmpersand,
        }),
      );
    }
    case "case": {
      const pattern = operation.operand ? yield* expander.pattern(operation.operand) : "";
      return value.values.map((text) => changeCase(text, operation.operator, pattern, extglob));
    }
    case "slice":
      return yield* slice(expander, parameter, operation, value);
    case "names":
    case "bad":
    case "default":
      return value.values;
    default: {
      const unknown: never = operation;
      return unknown;
    }
  }
}

function* slice(
  expander: Expander,
  parameter: Parameter,
  operation: Extract<Operation, { kind: "slice" }>,
  value: ParameterValue,
): Expanding<readonly string[]> {
  const { host } = expander;
  const offset = Number(host.evaluateArithmetic(yield* expander.segmentText(operation.offset)));
  const lengthText = operation.length && (yield* expander.segmentText(operation.length));
  const length = lengthText === undefined ? undefined : Number(host.evaluateArithmetic(lengthText));
  const values = value.values ?? [];
  if (!value.isList) {
    const text = values[0] ?? "";
    const count = characterCount(text);
    const start = offset < 0 ? count + offset : offset;
    if (start < 0 || start > count) return [""];
    const end = length === undefined ? count : length < 0 ? count + length : start + length;
    if (end < start) throw new ExpansionError(`${lengthText}: substring expression < 0`);
    return [sliceCharacters(text, start, end)];
  }
  if (length !== undefined && length < 0) throw new ExpansionError(`${lengthText}: substring expression < 0`);
  const isPositional = parameter.name === "@" || parameter.name === "*";
  const items = isPositional ? [host.shellName, ...values] : values;
  if (value.indices) return sliceSparse(values, value.indices, offset, length);
  // Associative arrays and positional parameters count from their first; `${@:0}` begins with `$0`.
  const start = offset < 0 ? items.length + offset : offset;
  if (start < 0) return [];
  return items.slice(start, length === undefined ? undefined : start + length);
}

function sliceSparse(
  values: readonly string[],
  indices: readonly number[],
  offset: number,
  length: number | undefined,
): readonly string[] {
  const end = (indices.at(-1) ?? -1) + 1;
  const from = offset < 0 ? end + offset : offset;
  if (from < 0) return [];
  const first = indices.findIndex((index) => index >= from);
  if (first < 0) return [];
  return values.slice(first, length === undefined ? undefined : first + length);
}
