/** Where records come from: the operands, and the files and commands of getline. */
import type { Process } from "../../machine/types.ts";
import { lines } from "../toolkit/input.ts";
import type { Memory } from "./memory.ts";
import type { Outputs } from "./outputs.ts";
import { toNumber } from "./values.ts";

type RecordReader = AsyncIterator<{ text: string }>;

export class Inputs {
  private current: RecordReader | null = null;
  private operandIndex = 1;
  private hasReadOperand = false;
  /** Open files and commands of getline. */
  private readonly named = new Map<string, RecordReader>();

  constructor(
    private readonly process: Process,
    private readonly memory: Memory,
    private readonly outputs: Outputs,
    /** An operand could not be read; the message has been printed. */
    private readonly onUnreadable: () => void,
  ) {}

  /** `nextfile` */
  skipFile(): void {
    this.current = null;
  }

  /** False when nothing of that name was open. */
  close(name: string): boolean {
    return this.named.delete(name);
  }

  async nextRecord(): Promise<string | null> {
    while (true) {
      if (!this.current) {
        const operand = await this.nextOperand();
        if (operand === null) return null;
        this.memory.set("FILENAME", operand === "-" ? "" : operand);
        this.memory.set("FNR", 0);
        this.current = this.records(operand)[Symbol.asyncIterator]();
      }
      let next: IteratorResult<{ text: string }>;
      try {
        next = await this.current.next();
      } catch (error) {
        if (!(error instanceof Error) || !("code" in error) || error.code === "EPIPE") throw error;
        const name = this.memory.text(this.memory.get("FILENAME"));
        await this.process.stderr.write(`awk: cannot open "${name}" (${error.message})\n`);
        this.onUnreadable();
        this.current = null;
        continue;
      }
      if (next.done) {
        this.current = null;
        continue;
      }
      this.memory.set("NR", toNumber(this.memory.get("NR")) + 1);
      this.memory.set("FNR", toNumber(this.memory.get("FNR")) + 1);
      return next.value.text;
    }
  }

  /** The next file among ARGV; assignments on the way are done. */
  private async nextOperand(): Promise<string | null> {
    const argv = this.memory.array("ARGV");
    const count = toNumber(this.memory.get("ARGC"));
    while (this.operandIndex < count) {
      const value = argv.get(String(this.operandIndex++));
      const operand = value === undefined ? "" : this.memory.text(value);
      if (operand === "") continue;
      const assignment = /^([A-Za-z_]\w*)=([\s\S]*)$/.exec(operand);
      if (assignment) {
        this.memory.assignText(assignment[1] ?? "", assignment[2] ?? "");
        continue;
      }
      this.hasReadOperand = true;
      return operand;
    }
    if (this.hasReadOperand) return null;
    this.hasReadOperand = true;
    return "-";
  }

  private async *records(operand: string): AsyncIterable<{ text: string }> {
    const separator = this.memory.text(this.memory.get("RS"));
    if (separator === "\n" || (separator.length === 1 && separator !== "")) {
      // With another separator than newline, the file's last newline belongs to the last record.
      yield* lines(this.process, operand, separator);
      return;
    }
    let whole = "";
    for await (const line of lines(this.process, operand)) whole += line.text + (line.isTerminated ? "\n" : "");
    const pattern = separator === "" ? /\n\n+/ : this.memory.regex(separator);
    const body = separator === "" ? whole.replace(/^\n+|\n+$/g, "") : whole.replace(/\n$/, "");
    if (body === "") return;
    for (const text of body.split(pattern)) yield { text };
  }

  /** The next record of a file or of what a command prints; null at the end. Throws when it cannot be read. */
  async nextOf(source: "file" | "command", name: string): Promise<string | null> {
    let reader = this.named.get(name);
    if (!reader) {
      reader = source === "file" ? this.records(name)[Symbol.asyncIterator]() : await this.commandOutput(name);
      this.named.set(name, reader);
    }
    const next = await reader.next();
    return next.done ? null : next.value.text;
  }

  private async commandOutput(command: string): Promise<RecordReader> {
    await this.outputs.flush();
    const path = `/tmp/.awk-${this.process.pid}-in${this.named.size}`;
    const { fs } = this.process.machine;
    await this.outputs.shell(command, new Map([[1, fs.open(path, "w", { mode: 0o600 })]])).exit;
    const found = fs.readText(path).split("\n");
    fs.unlink(path);
    if (found.at(-1) === "") found.pop();
    async function* each(): AsyncGenerator<{ text: string }> {
      for (const text of found) yield { text };
    }
    return each();
  }
}
