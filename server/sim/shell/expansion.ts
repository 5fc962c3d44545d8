/**
 * Expansion of words: parameters, commands, arithmetic, splitting, globbing.
 * Written as generators that yield only what truly waits (command substitution),
 * so that everything else runs without a turn of the event loop.
 */
import type { DynamicVariable } from "./variables.ts";
import type { VariableStore } from "./variables.ts";
import type { OptionSet } from "./options.ts";
import type { LoweredWord, Segment } from "./words.ts";
import { ExpansionError } from "./control.ts";
import { FieldBuilder, type Field, separatorsOf } from "./fields.ts";
import { expandGlob, type GlobContext } from "./glob.ts";
import { limits } from "./limits.ts";
import { escapeRegExp, hasPattern } from "./pattern.ts";
import { expandParameter } from "./parameter-expansion.ts";

export type Expanding<T> = Generator<Promise<unknown>, T, unknown>;

/** What expansion needs of the shell around it. */
export interface ExpansionHost {
  readonly variables: VariableStore;
  readonly options: OptionSet;
  readonly positional: readonly string[];
  readonly shellName: string;
  /** `$?`, `$$`, `$!`, `$-`, `$#`, `$0`. Undefined when unset. */
  special(name: string): string | undefined;
  substituteCommand(segment: Extract<Segment, { kind: "command" }>): Promise<string>;
  substituteProcess(segment: Extract<Segment, { kind: "process" }>): string;
  evaluateArithmetic(expression: string): bigint;
  /** Home directory of a login name (undefined: the current user). */
  homeOf(user: string | undefined): string | undefined;
  expandPrompt(text: string): string;
  globContext(): GlobContext;
  /** Features that dash and ash lack. */
  readonly isBash: boolean;
  /** busybox ash knows a few of bash's expansions. */
  readonly hasBashExpansions: boolean;
  describeVariable(name: string): string;
}

export type { DynamicVariable };

/** Runs to the end at once when nothing waits. */
export function drive<T>(expanding: Expanding<T>): T | Promise<T> {
  const step = expanding.next();
  return step.done ? step.value : driveOn(expanding, step.value);
}

async function driveOn<T>(expanding: Expanding<T>, first: Promise<unknown>): Promise<T> {
  let waiting: Promise<unknown> = first;
  for (;;) {
    let step: IteratorResult<Promise<unknown>, T>;
    try {
      const value = await waiting;
      step = expanding.next(value);
    } catch (error) {
      step = expanding.throw(error);
    }
    if (step.done) return step.value;
    waiting = step.value;
  }
}

export class Expander {
  constructor(readonly host: ExpansionHost) {}

  /** All fields of a word of a command. */
  *fields(word: LoweredWord): Expanding<string[]> {
    if (word.literal !== undefined) return [word.literal];
    if (word.braces && this.host.isBash && this.host.options.has("braceexpand")) {
      const all: string[] = [];
      for (const each of word.braces) all.push(...(yield* this.fields(each)));
      return all;
    }
    const builder = this.builder(true);
    yield* this.segments(word.segments, builder, false, "word");
    return this.glob(builder.end());
  }

  /** One string: no splitting, no globbing. */
  *text(word: LoweredWord, isAssignment = false): Expanding<string> {
    if (word.literal !== undefined) return word.literal;
    return yield* this.segmentText(word.segments, isAssignment ? "assignment" : "word");
  }

  *segmentText(segments: readonly Segment[], tilde: "word" | "assignment" | "none" = "none"): Expanding<string> {
    const builder = this.builder(false);
    yield* this.segments(segments, builder, false, tilde);
    return builder.endSingle().text;
  }

  /** A pattern, its quoted characters escaped. */
  *pattern(segments: readonly Segment[]): Expanding<string> {
    const builder = this.builder(false);
    yield* this.segments(segments, builder, false, "word");
    return builder.endSingle().pattern;
  }

  /** A regular expression, its quoted characters escaped. */
  *regularExpression(segments: readonly Segment[]): Expanding<string> {
    const builder = new FieldBuilder(this.separators(), false, escapeRegExp);
    yield* this.segments(segments, builder, false, "none");
    return builder.endSingle().pattern;
  }

  /** The replacement of `${x/a/b}`: a quoted `&` is escaped. */
  *replacement(segments: readonly Segment[]): Expanding<string> {
    const builder = new FieldBuilder(this.separators(), false, (text) => text.replace(/[&\\]/g, "\\$&"));
    yield* this.segments(segments, builder, false, "word");
    return builder.endSingle().pattern;
  }

