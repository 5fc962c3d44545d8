/** Collects what a word expands to: fields, each with its text and the pattern it is for globbing. */
import { escapePattern } from "./pattern.ts";
import { ExpansionError } from "./control.ts";
import { limits } from "./limits.ts";

export interface Field {
  text: string;
  /** The text with quoted characters escaped. */
  pattern: string;
}

export type EscapeQuoted = (text: string) => string;

/** How `IFS` divides. */
export interface Separators {
  readonly whitespace: string;
  readonly others: string;
  /** What `"$*"` puts between. */
  readonly joiner: string;
}

const DEFAULT_SEPARATORS: Separators = { whitespace: " \t\n", others: "", joiner: " " };

export function separatorsOf(ifs: string | undefined): Separators {
  if (ifs === undefined || ifs === " \t\n") return DEFAULT_SEPARATORS;
  const characters = [...ifs];
  return {
    whitespace: characters.filter((character) => " \t\n".includes(character)).join(""),
    others: characters.filter((character) => !" \t\n".includes(character)).join(""),
    joiner: characters[0] ?? "",
  };
}

export class FieldBuilder {
  readonly fields: Field[] = [];
  private text = "";
  private pattern = "";
  private isPresent = false;
  private endedByWhitespace = false;

  constructor(
    readonly separators: Separators,
    /** False: one string comes out, as in assignments. */
    readonly splits: boolean,
    private readonly escapeQuoted: EscapeQuoted = escapePattern,
  ) {}

  addQuoted(text: string): void {
    this.append(text, this.escapeQuoted(text));
    this.isPresent = true;
  }

  /** Unquoted text of the word itself: patterns are active, no splitting. */
  addLiteral(text: string): void {
    this.append(text, text);
    if (text !== "") this.isPresent = true;
  }

  /** The result of an unquoted expansion. */
  addSplit(text: string): void {
    if (!this.splits) {
      this.addLiteral(text);
      return;
    }
    const { whitespace, others } = this.separators;
    if (whitespace === "" && others === "") {
      this.addLiteral(text);
      return;
    }
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const character = text.charAt(index);
      const isWhitespace = whitespace.includes(character);
      if (!isWhitespace && !others.includes(character)) continue;
      if (index > start) this.addUnquotedRun(text.slice(start, index));
      start = index + 1;
      this.separate(isWhitespace);
    }
    if (start < text.length) this.addUnquotedRun(text.slice(start));
  }

  private addUnquotedRun(text: string): void {
    this.append(text, text);
    this.isPresent = true;
  }

  private separate(isWhitespace: boolean): void {
    if (isWhitespace) {
      if (!this.isPresent) return;
      this.finish();
      this.endedByWhitespace = true;
    } else if (this.isPresent) this.finish();
    else if (this.endedByWhitespace) this.endedByWhitespace = false;
    else this.push({ text: "", pattern: "" });
  }

  private append(text: string, pattern: string): void {
    this.text += text;
    this.pattern += pattern;
    this.endedByWhitespace = false;
    if (this.text.length > limits.stringLength) throw new ExpansionError("xrealloc: cannot allocate memory", true, 2);
  }

  /** Several values side by side, as `$@` gives them. */
  addList(values: readonly string[], isQuoted: boolean, isStar: boolean): void {
    if (isQuoted && isStar) {
      this.addQuoted(values.join(this.separators.joiner));
      return;
    }
    if (!this.splits) {
      const joined = values.join(isStar ? this.separators.joiner : " ");
      if (isQuoted) this.addQuoted(joined);
      else this.addLiteral(joined);
      return;
    }
    for (let index = 0; index < values.length; index++) {
      if (index > 0) this.breakField(isQuoted);
      if (isQuoted) this.addQuoted(values[index] ?? "");
      else this.addSplit(values[index] ?? "");
    }
  }

  private breakField(isQuoted: boolean): void {
    if (this.isPresent || isQuoted) this.finish();
  }

  private finish(): void {
    this.push({ text: this.text, pattern: this.pattern });
    this.text = "";
    this.pattern = "";
    this.isPresent = false;
  }

  private push(field: Field): void {
    this.fields.push(field);
    if (this.fields.length > limits.fields) throw new ExpansionError("xmalloc: cannot allocate memory", true, 2);
  }

  /** All fields; an empty expansion that nothing quoted gives none. */
  end(): Field[] {
    if (this.isPresent) this.finish();
    return this.fields;
  }

  /** The one string of a builder that does not split. */
  endSingle(): Field {
    return { text: this.text, pattern: this.pattern };
  }
}
