/** One run of a script over its input: the cycle, the pattern and hold spaces, the commands. */
import type { Process } from "../../machine/types.ts";
import { utf8 } from "../toolkit/input.ts";
import type { InputLine } from "./inputs.ts";
import type { Address, Command, Substitution } from "./script.ts";
import { substitute } from "./substitute.ts";
import { visible } from "./visible.ts";

type Flow = "next" | "delete" | "restart" | "quit" | "quit-silent";

export class Run {
  hasQuit = false;
  private pattern = "";
  private hold = "";
  private lineNumber = 0;
  private isLast = false;
  private isTerminated = true;
  private file = "-";
  private hasSubstituted = false;
  private lastRegex: RegExp | null = null;
  private exitStatus = 0;
  private appended: (() => Promise<string>)[] = [];
  private readonly active = new Map<Command, { until: number | null }>();
  private readonly written = new Map<string, string>();
  private readonly pendingReads = new Map<string, string[]>();
  private input: AsyncGenerator<InputLine, number> | undefined;
  private buffer = "";

  constructor(
    private readonly process: Process,
    private readonly commands: readonly Command[],
    private readonly isQuiet: boolean,
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

  private async readLine(): Promise<boolean> {
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

  private async write(text: string): Promise<void> {
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
  private async print(text: string): Promise<void> {
    await this.write(text + (this.isLast && !this.isTerminated ? "" : this.separator));
  }

  private async flushAppended(): Promise<void> {
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
      else if (typeof result === "number") index = result;
      else return result;
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
        return to.of === 0 ? this.lineNumber : Math.ceil(this.lineNumber / to.of) * to.of;
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

  private async execute(command: Command): Promise<Flow | number> {
    switch (command.name) {
      case "{":
      case ":":
        return "next";
      case "s":
        return command.substitution ? this.substitute(command.substitution) : "next";
      case "y":
        this.pattern = [...this.pattern].map((char) => command.translation?.get(char) ?? char).join("");
        return "next";
      case "a":
        this.appended.push(async () => `${command.argument}\n`);
        return "next";
      case "i":
        await this.write(`${command.argument}\n`);
        return "next";
      case "c":
        // A range prints its text once, at its end.
        if (!command.to || command.isNegated || !this.active.has(command)) await this.write(`${command.argument}\n`);
        return "delete";
      case "d":
        return "delete";
      case "D": {
        const end = this.pattern.indexOf("\n");
        if (end === -1) return "delete";
        this.pattern = this.pattern.slice(end + 1);
        return "restart";
      }
      case "p":
        await this.print(this.pattern);
        return "next";
      case "P":
        await this.write(`${this.pattern.split("\n")[0]}\n`);
        return "next";
      case "n":
        if (this.isLast) return this.isQuiet ? "quit-silent" : "quit";
        if (!this.isQuiet) await this.print(this.pattern);
        await this.flushAppended();
        return (await this.readLine()) ? "next" : "quit-silent";
      case "N": {
        if (this.isLast) return "quit";
        const before = this.pattern;
        await this.flushAppended();
        if (!(await this.readLine())) return "quit";
        this.pattern = `${before}\n${this.pattern}`;
        return "next";
      }
      case "g":
        this.pattern = this.hold;
        return "next";
      case "G":
        this.pattern += `\n${this.hold}`;
        return "next";
      case "h":
        this.hold = this.pattern;
        return "next";
      case "H":
        this.hold += `\n${this.pattern}`;
        return "next";
      case "x":
        [this.pattern, this.hold] = [this.hold, this.pattern];
        return "next";
      case "=":
        await this.write(`${this.lineNumber}\n`);
        return "next";
      case "F":
        await this.write(`${this.file}\n`);
        return "next";
      case "z":
        this.pattern = "";
        return "next";
      case "l":
        await this.write(`${visible(this.pattern, Number(command.argument || 70))}\n`);
        return "next";
      case "b":
        return this.jump(command.argument);
      case "t": {
        const jumps = this.hasSubstituted;
        this.hasSubstituted = false;
        return jumps ? this.jump(command.argument) : "next";
      }
      case "T": {
        const jumps = !this.hasSubstituted;
        this.hasSubstituted = false;
        return jumps ? this.jump(command.argument) : "next";
      }
      case "q":
        this.exitStatus = Number(command.argument || 0);
        return "quit";
      case "Q":
        this.exitStatus = Number(command.argument || 0);
        return "quit-silent";
      case "r":
        this.appended.push(async () => this.contentOf(command.argument));
        return "next";
      case "R":
        this.appended.push(async () => this.nextLineOf(command.argument));
        return "next";
      case "w":
        await this.writeTo(command.argument, `${this.pattern}\n`);
        return "next";
      case "W":
        await this.writeTo(command.argument, `${this.pattern.split("\n")[0]}\n`);
        return "next";
      default:
        return "next";
    }
  }

  private jump(label: string): number {
    if (label === "") return this.commands.length;
    return this.commands.findIndex((command) => command.name === ":" && command.argument === label);
  }

  private async contentOf(file: string): Promise<string> {
    try {
      return utf8(this.process.machine.fs.readFile(this.process.resolve(file), this.process.credentials));
    } catch {
      return "";
    }
  }

  private async nextLineOf(file: string): Promise<string> {
    let rest = this.pendingReads.get(file);
    if (!rest) {
      rest = (await this.contentOf(file)).split("\n");
      if (rest.at(-1) === "") rest.pop();
      this.pendingReads.set(file, rest);
    }
    const line = rest.shift();
    return line === undefined ? "" : `${line}\n`;
  }

  private async writeTo(file: string, text: string): Promise<void> {
    if (file === "/dev/stdout") await this.write(text);
    else if (file === "/dev/stderr") await this.process.stderr.write(text);
    else this.written.set(file, (this.written.get(file) ?? "") + text);
  }

  private async substitute(substitution: Substitution): Promise<Flow> {
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