  private builder(splits: boolean): FieldBuilder {
    return new FieldBuilder(this.separators(), splits);
  }

  private separators() {
    return separatorsOf(this.host.variables.scalar("IFS"));
  }

  /** `splitsText`: unquoted text is the operand of an unquoted `${x:-…}` and is divided too. */
  *segments(
    segments: readonly Segment[],
    builder: FieldBuilder,
    splitsText: boolean,
    tilde: "word" | "assignment" | "none",
  ): Expanding<void> {
    for (let index = 0; index < segments.length; index++) {
      const segment = segments[index] as Segment;
      switch (segment.kind) {
        case "text":
          this.addText(segment, segments[index + 1], index === 0, builder, splitsText, tilde);
          break;
        case "parameter":
          yield* expandParameter(this, segment.parameter, segment.isQuoted, builder);
          break;
        case "command": {
          const output = (yield this.host.substituteCommand(segment)) as string;
          if (segment.isQuoted) builder.addQuoted(output);
          else builder.addSplit(output);
          break;
        }
        case "arithmetic": {
          const value = String(this.host.evaluateArithmetic(yield* this.segmentText(segment.body)));
          if (segment.isQuoted) builder.addQuoted(value);
          else builder.addSplit(value);
          break;
        }
        case "process":
          builder.addLiteral(this.host.substituteProcess(segment));
          break;
        default: {
          const unknown: never = segment;
          throw new Error(`unknown segment ${String(unknown)}`);
        }
      }
    }
  }

  private addText(
    segment: Extract<Segment, { kind: "text" }>,
    next: Segment | undefined,
    isFirst: boolean,
    builder: FieldBuilder,
    splitsText: boolean,
    tilde: "word" | "assignment" | "none",
  ): void {
    if (segment.isQuoted) {
      builder.addQuoted(segment.text);
      return;
    }
    const text = segment.text;
    if (tilde === "none" || !text.includes("~")) {
      if (splitsText) builder.addSplit(text);
      else builder.addLiteral(text);
      return;
    }
    this.addTildes(text, next !== undefined, isFirst, builder, tilde);
  }

  private addTildes(
    text: string,
    hasMore: boolean,
    isFirst: boolean,
    builder: FieldBuilder,
    tilde: "word" | "assignment",
  ): void {
    // `name=~/x` as an argument counts too, outside POSIX mode.
    const assignment = tilde === "word" && isFirst && this.host.isBash ? /^[A-Za-z_][A-Za-z0-9_]*=/.exec(text) : null;
    const isAssignment = tilde === "assignment" || assignment !== null;
    let rest = text;
    if (assignment) {
      builder.addLiteral(assignment[0]);
      rest = text.slice(assignment[0].length);
    }
    let isStart = isFirst;
    const pieces = isAssignment ? rest.split(/(?<=:)/) : [rest];
    for (let index = 0; index < pieces.length; index++) {
      const piece = pieces[index] ?? "";
      const isOpenEnded = hasMore && index === pieces.length - 1;
      const match = isStart ? /^~([^/:]*)/.exec(piece) : null;
      const home = match && !(isOpenEnded && match[0].length === piece.length) ? this.tilde(match[1] ?? "") : undefined;
      if (match && home !== undefined) {
        builder.addQuoted(home);
        builder.addLiteral(piece.slice(match[0].length));
      } else builder.addLiteral(piece);
      isStart = true;
    }
  }

  private tilde(name: string): string | undefined {
    if (name === "") return this.host.variables.scalar("HOME") ?? this.host.homeOf(undefined);
    if (name === "+") return this.host.variables.scalar("PWD");
    if (name === "-") return this.host.variables.scalar("OLDPWD");
    return this.host.homeOf(name);
  }

  private glob(fields: readonly Field[]): string[] {
    const { options } = this.host;
    const results: string[] = [];
    const extglob = options.has("extglob");
    for (const field of fields) {
      if (options.has("noglob") || !hasPattern(field.pattern, extglob)) {
        results.push(field.text);
        continue;
      }
      const matches = expandGlob(field.pattern, this.host.globContext(), {
        extglob,
        dotglob: options.has("dotglob"),
        nocaseglob: options.has("nocaseglob"),
        globstar: options.has("globstar"),
        limit: limits.fields,
      });
      if (matches.length > 0) results.push(...matches);
      else if (options.has("failglob")) throw new ExpansionError(`no match: ${field.text}`);
      else if (!options.has("nullglob")) results.push(field.text);
    }
    return results;
  }
}
