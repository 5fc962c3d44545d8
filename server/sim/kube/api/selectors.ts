/** Label and field selectors as the query parameters state them, with the parser's refusals. */
import { badRequest } from "./errors.ts";
import { isLabelValue, isQualifiedName } from "../kinds/validation/names.ts";
import type { KubeObject } from "./types.ts";
import type { KindDefinition } from "../kinds/types.ts";

export type LabelOperator = "in" | "notin" | "=" | "==" | "!=" | "exists" | "!" | "gt" | "lt";

export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

interface Token {
  readonly kind: "identifier" | "symbol" | "end";
  readonly text: string;
}

const SYMBOLS = new Set([")", ",", "!", "==", "=", ">", "<", "(", "!="]);

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  while (index < text.length) {
    const char = text.charAt(index);
    if (/\s/.test(char)) {
      index++;
    } else if ("=!(),><".includes(char)) {
      const two = text.slice(index, index + 2);
      const symbol = SYMBOLS.has(two) ? two : char;
      tokens.push({ kind: "symbol", text: symbol });
      index += symbol.length;
    } else {
      const match = text.slice(index).match(/^[^\s=!(),><]+/);
      const word = match?.[0] ?? char;
      tokens.push({ kind: "identifier", text: word });
      index += word.length;
    }
  }
  return tokens;
}

/** Parses `a=b,c in (d,e),!f`. Throws 400 with the parser's words. */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return new LabelParser(tokenize(text)).parse();
}

