/** jq 1.6: options, inputs, outputs and exit statuses. */
import type { Process, Program } from "../../machine/types.ts";
import { MAX_HELD_BYTES, chunks, OutputBuffer } from "../toolkit/input.ts";
import { isErrno } from "../toolkit/tool.ts";
import { compile, type Program as JqProgram } from "./compiler.ts";
import { JsonReader, JsonSyntaxError } from "./json.ts";
import { Halt, Machine } from "./machine.ts";
import { type Arguments, parseArguments, USAGE, UsageComplaint } from "./options.ts";
import { parseProgram } from "./parser.ts";
import { events } from "./stream.ts";
import { CompileError, CompileErrors } from "./syntax.ts";
import { dump, type DumpStyle, isTrue, type Json, JqError, OutOfMemory } from "./values.ts";

const EXIT_NO_OUTPUT = 4;
/** What SIGABRT makes of a status. */
const EXIT_ABORTED = 134;

export const jq: Program = {
  name: "jq",
  async run(process) {
    try {
      const args = await parseArguments(process);
      if (args.shows === "help") {
        await process.stdout.write(USAGE);
        return 0;
      }
      if (args.shows === "version") {
        await process.stdout.write("jq-1.6\n");
        return 0;
      }
      return await new Session(process, args).run();
    } catch (error) {
      if (error instanceof UsageComplaint) {
        await process.stderr.write(error.text);
        return error.status;
      }
      if (error instanceof OutOfMemory) {
        await process.stderr.write("error: cannot allocate memory\nAborted\n");
        return EXIT_ABORTED;
      }
      throw error;
    }
  },
};

class Session {
  private readonly inputs: Inputs;
  private readonly output: OutputBuffer;
  private readonly style: DumpStyle;
  private status = EXIT_NO_OUTPUT;
  private failure = 0;

  constructor(
    private readonly process: Process,
    private readonly args: Arguments,
  ) {
    this.inputs = new Inputs(process, args);
    this.output = new OutputBuffer(process);
    this.style = {
      indent: args.indent,
      sortsKeys: args.sortsKeys,
      isAscii: args.isAscii,
      hasColors: args.hasColors ?? process.stdout.isTty,
    };
  }

  async run(): Promise<number> {
    const program = await this.compile();
    if (program === null) return 3;
    try {
      if (this.args.isNull) await this.filter(program, null);
      else if (this.args.isSlurped) await this.filter(program, await this.inputs.slurp());
      else {
        for (let value = await this.inputs.next(); value !== undefined; value = await this.inputs.next()) {
          await this.filter(program, value);
        }
      }
    } catch (error) {
      if (error instanceof Halt) return await this.halted(error);
      if (!(error instanceof JsonSyntaxError)) throw error;
      await this.output.flush();
      await this.process.stderr.write(`parse error: ${error.message}\n`);
      return EXIT_NO_OUTPUT;
    } finally {
      await this.output.flush();
    }
    if (this.inputs.hasFailed) return 2;
    if (this.failure !== 0) return this.failure;
    return this.args.setsStatus ? this.status : 0;
  }

  private async compile(): Promise<JqProgram | null> {
    const { source } = this.args;
    const complaints: readonly CompileError[] | JqProgram = ((): readonly CompileError[] | JqProgram => {
      try {
        return compile(parseProgram(source), this.args.variables);
      } catch (error) {
        if (error instanceof CompileError) return [error];
        if (error instanceof CompileErrors) return error.errors;
        throw error;
      }
    })();
    if ("op" in complaints) return complaints;
    for (const { message, at } of complaints) {
      const line = source.slice(0, at).split("\n").length;
      const start = source.lastIndexOf("\n", at - 1) + 1;
      const end = source.indexOf("\n", start);
      const text = source.slice(start, end === -1 ? undefined : end) + " ".repeat(Math.max(0, at - start));
      await this.process.stderr.write(`jq: error: ${message} at <top-level>, line ${line}:\n${text}\n`);
    }
    const count = complaints.length;
    await this.process.stderr.write(`jq: ${count} compile ${count === 1 ? "error" : "errors"}\n`);
    return null;
  }

  private async filter(program: JqProgram, input: Json): Promise<void> {
    const { process } = this;
    const machine = new Machine({
      env: process.env,
      now: () => process.clock.now(),
      input: () => this.inputs.next(),
      inputFilename: () => this.inputs.filename,
      inputLine: () => this.inputs.line,
      report: (text) => process.stderr.write(text),
      breathe: () => process.breathe(),
    });
    try {
      for await (const value of machine.outputs(program.op, program.env, input)) await this.print(value);
    } catch (error) {
      if (!(error instanceof JqError)) throw error;
      await this.fail(error.payload);
    }
  }

