/** Where print goes: standard output, files and commands. */
import type { ChildProcess, OpenFile, Process } from "../../machine/types.ts";
import { OutputBuffer } from "../toolkit/input.ts";

interface Output {
  write(text: string): Promise<void>;
  /** Gives what `close()` returns in awk. */
  close(): Promise<number>;
}

export class Outputs {
  private readonly stdout: OutputBuffer;
  private readonly named = new Map<string, Output>();

  constructor(private readonly process: Process) {
    this.stdout = new OutputBuffer(process);
  }

  print(text: string): Promise<void> {
    return this.stdout.write(text);
  }

  async printTo(mode: ">" | ">>" | "|", name: string, text: string): Promise<void> {
    let output = this.named.get(name);
    if (!output) {
      output = mode === "|" ? this.openCommand(name) : this.openFile(name, mode);
      this.named.set(name, output);
    }
    await output.write(text);
  }

  flush(): Promise<void> {
    return this.stdout.flush();
  }

  /** Null when nothing of that name was open. */
  async close(name: string): Promise<number | null> {
    const output = this.named.get(name);
    this.named.delete(name);
    return output ? output.close() : null;
  }

  async closeAll(): Promise<void> {
    await this.stdout.flush();
    for (const output of this.named.values()) await output.close();
  }

  private openFile(name: string, mode: ">" | ">>"): Output {
    if (name === "/dev/stdout" || name === "-")
      return { write: (text: string) => this.print(text), close: async () => 0 };
    if (name === "/dev/stderr")
      return { write: (text: string) => this.process.stderr.write(text), close: async () => 0 };
    const file = this.process.machine.fs.open(this.process.resolve(name), mode === ">" ? "w" : "a", {
      mode: 0o666 & ~this.process.umask,
      as: this.process.credentials,
    });
    return {
      write: async (text: string) => file.write(new TextEncoder().encode(text)),
      close: async () => {
        file.release();
        return 0;
      },
    };
  }

  /** The command's input is gathered and given to it when the pipe closes. */
  private openCommand(command: string): Output {
    let collected = "";
    return {
      write: async (text: string) => {
        collected += text;
      },
      close: async () => {
        await this.stdout.flush();
        const path = `/tmp/.awk-${this.process.pid}-${this.named.size}`;
        this.process.machine.fs.writeFile(path, collected, { mode: 0o600 });
        const file = this.process.machine.fs.open(path, "r");
        const status = await this.shell(command, new Map([[0, file]])).exit;
        this.process.machine.fs.unlink(path);
        return status.kind === "exited" ? status.code : 1;
      },
    };
  }

  shell(command: string, fds: ReadonlyMap<number, OpenFile>): ChildProcess {
    return this.process.spawn("/bin/sh", ["sh", "-c", command], { fds });
  }

  async system(command: string): Promise<number> {
    await this.stdout.flush();
    const status = await this.shell(command, new Map()).exit;
    return status.kind === "exited" ? status.code : 256;
  }
}