class LabelParser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): LabelRequirement[] {
    const requirements: LabelRequirement[] = [];
    if (this.#tokens.length === 0) return requirements;
    for (;;) {
      const token = this.#peek();
      if (token.kind !== "identifier" && token.text !== "!") {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const separator = this.#next();
      if (separator.kind === "end") return requirements;
      if (separator.text !== ",") throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== "identifier" && following.text !== "!") {
        throw badRequest(`found '${following.text}', expected: identifier after ','`);
      }
    }
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: "end", text: "" };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position++;
    return token;
  }

  #requirement(): LabelRequirement {
    try {
      return this.#keyAndOperator();
    } catch (error) {
      if (error instanceof SelectorSyntax) throw badRequest(`unable to parse requirement: ${error.message}`);
      throw error;
    }
  }

  #keyAndOperator(): LabelRequirement {
    const isNegated = this.#peek().text === "!";
    if (isNegated) this.#next();
    const token = this.#next();
    if (token.kind !== "identifier") throw new SelectorSyntax(`found '${token.text}', expected: identifier`);
    const key = token.text;
    checkKey(key);
    if (isNegated) return { key, operator: "!", values: [] };
    const following = this.#peek();
    if (following.kind === "end" || following.text === ",") return { key, operator: "exists", values: [] };
    return this.#values(key, this.#operator());
  }

  #operator(): LabelOperator {
    const token = this.#next();
    switch (token.text) {
      case "in":
      case "notin":
      case "=":
      case "==":
      case "!=":
        return token.text;
      case ">":
        return "gt";
      case "<":
        return "lt";
      default:
        throw new SelectorSyntax(
          `found '${token.text}', expected: in, notin, =, ==, !=, gt, lt`.replace("gt, lt", ">, <"),
        );
    }
  }

  #values(key: string, operator: LabelOperator): LabelRequirement {
    const values = operator === "in" || operator === "notin" ? this.#list() : [this.#exactValue()];
    for (const value of values) checkValue(key, value);
    if ((operator === "gt" || operator === "lt") && !/^[+-]?\d+$/.test(values[0] ?? "")) {
      throw new SelectorSyntax(
        `values[0][${key}]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    return { key, operator, values };
  }

  #list(): string[] {
    const open = this.#next();
    if (open.text !== "(" || open.kind !== "symbol") throw new SelectorSyntax(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let isValueDue = true;
    for (;;) {
      const token = this.#next();
      if (token.kind === "identifier") {
        values.push(token.text);
        isValueDue = false;
        const after = this.#peek();
        if (after.text === "," || after.text === ")") continue;
        throw new SelectorSyntax(`found '${after.text}', expected: ',' or ')'`);
      }
      if (token.text === ")") {
        if (isValueDue) values.push("");
        return [...new Set(values)];
      }
      if (token.text === ",") {
        if (isValueDue) values.push("");
        isValueDue = true;
        continue;
      }
      throw new SelectorSyntax(`found '${token.text}', expected: ',', ')' or identifier`);
    }
  }

  #exactValue(): string {
    const token = this.#peek();
    if (token.kind === "end" || token.text === ",") return "";
    this.#next();
    if (token.kind === "identifier") return token.text;
    throw new SelectorSyntax(`found '${token.text}', expected: identifier`);
  }
}

class SelectorSyntax extends Error {}

function checkKey(key: string): void {
  const problems = isQualifiedName(key);
  if (problems.length > 0) {
    throw new SelectorSyntax(`key: Invalid value: ${JSON.stringify(key)}: ${problems.join("; ")}`);
  }
}

function checkValue(key: string, value: string): void {
  const problems = isLabelValue(value);
  if (problems.length > 0) {
    throw new SelectorSyntax(`values[0][${key}]: Invalid value: ${JSON.stringify(value)}: ${problems.join("; ")}`);
  }
}

export function matchesLabels(
  requirements: readonly LabelRequirement[],
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels?.[key];
    switch (operator) {
      case "exists":
        return value !== undefined;
      case "!":
        return value === undefined;
      case "=":
      case "==":
      case "in":
        return value !== undefined && values.includes(value);
      case "!=":
      case "notin":
        return value === undefined || !values.includes(value);
      case "gt":
        return value !== undefined && Number(value) > Number(values[0]);
      case "lt":
        return value !== undefined && Number(value) < Number(values[0]);
      default:
        return operator satisfies never;
    }
  });
}

export interface FieldRequirement {
  readonly field: string;
  readonly isEqual: boolean;
  readonly value: string;
}

/** Parses `metadata.name=x,status.phase!=Running` for one kind. Throws 400. */
export function parseFieldSelector(kind: KindDefinition, text: string): FieldRequirement[] {
  const requirements = splitTerms(text).map((term) => {
    const match = term.match(/^(.*?)(!=|==|=)(.*)$/s);
    if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = "", operator = "", value = ""] = match;
    return { field, isEqual: operator !== "!=", value: unescapeValue(value) };
  });
  const isKnown = (field: string) =>
    field === "metadata.name" || field === "metadata.namespace" || kind.selectableFields?.[field] !== undefined;
  for (const { field } of requirements) {
    if (isKnown(field)) continue;
    throw badRequest(unknownFieldText(kind, field));
  }
  return requirements;
}

function unknownFieldText(kind: KindDefinition, field: string): string {
  // Kinds with own selectable fields have their own conversion function with a shorter text.
  if (kind.selectableFields && Object.keys(kind.selectableFields).length > 0) {
    return `field label not supported: ${field}`;
  }
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let current = "";
  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    if (char === "\\") {
      current += char + text.charAt(++index);
    } else if (char === ",") {
      terms.push(current);
      current = "";
    } else current += char;
  }
  terms.push(current);
  return terms.filter((term) => term !== "");
}

function unescapeValue(value: string): string {
  return value.replace(/\\([\\,=])/g, "$1");
}

export function matchesFields(
  kind: KindDefinition,
  requirements: readonly FieldRequirement[],
  object: KubeObject,
): boolean {
  return requirements.every(({ field, isEqual, value }) => {
    return (fieldValue(kind, field, object) === value) === isEqual;
  });
}

function fieldValue(kind: KindDefinition, field: string, object: KubeObject): string {
  if (field === "metadata.name") return object.metadata.name;
  if (field === "metadata.namespace") return object.metadata.namespace ?? "";
  return kind.selectableFields?.[field]?.(object) ?? "";
}