  private async print(value: Json): Promise<void> {
    const { args } = this;
    if (args.isSequence) await this.output.write("\x1e");
    const text = args.isRaw && typeof value === "string" ? value : dump(value, this.style);
    await this.output.write(args.isJoined ? text : `${text}\n`);
    if (args.isUnbuffered) await this.output.flush();
    this.status = isTrue(value) ? 0 : 1;
  }

  private async fail(payload: Json): Promise<void> {
    // An error without a message ends the input silently.
    if (payload === null) return;
    this.failure = 5;
    const { place } = this.inputs;
    const text =
      typeof payload === "string"
        ? `jq: error (at ${place}): ${payload}\n`
        : `jq: error (at ${place}) (not a string): ${dump(payload)}\n`;
    await this.process.stderr.write(text);
  }

  private async halted({ status, payload }: Halt): Promise<number> {
    await this.output.flush();
    if (typeof payload === "string") await this.process.stderr.write(payload);
    else if (payload !== undefined && payload !== null) await this.process.stderr.write(`${dump(payload)}\n`);
    return status & 255;
  }
}

/** The values of the files named, or of standard input, one after another. */
class Inputs {
  filename: string | null = null;
  line = 0;
  hasFailed = false;
  /** Between the first read and the end: only then errors have a place. */
  private isOpen = false;
  private readonly generator: AsyncGenerator<Json>;

  constructor(
    private readonly process: Process,
    private readonly args: Arguments,
  ) {
    this.generator = args.isRawInput ? this.rawLines() : this.values();
  }

  get place(): string {
    return this.isOpen ? `${this.filename ?? "<stdin>"}:${this.line}` : "<unknown>";
  }

  async next(): Promise<Json | undefined> {
    const { value, done } = await this.generator.next();
    return done ? undefined : value;
  }

  async slurp(): Promise<Json> {
    if (this.args.isRawInput) {
      let whole = "";
      for await (const text of this.lines()) whole += text;
      return whole;
    }
    const out: Json[] = [];
    for await (const value of this.generator) out.push(value);
    return out;
  }

  private async *values(): AsyncGenerator<Json> {
    const reader = new JsonReader();
    const give = function* (this: Inputs): Generator<Json> {
      for (const value of reader.values.splice(0)) {
        if (this.args.isStreamed) yield* events(value);
        else yield value;
      }
    }.bind(this);
    try {
      for await (const text of this.lines()) {
        reader.feed(this.args.isSequence ? text.replaceAll("\x1e", " ") : text);
        yield* give();
      }
      reader.end();
    } catch (error) {
      yield* give();
      throw error;
    }
    yield* give();
  }

  private async *rawLines(): AsyncGenerator<Json> {
    for await (const text of this.lines()) yield text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  /** With their newlines. A file that cannot be read is told of and passed over. */
  private async *lines(): AsyncGenerator<string> {
    const files = this.args.files.length === 0 ? ["-"] : this.args.files;
    let rest = "";
    for (const file of files) {
      const decoder = new TextDecoder("utf-8", { ignoreBOM: false });
      this.filename = this.args.files.length === 0 ? null : file;
      if (this.filename !== null) this.line = 0;
      try {
        for await (const bytes of chunks(
          this.process,
          this.args.files.length === 0 ? "-" : this.process.resolve(file),
        )) {
          const piece = decoder.decode(bytes, { stream: true });
          rest += piece;
          if (rest.length > MAX_HELD_BYTES) throw new OutOfMemory();
          this.isOpen = true;
          // Splitting a long line at each of its pieces would take the square of its length.
          if (!piece.includes("\n")) continue;
          const parts = rest.split(/(?<=\n)/);
          rest = parts.at(-1)?.endsWith("\n") ? "" : (parts.pop() ?? "");
          for (const part of parts) {
            this.line++;
            yield part;
          }
        }
      } catch (error) {
        if (!isErrno(error)) throw error;
        this.hasFailed = true;
        const what = error.code === "EISDIR" ? "Input error" : `error: Could not open file ${file}`;
        await this.process.stderr.write(`jq: ${what}: ${error.message}\n`);
      }
    }
    if (rest !== "") yield rest;
    this.isOpen = this.args.isSlurped;
  }
}
