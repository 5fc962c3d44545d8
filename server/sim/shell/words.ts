/**
 * Words made ready for expansion: unbash's word parts flattened to segments that
 * say what is quoted. Made once per word and kept.
 */
import type { HereDocBody, ParameterExpansionPart, ParameterOperation, ParsedScript, Word, WordPart } from "unbash";
import { parse } from "unbash";
import { decodeEscapes } from "./ansi-c.ts";
import { expandBraces } from "./braces.ts";
import { SourceText } from "./source-text.ts";

export type Segment =
  | { readonly kind: "text"; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: "parameter"; readonly parameter: Parameter; readonly isQuoted: boolean }
  | { readonly kind: "command"; readonly script: ParsedScript; readonly source: SourceText; readonly isQuoted: boolean }
  | { readonly kind: "arithmetic"; readonly body: readonly Segment[]; readonly isQuoted: boolean }
  | {
      readonly kind: "process";
      readonly operator: "<" | ">";
      readonly script: ParsedScript;
      readonly source: SourceText;
    };

export interface LoweredWord {
  readonly segments: readonly Segment[];
  /** Set when the word is plain text: no expansion, tilde, pattern or brace in it. */
  readonly literal: string | undefined;
  /** The words that brace expansion makes of it. */
  readonly braces: readonly LoweredWord[] | undefined;
}

export interface Parameter {
  readonly name: string;
  readonly prefix: "!" | "#" | undefined;
  readonly index: readonly Segment[] | undefined;
  /** `@` or `*` when the index is just that. */
  readonly all: "@" | "*" | undefined;
  readonly operation: Operation | undefined;
  /** As written, for messages. */
  readonly text: string;
}

export type Operation =
  | {
      readonly kind: "default";
      readonly operator: "-" | "=" | "+" | "?";
      readonly isNullToo: boolean;
      readonly operand: readonly Segment[];
    }
  | { readonly kind: "remove"; readonly operator: "#" | "##" | "%" | "%%"; readonly operand: readonly Segment[] }
  | {
      readonly kind: "replace";
      readonly operator: "/" | "//" | "/#" | "/%";
      readonly pattern: readonly Segment[];
      readonly replacement: readonly Segment[];
    }
  | { readonly kind: "slice"; readonly offset: readonly Segment[]; readonly length: readonly Segment[] | undefined }
  | {
      readonly kind: "case";
      readonly operator: "^" | "^^" | "," | ",," | "~" | "~~";
      readonly operand: readonly Segment[] | undefined;
    }
  | { readonly kind: "transform"; readonly letter: string }
  | { readonly kind: "names"; readonly operator: "@" | "*" }
  | { readonly kind: "bad" };

/**
 * What a backslash quotes. `word`: anything. `double`: `$ " \` and backquote. `heredoc`: the same
 * without `"`. `operand` (of `${x:-…}` between double quotes): as `double`, and `}`.
 */
type QuoteMode = "word" | "double" | "heredoc" | "operand";

const lowered = new WeakMap<Word, LoweredWord>();
const loweredBodies = new WeakMap<HereDocBody, readonly Segment[]>();

/** Active characters: a word without them is what it says. */
const PLAIN = /^[A-Za-z0-9_./:,=+%@^-]+$/;

export function lowerWord(word: Word, source: SourceText): LoweredWord {
  const known = lowered.get(word);
  if (known) return known;
  const made = PLAIN.test(word.text) && !word.parts ? plainWord(word.text) : makeWord(word, source);
  lowered.set(word, made);
  return made;
}

function plainWord(text: string): LoweredWord {
  return { segments: [{ kind: "text", text, isQuoted: false }], literal: text, braces: undefined };
}

function makeWord(word: Word, source: SourceText): LoweredWord {
  const segments = new Lowering(source).word(word, "word");
  const braces = word.text.includes("{") ? bracedWords(word.text, source, word.pos) : undefined;
  return { segments, literal: braces ? undefined : literalOf(segments), braces };
}

