/** One run of a script over its input: the cycle, the pattern and hold spaces, the commands. */
import type { Process } from "../../machine/types.ts";
import { readAllText, utf8 } from "../toolkit/input.ts";
import type { InputLine } from "./inputs.ts";
import type { Address, Command, Substitution } from "./script.ts";
import { COMMANDS, type Cycle, type Flow, type Result } from "./commands.ts";
import { substitute } from "./substitute.ts";

export class Run implements Cycle {
  hasQuit = false;
  pattern = "";
  hold = "";
  lineNumber = 0;
  isLast = false;
  private isTerminated = true;
  file = "-";
  hasSubstituted = false;
  private lastRegex: RegExp | null = null;
  exitStatus = 0;
  appended: (() => Promise<string>)[] = [];
  private readonly active = new Map<Command, { until: number | null }>();
  private readonly written = new Map<string, string>();
  private readonly pendingReads = new Map<string, string[]>();
  private input: AsyncGenerator<InputLine, number> | undefined;
  private buffer = "";

  constructor(
    private readonly process: Process,
    private readonly commands: readonly Command[],
    readonly isQuiet: boolean,
    private readonly separator: string,
    private readonly collected?: string[],
  ) {}

  async over(input: AsyncGenerator<InputLine, number>): Promise<number> {
    this.input = input;
    let isRestart = false;
    while (true) {
      if (!isRestart && !(await this.readLine())) break;
      // `t` asks about substitutions since this line was read.
      if (!isRestart) this.hasSubstituted = false;
      const flow = await this.cycle();
      isRestart = flow === "restart";
      if (flow !== "delete" && flow !== "restart" && flow !== "quit-silent" && !this.isQuiet)
        await this.print(this.pattern);
      await this.flushAppended();
      if (flow === "quit" || flow === "quit-silent") {
        this.hasQuit = true;
        break;
      }
      await this.process.clock.breathe();
    }
    return this.exitStatus;
  }

  async flush(): Promise<void> {
    if (this.buffer !== "") await this.process.stdout.write(this.buffer);
    this.buffer = "";
    for (const [file, text] of this.written) {
      if (file === "/dev/stdout" || file === "/dev/stderr") continue;
      this.process.machine.fs.writeFile(this.process.resolve(file), text, { as: this.process.credentials });
    }
  }

  async readLine(): Promise<boolean> {
    const next = await this.input?.next();
    if (!next || next.done) {
      if (next?.done && typeof next.value === "number" && next.value !== 0) this.exitStatus = next.value;
      return false;
    }
    this.pattern = next.value.text;
    this.isLast = next.value.isLast;
    this.isTerminated = next.value.isTerminated;
    this.file = next.value.file;
    this.lineNumber++;
    return true;
  }

  async write(text: string): Promise<void> {
    if (this.collected) {
      this.collected.push(text);
      return;
    }
    this.buffer += text;
    if (this.buffer.length > 8192 || this.process.stdout.isTty) {
      const part = this.buffer;
      this.buffer = "";
      await this.process.stdout.write(part);
    }
  }

  /** A last line without newline stays without one. */
  async print(text: string): Promise<void> {
    await this.write(text + (this.isLast && !this.isTerminated ? "" : this.separator));
  }

  async flushAppended(): Promise<void> {
    const appended = this.appended;
    this.appended = [];
    for (const text of appended) {
      const content = await text();
      if (content !== "" && this.isLast && !this.isTerminated) await this.write(this.separator);
      await this.write(content);
    }
  }

  private async cycle(): Promise<Flow> {
    let index = 0;
    while (index < this.commands.length) {
      const command = this.commands[index];
      if (!command) break;
      if (!this.applies(command)) {
        index = command.name === "{" ? (command.end ?? index + 1) : index + 1;
        continue;
      }
      const result = await this.execute(command);
      if (result === "next") index++;
      else if (typeof result !== "number") return result;
      else {
        // A loop without end must let others run, and signals through.
        if (result <= index) await this.process.clock.breathe();
        index = result;
      }
    }
    return "next";
  }

  private applies(command: Command): boolean {
    return this.selects(command) !== command.isNegated;
  }

  private selects(command: Command): boolean {
    const { from, to } = command;
    if (!from) return true;
    if (!to) return this.matches(from);
    const range = this.active.get(command);
    if (range) {
      const ends = range.until !== null ? this.lineNumber >= range.until : this.matches(to);
      if (ends) this.active.delete(command);
      // A line number already passed ends the range without this line.
      return range.until === null || this.lineNumber <= range.until;
    }
    const startsBeforeFirst = from.kind === "line" && from.line === 0;
    if (startsBeforeFirst ? this.lineNumber !== 1 : !this.matches(from)) return false;
    if (startsBeforeFirst && this.matches(to)) return true;
    const until = this.rangeEnd(to);
    if (until === null || until > this.lineNumber) this.active.set(command, { until });
    return true;
  }

  /** The line on which a range ends, or null when only its content tells. */
  private rangeEnd(to: Address): number | null {
    switch (to.kind) {
      case "line":
        return to.line;
      case "count":
        return this.lineNumber + to.count;
      case "multiple":
        return to.of === 0 ? this.lineNumber : (Math.floor(this.lineNumber / to.of) + 1) * to.of;
      default:
        return null;
    }
  }

  private matches(address: Address): boolean {
    switch (address.kind) {
      case "line":
        return this.lineNumber === address.line;
      case "last":
        return this.isLast;
      case "step":
        return address.step === 0
          ? this.lineNumber === address.first
          : this.lineNumber >= address.first && (this.lineNumber - address.first) % address.step === 0;
      case "regex": {
        const regex = address.regex ?? this.lastRegex;
        if (!regex) return false;
        this.lastRegex = regex;
        regex.lastIndex = 0;
        return regex.test(this.pattern);
      }
      case "count":
      case "multiple":
        return false;
    }
  }

  isInRange(command: Command): boolean {
    return this.active.has(command);
  }

  private execute(command: Command): Result | Promise<Result> {
    return COMMANDS[command.name]?.(this, command) ?? "next";
  }

  jump(label: string): number {
    if (label === "") return this.commands.length;
    return this.commands.findIndex((command) => command.name === ":" && command.argument === label);
  }

  async contentOf(file: string): Promise<string> {
    try {
      if (file === "/dev/stdin") return await readAllText(this.process, "-");
      return utf8(this.process.machine.fs.readFile(this.process.resolve(file), this.process.credentials));
    } catch {
      return "";
    }
  }

  async nextLineOf(file: string): Promise<string> {
    let rest = this.pendingReads.get(file);
    if (!rest) {
      rest = (await this.contentOf(file)).split("\n");
      if (rest.at(-1) === "") rest.pop();
      this.pendingReads.set(file, rest);
    }
    const line = rest.shift();
    return line === undefined ? "" : `${line}\n`;
  }

  async writeTo(file: string, text: string): Promise<void> {
    if (file === "/dev/stdout") await this.write(text);
    else if (file === "/dev/stderr") await this.process.stderr.write(text);
    else this.written.set(file, (this.written.get(file) ?? "") + text);
  }

  async substitute(substitution: Substitution): Promise<Flow> {
    const regex = substitution.regex ?? this.lastRegex;
    if (!regex) return "next";
    this.lastRegex = regex;
    const result = substitute(this.pattern, regex, substitution);
    if (result === null) return "next";
    this.pattern = result;
    this.hasSubstituted = true;
    if (substitution.prints) await this.print(this.pattern);
    if (substitution.file !== null) await this.writeTo(substitution.file, `${this.pattern}\n`);
    return "next";
  }
}
