/**
 * Source to syntax tree, by unbash; and what unbash reports turned into what bash,
 * dash and ash say. Also tells input that is merely unfinished (PS2) from wrong input.
 */
import {
  type Command,
  forEachChild,
  type HereDoc,
  type ParsedScript,
  type ParseError,
  parse,
  type Statement,
  type SyntaxNode,
} from "unbash";
import { ShellSyntaxError } from "./control.ts";
import type { Flavour } from "./flavour.ts";
import { limits } from "./limits.ts";
import type { OptionSet } from "./options.ts";
import type { SourceText } from "./source-text.ts";
import { tokenAt } from "./syntax-tokens.ts";

export interface ParsedText {
  readonly script: ParsedScript;
  readonly errors: readonly ParseError[];
}

const cache = new Map<string, ParsedText>();

export function parseText(text: string): ParsedText {
  const known = cache.get(text);
  if (known) return known;
  const script = parse(text);
  const errors = [...(script.errors ?? [])];
  const lone = loneParenthesis(text, script);
  if (lone >= 0 && errors.length === 0) errors.push({ message: "unexpected token 'newline'", pos: lone + 1 });
  const parsed = { script, errors };
  if (text.length < 4000) {
    if (cache.size >= limits.parseCache) cache.clear();
    cache.set(text, parsed);
  }
  return parsed;
}

/** `echo (` at the end of the text: unbash drops the parenthesis. */
function loneParenthesis(text: string, script: ParsedScript): number {
  const trimmed = text.trimEnd();
  if (!trimmed.endsWith("(")) return -1;
  const last = script.commands.at(-1);
  return last && last.end < trimmed.length ? trimmed.length - 1 : -1;
}

/** Statements that bash reads, and runs, together: those of one line. */
export interface LineGroup {
  readonly statements: readonly Statement[];
  readonly start: number;
  readonly end: number;
}

/** The groups before the first error, and that error as a message. */
export interface Program {
  readonly groups: readonly LineGroup[];
  readonly fault: ShellSyntaxError | undefined;
}

export function readProgram(source: SourceText, flavour: Flavour): Program {
  const { script, errors } = parseText(source.text);
  if (errors.length === 0)
    return { groups: groupByLine(script.commands, source.text, source.text.length), fault: undefined };
  const first = firstError(errors);
  const groups = groupByLine(script.commands, source.text, first.pos);
  return {
    groups: groups.slice(0, brokenGroup(groups, first, source.text)),
    fault: describeError(source, errors, flavour),
  };
}

/** Index of the group that was read together with the error: it and what follows do not run. */
function brokenGroup(groups: readonly LineGroup[], error: ParseError, text: string): number {
  const index = groups.findLastIndex((group) => group.start <= error.pos);
  const last = groups[index]?.statements.at(-1);
  if (!last) return 0;
  const isAfter = error.pos >= last.end && text.slice(last.end, error.pos).includes("\n");
  // A token that fits nowhere, on a line of its own, leaves the lines before it alone.
  return isAfter && error.message.startsWith("unexpected") ? index + 1 : index;
}

function firstError(errors: readonly ParseError[]): ParseError {
  return errors.reduce((first, error) => (error.pos < first.pos ? error : first));
}

function groupByLine(statements: readonly Statement[], text: string, end: number): LineGroup[] {
  const groups: LineGroup[] = [];
  let current: Statement[] = [];
  for (let index = 0; index < statements.length; index++) {
    const statement = statements[index] as Statement;
    const next = statements[index + 1];
    current.push(statement);
    if (next && !text.slice(statement.end, next.pos).includes("\n")) continue;
    groups.push({ statements: current, start: current[0]?.pos ?? 0, end: next?.pos ?? end });
    current = [];
  }
  return groups;
}

// ------------------------------------------------------------------- unfinished

