/** jq's command line: short options may be joined, and options may follow the filter. */
import type { Process } from "../../machine/types.ts";
import { readAllText } from "../toolkit/input.ts";
import { isErrno } from "../toolkit/tool.ts";
import { JsonReader, JsonSyntaxError, parseJson } from "./json.ts";
import { type Json, JqError } from "./values.ts";

export interface Arguments {
  readonly source: string;
  readonly files: readonly string[];
  readonly variables: ReadonlyMap<string, Json>;
  readonly shows: "help" | "version" | null;
  readonly isNull: boolean;
  readonly isRaw: boolean;
  readonly isJoined: boolean;
  readonly isRawInput: boolean;
  readonly isSlurped: boolean;
  readonly isAscii: boolean;
  readonly isStreamed: boolean;
  readonly isSequence: boolean;
  readonly isUnbuffered: boolean;
  readonly sortsKeys: boolean;
  readonly setsStatus: boolean;
  /** Null: on a terminal only. */
  readonly hasColors: boolean | null;
  readonly indent: string | null;
}

export class UsageComplaint extends Error {
  override readonly name = "UsageComplaint";
  constructor(
    readonly text: string,
    readonly status = 2,
  ) {
    super(text);
  }
}

const HINT =
  "Use jq --help for help with command-line options,\nor see the jq manpage, or online docs  at https://stedolan.github.io/jq\n";

const SHORT = "srjaRncCMSefhVL";

const LONG: Readonly<Record<string, string>> = {
  slurp: "s",
  "raw-output": "r",
  "raw-output0": "r",
  "join-output": "j",
  "ascii-output": "a",
  "raw-input": "R",
  "null-input": "n",
  "compact-output": "c",
  "color-output": "C",
  "monochrome-output": "M",
  "sort-keys": "S",
  "exit-status": "e",
  "from-file": "f",
  help: "h",
  version: "V",
};

export async function parseArguments(process: Process): Promise<Arguments> {
  return await new ArgumentReader(process).read();
}

class ArgumentReader {
  private readonly words: string[];
  private readonly flags = new Set<string>();
  private readonly named = new Map<string, Json>();
  private readonly positional: Json[] = [];
  private readonly files: string[] = [];
  private source: string | null = null;
  private rest: "files" | "strings" | "json" = "files";
  private indent: string | null = "  ";

  constructor(private readonly process: Process) {
    this.words = process.argv.slice(1);
  }

  async read(): Promise<Arguments> {
    let isOver = false;
    while (this.words.length > 0) {
      const word = this.words.shift() ?? "";
      if (isOver || !word.startsWith("-") || word === "-") this.operand(word);
      else if (word === "--") {
        isOver = true;
      } else if (word.startsWith("--")) await this.long(word.slice(2), word);
      else if (this.source === null && !SHORT.includes(word[1] ?? "")) this.source = word;
      else this.cluster(word);
    }
    const has = (flag: string): boolean => this.flags.has(flag);
    const shows = has("h") ? "help" : has("V") ? "version" : null;
    let source = this.source ?? ".";
    if (has("f") && shows === null) {
      source = await this.text(source, (message) => `jq: error: Could not open ${this.source ?? ""}: ${message}\n`);
    } else if (this.source === null && shows === null && (this.process.stdin.isTty || this.process.stdout.isTty)) {
      throw new UsageComplaint(USAGE);
    }
    const variables = new Map<string, Json>(this.named);
    variables.set(
      "ARGS",
      new Map<string, Json>([
        ["positional", this.positional],
        ["named", new Map(this.named)],
      ]),
    );
    return {
      source,
      files: this.files,
      variables,
      shows,
      isNull: has("n"),
      isRaw: has("r") || has("j"),
      isJoined: has("j"),
      isRawInput: has("R"),
      isSlurped: has("s"),
      isAscii: has("a"),
      isStreamed: has("stream"),
      isSequence: has("seq"),
      isUnbuffered: has("unbuffered"),
      sortsKeys: has("S"),
      setsStatus: has("e"),
      hasColors: has("C") ? true : has("M") ? false : null,
      indent: this.indent,
    };
  }

  private operand(word: string): void {
    if (this.source === null) this.source = word;
    else if (this.rest === "files") this.files.push(word);
    else if (this.rest === "strings") this.positional.push(word);
    else this.positional.push(this.json(word, "jq: Invalid JSON text passed to --jsonargs\n"));
  }

  private cluster(word: string): void {
    for (const letter of word.slice(1)) {
      if (letter === "L") {
        this.words.shift();
        return;
      }
      if (!SHORT.includes(letter)) throw new UsageComplaint(`jq: Unknown option ${word}\n${HINT}`);
      this.letter(letter);
    }
  }