function literalOf(segments: readonly Segment[]): string | undefined {
  let literal = "";
  for (const segment of segments) {
    if (segment.kind !== "text") return undefined;
    if (!segment.isQuoted && /[*?[~(]/.test(segment.text)) return undefined;
    literal += segment.text;
  }
  return segments.length > 0 ? literal : undefined;
}

function bracedWords(text: string, source: SourceText, position: number): LoweredWord[] | undefined {
  const texts = expandBraces(text);
  if (texts.length === 1 && texts[0] === text) return undefined;
  return texts.map((each) => parseWordText(each, source.name, source.lineAt(position)));
}

/** A word from its text, as if it stood in a command. */
export function parseWordText(text: string, name: string, line: number): LoweredWord {
  if (text === "") return { segments: [], literal: undefined, braces: undefined };
  if (PLAIN.test(text)) return plainWord(text);
  const mini = new SourceText(`: ${text.startsWith("#") ? "\\" : ""}${text}`, name, line);
  const command = parse(mini.text).commands[0]?.command;
  const argument = command?.type === "Command" ? command.args[0] : undefined;
  if (argument?.type !== "Word")
    return { segments: [{ kind: "text", text, isQuoted: true }], literal: text, braces: undefined };
  const segments = new Lowering(mini).word(argument, "word");
  return { segments, literal: literalOf(segments), braces: undefined };
}

/** The pieces of a heredoc's body that is expanded. */
export function lowerHereDocument(body: HereDocBody, source: SourceText): readonly Segment[] {
  const known = loweredBodies.get(body);
  if (known) return known;
  const made = body.parts
    ? new Lowering(source).parts(body.parts, true, "heredoc")
    : literalSegments(body.text, true, "heredoc");
  loweredBodies.set(body, made);
  return made;
}

const textCache = new Map<string, readonly Segment[]>();

/** Text that is expanded as if between double quotes: prompts, arithmetic, subscripts of references. */
export function lowerText(text: string, name = "main", line = 1): readonly Segment[] {
  if (!/[$`\\]/.test(text)) return [{ kind: "text", text, isQuoted: true }];
  const known = textCache.get(text);
  if (known) return known;
  let delimiter = "E";
  while (text.includes(delimiter)) delimiter += "_";
  const header = `: <<${delimiter}\n`;
  const mini = new SourceText(`${header}${text}\n${delimiter}\n`, name, line - 1);
  const command = parse(mini.text).commands[0]?.command;
  const redirect = command?.type === "Command" ? command.redirects[0] : undefined;
  if (redirect?.type !== "HereDoc") return [{ kind: "text", text, isQuoted: true }];
  const segments = [...lowerHereDocument(redirect.body, mini)];
  dropLastNewline(segments);
  if (textCache.size > 300) textCache.clear();
  textCache.set(text, segments);
  return segments;
}

function dropLastNewline(segments: Segment[]): void {
  const last = segments.at(-1);
  if (last?.kind === "text" && last.text.endsWith("\n"))
    segments[segments.length - 1] = { ...last, text: last.text.slice(0, -1) };
}

class Lowering {
  constructor(private readonly source: SourceText) {}

  word(word: Word, mode: QuoteMode): readonly Segment[] {
    if (!word.parts) return literalSegments(word.text, mode !== "word", mode);
    return this.parts(word.parts, mode !== "word", mode);
  }

  parts(parts: readonly WordPart[], isQuoted: boolean, mode: QuoteMode): Segment[] {
    const segments: Segment[] = [];
    for (const part of parts) this.part(part, isQuoted, mode, segments);
    return mergeText(segments);
  }

  private part(part: WordPart, isQuoted: boolean, mode: QuoteMode, into: Segment[]): void {
    switch (part.type) {
      case "Literal":
        into.push(...literalSegments(part.text, isQuoted, mode));
        return;
      case "SingleQuoted":
        into.push({ kind: "text", text: part.text.slice(1, -1), isQuoted: true });
        return;
      case "AnsiCQuoted":
        into.push({ kind: "text", text: decodeEscapes(part.text.slice(2, -1), "ansi-c").text, isQuoted: true });
        return;
      case "DoubleQuoted":
      case "LocaleString":
        if (part.parts.length === 0) into.push({ kind: "text", text: "", isQuoted: true });
        for (const child of part.parts) this.part(child, true, "double", into);
        return;
      case "SimpleExpansion":
        into.push({ kind: "parameter", parameter: simpleParameter(part.text), isQuoted });
        return;
      case "ParameterExpansion":
        into.push({ kind: "parameter", parameter: this.parameter(part, isQuoted), isQuoted });
        return;
      case "CommandExpansion":
        into.push(this.command(part.script, part.pos, isQuoted));
        return;
      case "ArithmeticExpansion":
        into.push({
          kind: "arithmetic",
          body: arithmeticBody(part.text, this.source.name, this.source.lineAt(part.pos)),
          isQuoted,
        });
        return;
      case "ProcessSubstitution": {
        const script = part.script ?? EMPTY_SCRIPT;
        into.push({ kind: "process", operator: part.operator, script, source: this.scriptSource(script, part.pos) });
        return;
      }
      case "Glob":
      case "ExtendedGlob":
      case "BraceExpansion":
        this.composite(part.text, part.pos, part.parts, isQuoted, mode, into);
        return;
      default: {
        const unknown: never = part;
        throw new Error(`unknown word part ${JSON.stringify(unknown)}`);
      }
    }
  }

  /** A part whose own punctuation is the text between its children. */
  private composite(
    text: string,
    position: number,
    children: readonly WordPart[] | undefined,
    isQuoted: boolean,
    mode: QuoteMode,
    into: Segment[],
  ): void {
    let done = 0;
    for (const child of children ?? []) {
      const start = child.pos - position;
      if (start > done) into.push(...literalSegments(text.slice(done, start), isQuoted, mode));
      this.part(child, isQuoted, mode, into);
      done = child.end - position;
    }
    if (done < text.length) into.push(...literalSegments(text.slice(done), isQuoted, mode));
  }

  private command(script: ParsedScript | undefined, position: number, isQuoted: boolean): Segment {
    const present = script ?? EMPTY_SCRIPT;
    return { kind: "command", script: present, source: this.scriptSource(present, position), isQuoted };
  }

  /** Scripts between backquotes with escapes own their decoded text. */
  private scriptSource(script: ParsedScript, position: number): SourceText {
    if (script.source === undefined) return this.source;
    return new SourceText(script.source, this.source.name, this.source.lineAt(position));
  }

  private parameter(part: ParameterExpansionPart, isQuoted: boolean): Parameter {
    const indexText = part.index?.text;
    const all = indexText === "@" || indexText === "*" ? indexText : undefined;
    return {
      name: part.parameter,
      prefix: part.prefix,
      index: part.index && !all ? this.word(part.index, "word") : undefined,
      all,
      operation: part.operation && this.operation(part.operation, isQuoted),
      text: part.text,
    };
  }

  private operation(operation: ParameterOperation, isQuoted: boolean): Operation {
    switch (operation.type) {
      case "Default": {
        const isNullToo = operation.operator.startsWith(":");
        const operator = operation.operator.slice(-1) as "-" | "=" | "+" | "?";
        return { kind: "default", operator, isNullToo, operand: this.operand(operation.operand, isQuoted) };
      }
      case "Remove":
        return { kind: "remove", operator: operation.operator, operand: this.word(operation.operand, "word") };
      case "Replace":
        return {
          kind: "replace",
          operator: operation.operator,
          pattern: this.word(operation.pattern, "word"),
          replacement: this.word(operation.replacement, "word"),
        };
      case "Slice":
        return {
          kind: "slice",
          offset: arithmeticText(operation.offset.text),
          length: operation.length && arithmeticText(operation.length.text),
        };
      case "CaseModification":
        return {
          kind: "case",
          operator: operation.operator,
          operand: operation.operand && this.word(operation.operand, "word"),
        };
      case "Transform":
        return { kind: "transform", letter: operation.operand.text };
      case "Names":
        return { kind: "names", operator: operation.operator };
      case "Unknown":
        // `${x~~}` is in no manual, but bash has it.
        if (operation.operator === "~" || operation.operator === "~~")
          return { kind: "case", operator: operation.operator, operand: undefined };
        return { kind: "bad" };
      default: {
        const unknown: never = operation;
        return unknown;
      }
    }
  }

  private operand(operand: Word, isQuoted: boolean): readonly Segment[] {
    return this.word(operand, isQuoted ? "operand" : "word");
  }
}

const EMPTY_SCRIPT: ParsedScript = { type: "Script", pos: 0, end: 0, shebang: undefined, commands: [] };

function simpleParameter(text: string): Parameter {
  return { name: text.slice(1), prefix: undefined, index: undefined, all: undefined, operation: undefined, text };
}

function arithmeticBody(text: string, name: string, line: number): readonly Segment[] {
  return arithmeticText(text.startsWith("$[") ? text.slice(2, -1) : text.slice(3, -2), name, line);
}

/** Arithmetic is expanded like text between double quotes; quotes themselves mean nothing in it. */
export function arithmeticText(text: string, name = "main", line = 1): readonly Segment[] {
  return lowerText(text, name, line).map((segment) =>
    segment.kind === "text" && segment.text.includes('"')
      ? { ...segment, text: segment.text.replaceAll('"', "") }
      : segment,
  );
}

function literalSegments(text: string, isQuoted: boolean, mode: QuoteMode): Segment[] {
  if (!text.includes("\\")) return [{ kind: "text", text, isQuoted }];
  return mode === "word" ? unquotedText(text) : [{ kind: "text", text: unescapeDouble(text, mode), isQuoted: true }];
}

const ESCAPABLE: Readonly<Record<QuoteMode, RegExp>> = {
  word: /\\([\s\S])/g,
  double: /\\([$`"\\\n])/g,
  heredoc: /\\([$`\\\n])/g,
  operand: /\\([$`"\\\n}])/g,
};

function unescapeDouble(text: string, mode: QuoteMode): string {
  return text.replace(ESCAPABLE[mode], (_whole, character: string) => (character === "\n" ? "" : character));
}

function unquotedText(text: string): Segment[] {
  const segments: Segment[] = [];
  let plain = "";
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character !== "\\") {
      plain += character;
      continue;
    }
    const next = text.charAt(++index);
    if (next === "\n") continue;
    if (plain !== "") segments.push({ kind: "text", text: plain, isQuoted: false });
    plain = "";
    segments.push({ kind: "text", text: next === "" ? "\\" : next, isQuoted: true });
  }
  if (plain !== "") segments.push({ kind: "text", text: plain, isQuoted: false });
  return segments;
}

function mergeText(segments: readonly Segment[]): Segment[] {
  const merged: Segment[] = [];
  for (const segment of segments) {
    const last = merged.at(-1);
    if (segment.kind === "text" && last?.kind === "text" && last.isQuoted === segment.isQuoted) {
      merged[merged.length - 1] = { ...last, text: last.text + segment.text };
    } else merged.push(segment);
  }
  return merged;
}
