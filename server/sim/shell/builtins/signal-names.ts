/** The signals as `kill -l` and `trap -l` list them: all 64 of Linux, of which the kernel knows a part. */
import { parseSignal } from "../../machine/signals.ts";
import type { SignalName } from "../../machine/types.ts";

const NAMES = [
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
];

/** Name of a number, without SIG. */
export function signalName(number: number): string | undefined {
  if (number >= 1 && number <= NAMES.length) return NAMES[number - 1];
  if (number === 34) return "RTMIN";
  if (number === 64) return "RTMAX";
  if (number > 34 && number < 50) return `RTMIN+${number - 34}`;
  return number >= 50 && number < 64 ? `RTMAX-${64 - number}` : undefined;
}

export function signalNumber(text: string): number | undefined {
  const index = NAMES.indexOf(text.toUpperCase().replace(/^SIG/, ""));
  if (index >= 0) return index + 1;
  for (let number = 34; number <= 64; number++)
    if (signalName(number) === text.toUpperCase().replace(/^SIG/, "")) return number;
  return undefined;
}

/** A signal the kernel can deliver. */
export function signalByName(text: string): SignalName | undefined {
  return parseSignal(text);
}

export function listSignals(): string {
  const cells: string[] = [];
  for (let number = 1; number <= 64; number++) {
    const name = signalName(number);
    if (name !== undefined) cells.push(`${String(number).padStart(2)}) SIG${name}`);
  }
  let text = "";
  for (let index = 0; index < cells.length; index++)
    text += index % 5 === 4 || index === cells.length - 1 ? `${cells[index]}\n` : `${cells[index]}\t`;
  return text;
}