  private letter(letter: string): void {
    if (letter === "c") this.indent = null;
    if (letter === "C") this.flags.delete("M");
    if (letter === "M") this.flags.delete("C");
    this.flags.add(letter);
  }

  private async long(name: string, word: string): Promise<void> {
    const letter = LONG[name];
    if (letter !== undefined) return this.letter(letter);
    switch (name) {
      case "arg":
        return this.pair("arg", "arg varname value", (value) => value);
      case "argjson":
        return this.pair("argjson", "argjson varname text", (value) =>
          this.json(value, `jq: invalid JSON text passed to --argjson\n${HINT}`),
        );
      case "slurpfile":
      case "rawfile":
        return await this.file(name);
      case "args":
        this.rest = "strings";
        return;
      case "jsonargs":
        this.rest = "json";
        return;
      case "tab":
        this.indent = "\t";
        return;
      case "indent":
        return this.setIndent();
      case "stream":
      case "seq":
      case "unbuffered":
        this.flags.add(name);
        return;
      default:
        throw new UsageComplaint(`jq: Unknown option ${word}\n${HINT}`);
    }
  }

  private setIndent(): void {
    const word = this.words.shift();
    if (word === undefined) throw new UsageComplaint(`jq: --indent takes one parameter\n${HINT}`);
    const width = Number.parseInt(word, 10) || 0;
    if (width < -1 || width > 7) {
      throw new UsageComplaint(`jq: --indent takes a number between -1 and 7\n${HINT}`);
    }
    this.indent = width === 0 ? null : width < 0 ? "\t" : " ".repeat(width);
  }

  private pair(option: string, example: string, parse: (value: string) => Json): void {
    const [name, value] = this.words.splice(0, 2);
    if (name === undefined || value === undefined) {
      throw new UsageComplaint(`jq: --${option} takes two parameters (e.g. --${example})\n${HINT}`);
    }
    if (!this.named.has(name)) this.named.set(name, parse(value));
  }

  private async file(option: "slurpfile" | "rawfile"): Promise<void> {
    const [name, path] = this.words.splice(0, 2);
    if (name === undefined || path === undefined) {
      throw new UsageComplaint(`jq: --${option} takes two parameters (e.g. --${option} varname filename)\n${HINT}`);
    }
    const prefix = `jq: Bad JSON in --${option} ${name} ${path}: `;
    const text = await this.text(path, (message) => `${prefix}Could not open ${path}: ${message}\n`);
    if (option === "rawfile") {
      this.named.set(name, text);
      return;
    }
    const reader = new JsonReader();
    try {
      reader.feed(text);
      reader.end();
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new UsageComplaint(`${prefix}${error.message}\n`);
    }
    this.named.set(name, reader.values);
  }

  private async text(path: string, complaint: (message: string) => string): Promise<string> {
    try {
      return await readAllText(this.process, this.process.resolve(path));
    } catch (error) {
      if (!isErrno(error)) throw error;
      throw new UsageComplaint(complaint(error.message));
    }
  }

  private json(text: string, complaint: string): Json {
    try {
      return parseJson(text);
    } catch (error) {
      if (error instanceof JqError) throw new UsageComplaint(complaint);
      throw error;
    }
  }
}

export const USAGE = `jq - commandline JSON processor [version 1.6]

Usage:	jq [options] <jq filter> [file...]
	jq [options] --args <jq filter> [strings...]
	jq [options] --jsonargs <jq filter> [JSON_TEXTS...]

jq is a tool for processing JSON inputs, applying the given filter to
its JSON text inputs and producing the filter's results as JSON on
standard output.

The simplest filter is ., which copies jq's input to its output
unmodified (except for formatting, but note that IEEE754 is used
for number representation internally, with all that that implies).

For more advanced filters see the jq(1) manpage ("man jq")
and/or https://stedolan.github.io/jq

Example:

	$ echo '{"foo": 0}' | jq .
	{
		"foo": 0
	}

Some of the options include:
  -c               compact instead of pretty-printed output;
  -n               use \`null\` as the single input value;
  -e               set the exit status code based on the output;
  -s               read (slurp) all inputs into an array; apply filter to it;
  -r               output raw strings, not JSON texts;
  -R               read raw strings, not JSON texts;
  -C               colorize JSON;
  -M               monochrome (don't colorize JSON);
  -S               sort keys of objects on output;
  --tab            use tabs for indentation;
  --arg a v        set variable $a to value <v>;
  --argjson a v    set variable $a to JSON value <v>;
  --slurpfile a f  set variable $a to an array of JSON texts read from <f>;
  --rawfile a f    set variable $a to a string consisting of the contents of <f>;
  --args           remaining arguments are string arguments, not files;
  --jsonargs       remaining arguments are JSON arguments, not files;
  --               terminates argument processing;

Named arguments are also available as $ARGS.named[], while
positional arguments are available as $ARGS.positional[].

See the manpage for more options.
`;
