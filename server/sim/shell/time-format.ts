import type { Interpreter } from "./interpreter.ts";

const DEFAULT = "\nreal\t%3lR\nuser\t%3lU\nsys\t%3lS";
const POSIX = "real %2R\nuser %2U\nsys %2S";

/** What the `time` keyword prints. Simulated programs take wall time only. */
export function formatTimes(shell: Interpreter, elapsedMs: number, isPosix: boolean): string {
  const format = isPosix ? POSIX : (shell.variables.scalar("TIMEFORMAT") ?? DEFAULT);
  if (format === "") return "";
  const text = format.replace(
    /%(%|P|([0-3]?)(l?)([RUS]))/g,
    (_whole, code: string, digits: string, isLong: string, what: string) => {
      if (code === "%") return "%";
      if (code === "P") return "0.00";
      const places = digits === "" ? 3 : Number(digits);
      return seconds(what === "R" ? elapsedMs : 0, places, isLong === "l");
    },
  );
  return `${text}\n`;
}

function seconds(ms: number, places: number, isLong: boolean): string {
  if (!isLong) return (ms / 1000).toFixed(places);
  const minutes = Math.floor(ms / 60_000);
  return `${minutes}m${((ms - minutes * 60_000) / 1000).toFixed(places)}s`;
}