/** Whether the text may still become right when more lines follow: the shell then prompts with PS2. */
export function isUnfinished(text: string): boolean {
  const { script, errors } = parseText(text);
  if (/(^|[^\\])(\\\\)*\\\n?$/.test(text) && !text.endsWith("\\\n\n")) return !isInComment(text);
  if (errors.length === 0) return hasOpenHereDocument(script);
  if (errors.some((error) => error.message.startsWith("unterminated")))
    return !errors.some((error) => isWrong(error, text) && !error.message.startsWith("unterminated"));
  const isAtEnd = (error: ParseError): boolean => /^(\s|#[^\n]*(\n|$))*$/.test(text.slice(error.pos));
  if (misplacedCloser(text, errors) !== undefined) return false;
  const closers = errors.filter((error) => / to close /.test(error.message) && isAtEnd(error));
  return errors.every(
    (error) =>
      !isWrong(error, text) && (isAtEnd(error) || (closers.length > 0 && /^expected command in/.test(error.message))),
  );
}

/** An error that no further input can mend. */
function isWrong(error: ParseError, text: string): boolean {
  if (error.message.startsWith("unexpected")) return true;
  if (error.message === "expected redirect target") return true;
  if (/^expected 'do'$/.test(error.message) && /^\s*for\s*$/.test(text)) return true;
  return (
    /^expected (?:command|operand)/.test(error.message) &&
    !/^expected command in/.test(error.message) &&
    tokenAt(text, error.pos) !== undefined &&
    tokenAt(text, error.pos) !== "newline"
  );
}

function isInComment(text: string): boolean {
  const line = text.slice(text.trimEnd().lastIndexOf("\n") + 1);
  return /(?:^|\s)#[^"'`]*$/.test(line);
}

function hasOpenHereDocument(node: SyntaxNode): boolean {
  if (node.type === "HereDoc") return node.closing === undefined;
  let isOpen = false;
  forEachChild(node, (child) => {
    isOpen ||= hasOpenHereDocument(child);
  });
  return isOpen;
}

/** Heredocs of a command that the end of the text cut off: bash warns about them. */
export function openHereDocuments(command: Command): readonly HereDoc[] {
  return command.redirects.filter(
    (redirect): redirect is HereDoc => redirect.type === "HereDoc" && redirect.closing === undefined,
  );
}

// ------------------------------------------------------------------------ words

const QUOTES: readonly (readonly [RegExp, string])[] = [
  [/double quote/, '"'],
  [/single quote|ANSI-C/i, "'"],
  [/backtick/, "`"],
  [/parameter expansion/, "}"],
];

function describeError(source: SourceText, errors: readonly ParseError[], flavour: Flavour): ShellSyntaxError {
  const unterminated = errors.filter((error) => error.message.startsWith("unterminated"));
  // The innermost open construct is what the end of the text surprises.
  const open =
    unterminated.length > 0 && !errors.some((error) => error.message.startsWith("unexpected"))
      ? unterminated.reduce((last, error) => (error.pos > last.pos ? error : last))
      : undefined;
  if (flavour !== "bash") return describePosixError(source, errors, open, flavour);
  if (open) return describeOpenQuote(source, open);
  const error = firstReported(errors, source.text);
  const position = errorPosition(source.text, error);
  const conditional = describeConditional(source.text, error);
  if (conditional) return new ShellSyntaxError(conditional, error.pos, false);
  const token = tokenAt(source.text, position) ?? tokenAtEnd(source.text, errors);
  if (token === undefined)
    return new ShellSyntaxError("syntax error: unexpected end of file", source.text.length + 1, false);
  return new ShellSyntaxError(`syntax error near unexpected token \`${token}'`, position, true);
}

/** At the very end bash still names a token where only one of the same line could have stood. */
function tokenAtEnd(text: string, errors: readonly ParseError[]): string | undefined {
  const closer = misplacedCloser(text, errors);
  if (closer !== undefined) return closer;
  const needsWord = errors.some(
    (error) => error.message === "expected redirect target" || error.message === "unexpected token 'newline'",
  );
  return needsWord || /(?:^|[;&|\s])(?:for|case|select)\s*$/.test(text) ? "newline" : undefined;
}

/** `if true then …; fi`: the `then` was an argument, and `fi` comes too early. */
function misplacedCloser(text: string, errors: readonly ParseError[]): string | undefined {
  if (errors.length !== 1 || !/^expected '(?:then|do)'$/.test(errors[0]?.message ?? "")) return undefined;
  return /(?:^|[;&\s])(fi|done)\s*$/.exec(text)?.[1];
}

/** The error bash would meet first: "expected … to close" at the end only counts when nothing else is wrong. */
function firstReported(errors: readonly ParseError[], text: string): ParseError {
  const concrete = errors.filter(
    (error) => tokenAt(text, errorPosition(text, error)) !== undefined && !/ to close /.test(error.message),
  );
  return firstError(concrete.length > 0 ? concrete : errors);
}

function errorPosition(text: string, error: ParseError): number {
  // "expected command in …" points at the opening token; what is wrong follows it.
  if (!/^expected command in/.test(error.message)) return error.pos;
  const rest = /^[({]\s*/.exec(text.slice(error.pos));
  return error.pos + (rest?.[0].length ?? 0);
}

function describeOpenQuote(source: SourceText, open: ParseError): ShellSyntaxError {
  const quote = QUOTES.find(([pattern]) => pattern.test(open.message))?.[1] ?? ")";
  const isParenthesis = quote === ")";
  return new ShellSyntaxError(
    isParenthesis && /extended glob|array/.test(open.message)
      ? "unexpected EOF while looking for matching `)'"
      : `unexpected EOF while looking for matching \`${quote}'`,
    // Of a command substitution bash reads on to the end of the text before it complains.
    isParenthesis && /command/.test(open.message) && !/arithmetic/.test(open.message)
      ? source.text.length + 1
      : open.pos,
    false,
  );
}

function describeConditional(text: string, error: ParseError): string | undefined {
  const open = text.lastIndexOf("[[", error.pos);
  if (open < 0 || text.slice(open, error.pos).includes("]]")) return undefined;
  if (error.message.startsWith("unexpected token") && !/[\n;]/.test(text.slice(open, error.pos)))
    return "conditional binary operator expected";
  if (error.message === "expected operand after unary test operator") {
    return `unexpected argument \`${tokenAt(text, error.pos) ?? "newline"}' to conditional unary operator`;
  }
  return undefined;
}

const EXPECTATIONS = /expected '([^']+)' to close/;

function describePosixError(
  source: SourceText,
  errors: readonly ParseError[],
  open: ParseError | undefined,
  flavour: "dash" | "ash",
): ShellSyntaxError {
  const isDash = flavour === "dash";
  if (open && /quote/.test(open.message)) {
    return new ShellSyntaxError(
      isDash ? "Syntax error: Unterminated quoted string" : "syntax error: unterminated quoted string",
      open.pos,
      false,
    );
  }
  if (open) {
    if (isDash)
      return new ShellSyntaxError('Syntax error: end of file unexpected (expecting ")")', source.text.length, false);
    return new ShellSyntaxError('syntax error: unexpected end of file (expecting ")")', source.text.length, false);
  }
  const error = firstReported(errors, source.text);
  const position = errorPosition(source.text, error);
  const token = tokenAt(source.text, position);
  if (token === undefined) {
    const expected = errors.map((each) => EXPECTATIONS.exec(each.message)?.[1]).find((each) => each !== undefined);
    const suffix = expected ? ` (expecting "${expected}")` : "";
    return new ShellSyntaxError(
      isDash ? `Syntax error: end of file unexpected${suffix}` : `syntax error: unexpected end of file${suffix}`,
      source.text.length,
      false,
    );
  }
  return posixUnexpected(token, position, flavour);
}

function posixUnexpected(token: string, position: number, flavour: "dash" | "ash"): ShellSyntaxError {
  const isRedirection = /^[0-9]*[<>]/.test(token);
  const isWord =
    /^[\w./$"'-]+$/.test(token) &&
    !/^(?:if|then|else|elif|fi|do|done|case|esac|while|until|for|in)$/.test(token) &&
    token !== "newline";
  const named = token === "newline" ? "newline" : isRedirection ? "redirection" : isWord ? "word" : `"${token}"`;
  return new ShellSyntaxError(
    flavour === "dash" ? `Syntax error: ${named} unexpected` : `syntax error: unexpected ${named}`,
    position,
    false,
  );
}

// ------------------------------------------------------------------- validation

const checked = new WeakMap<Statement, boolean>();

/**
 * Refuses what unbash accepts but this shell, with its present options, does not:
 * extended patterns while `extglob` is off, errors inside `$(…)`, bash's syntax in dash.
 */
export function validateStatement(
  statement: Statement,
  source: SourceText,
  flavour: Flavour,
  options: OptionSet,
): void {
  const allowsExtglob = options.has("extglob") && flavour === "bash";
  const known = checked.get(statement);
  if (known === allowsExtglob) return;
  const text = source.text.slice(statement.pos, statement.end);
  if (/[(`]|<<<|function/.test(text)) validateNode(statement, { source, flavour, allowsExtglob });
  checked.set(statement, allowsExtglob);
}

interface Validation {
  readonly source: SourceText;
  readonly flavour: Flavour;
  readonly allowsExtglob: boolean;
}

function validateNode(node: SyntaxNode, validation: Validation): void {
  let inner = validation;
  switch (node.type) {
    case "ExtendedGlob":
      if (!validation.allowsExtglob) refuseToken("(", node.pos + 1, validation);
      break;
    case "TestCommand":
    case "ParameterExpansion":
      // Patterns in `[[ ]]` and in `${x/…}` are read with extended patterns on.
      inner = { ...validation, allowsExtglob: true };
      break;
    case "CommandExpansion":
    case "ProcessSubstitution": {
      const script = node.script;
      if (node.type === "ProcessSubstitution" && validation.flavour === "dash")
        refuseToken("(", node.pos + 1, validation);
      if (script?.errors && script.errors.length > 0) refuseNested(script, script.errors, validation);
      if (script?.source !== undefined) return;
      break;
    }
    case "ArrayValue":
    case "HereString":
    case "Function":
    case "ArithmeticFor":
      if (validation.flavour !== "bash") refuseBashism(node, validation);
      break;
    default:
      break;
  }
  forEachChild(node, (child) => validateNode(child, inner));
}

function refuseNested(script: ParsedScript, errors: readonly ParseError[], validation: Validation): void {
  if (script.source !== undefined) return;
  const error = firstError(errors);
  const token = tokenAt(validation.source.text, error.pos) ?? ")";
  refuseToken(token, error.pos, validation);
}

function refuseToken(token: string, position: number, { flavour }: Validation): never {
  if (flavour === "bash") throw new ShellSyntaxError(`syntax error near unexpected token \`${token}'`, position, true);
  throw posixUnexpected(token, position, flavour);
}

function refuseBashism(node: SyntaxNode, validation: Validation): void {
  const flavour = validation.flavour === "dash" ? "dash" : "ash";
  const text = validation.source.text;
  if (node.type === "ArrayValue") refuseToken("(", node.pos, validation);
  if (node.type === "HereString") throw posixUnexpected("<", node.pos, flavour);
  if (node.type === "ArithmeticFor") {
    throw new ShellSyntaxError(
      flavour === "dash" ? "Syntax error: Bad for loop variable" : "syntax error: bad for loop variable",
      node.pos,
      false,
    );
  }
  if (node.type === "Function" && flavour === "dash" && /^function\b/.test(text.slice(node.pos))) {
    refuseToken(/^function\s+\S+\s*\(/.test(text.slice(node.pos)) ? "(" : "}", node.pos, validation);
  }
}
