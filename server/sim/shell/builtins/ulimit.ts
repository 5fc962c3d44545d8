import { type Builtin, parseOptions, usageError } from "./builtin.ts";

interface Limit {
  readonly letter: string;
  readonly label: string;
  readonly unit: string;
  readonly value: (limits: { readonly maxOpenFiles: number; readonly maxProcesses: number }) => string;
}

const LIMITS: readonly Limit[] = [
  { letter: "R", label: "real-time non-blocking time", unit: "microseconds, ", value: () => "unlimited" },
  { letter: "c", label: "core file size", unit: "blocks, ", value: () => "0" },
  { letter: "d", label: "data seg size", unit: "kbytes, ", value: () => "unlimited" },
  { letter: "e", label: "scheduling priority", unit: "", value: () => "0" },
  { letter: "f", label: "file size", unit: "blocks, ", value: () => "unlimited" },
  { letter: "i", label: "pending signals", unit: "", value: () => "7823" },
  { letter: "l", label: "max locked memory", unit: "kbytes, ", value: () => "8192" },
  { letter: "m", label: "max memory size", unit: "kbytes, ", value: () => "unlimited" },
  { letter: "n", label: "open files", unit: "", value: (limits) => String(limits.maxOpenFiles) },
  { letter: "p", label: "pipe size", unit: "512 bytes, ", value: () => "8" },
  { letter: "q", label: "POSIX message queues", unit: "bytes, ", value: () => "819200" },
  { letter: "r", label: "real-time priority", unit: "", value: () => "0" },
  { letter: "s", label: "stack size", unit: "kbytes, ", value: () => "8192" },
  { letter: "t", label: "cpu time", unit: "seconds, ", value: () => "unlimited" },
  { letter: "u", label: "max user processes", unit: "", value: (limits) => String(limits.maxProcesses) },
  { letter: "v", label: "virtual memory", unit: "kbytes, ", value: () => "unlimited" },
  { letter: "x", label: "file locks", unit: "", value: () => "unlimited" },
];

export const ulimit: Builtin = {
  name: "ulimit",
  synopsis: "ulimit [-SHabcdefiklmnpqrstuvxPRT] [limit]",
  summary: "Modify shell resource limits.",
  async run(call) {
    const { shell } = call;
    const options = parseOptions(call.args, `SHa${LIMITS.map((limit) => limit.letter).join("")}`);
    if (options.unknown !== undefined) {
      if (shell.isBash) return usageError(call, ulimit.synopsis, `${options.unknown}: invalid option`);
      await shell.report(`Illegal option ${options.unknown}`);
      return 2;
    }
    const machine = shell.process.machine.limits;
    if (options.flags.has("a")) {
      const lines = LIMITS.map(
        (limit) =>
          `${limit.label.padEnd(20)} ${`(${limit.unit}-${limit.letter})`.padStart(20)} ${limit.value(machine)}\n`,
      );
      await shell.write(lines.join(""));
      return 0;
    }
    const chosen = LIMITS.filter((limit) => options.flags.has(limit.letter));
    const [value] = options.operands;
    if (value !== undefined && !/^(?:[0-9]+|unlimited|hard|soft)$/.test(value)) {
      await shell.report(`${value}: invalid number`);
      return 1;
    }
    // The simulated kernel keeps its own bounds: a new limit is accepted and changes nothing.
    if (value !== undefined) return 0;
    for (const limit of chosen.length > 0 ? chosen : LIMITS.filter((each) => each.letter === "f"))
      await shell.write(`${limit.value(machine)}\n`);
    return 0;
  },
};
