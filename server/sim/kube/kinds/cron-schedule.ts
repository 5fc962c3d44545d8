/** Cron expressions as robfig/cron reads them: five fields or a descriptor (`@hourly`, `@every 5m`). */

interface Range {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const RANGES: readonly Range[] = [
  { name: "minute", min: 0, max: 59 },
  { name: "hour", min: 0, max: 23 },
  { name: "day", min: 1, max: 31 },
  {
    name: "month",
    min: 1,
    max: 12,
    names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
  },
  { name: "weekday", min: 0, max: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] },
];

const DESCRIPTORS = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** What is wrong with a schedule, in the parser's words; `undefined` when it is right. */
export function cronError(schedule: string): string | undefined {
  if (schedule === "") return "empty spec string";
  if (schedule.startsWith("@")) return descriptorError(schedule);
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== RANGES.length) {
    return `expected exactly ${RANGES.length} fields, found ${parts.length}: [${parts.join(" ")}]`;
  }
  for (const [index, range] of RANGES.entries()) {
    const error = fieldError(parts[index] ?? "", range);
    if (error !== undefined) return error;
  }
  return undefined;
}

function descriptorError(schedule: string): string | undefined {
  if (DESCRIPTORS.includes(schedule)) return undefined;
  if (!schedule.startsWith("@every ")) return `unrecognized descriptor: ${schedule}`;
  const duration = schedule.slice("@every ".length);
  if (/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(duration)) return undefined;
  return `failed to parse duration ${schedule}: time: invalid duration ${JSON.stringify(duration)}`;
}

function fieldError(field: string, range: Range): string | undefined {
  for (const expression of field.split(",")) {
    const error = expressionError(expression, range);
    if (error !== undefined) return error;
  }
  return undefined;
}

function expressionError(expression: string, range: Range): string | undefined {
  const [span = "", step, extra] = expression.split("/");
  if (extra !== undefined) return `too many slashes: ${expression}`;
  const bounds = span.split("-");
  if (bounds.length > 2) return `too many hyphens: ${expression}`;
  const stepError = step === undefined ? undefined : numberError(step);
  if (span === "*" || span === "?") return stepError;
  const [start, end = start] = bounds.map((bound) => numberOf(bound, range));
  if (typeof start === "string") return start;
  if (typeof end === "string") return end;
  if (stepError !== undefined) return stepError;
  if (start === undefined || end === undefined) return undefined;
  if (start < range.min) return `beginning of range (${start}) below minimum (${range.min}): ${expression}`;
  if (end > range.max) return `end of range (${end}) above maximum (${range.max}): ${expression}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${expression}`;
  if (step !== undefined && Number(step) === 0) return `step of range should be a positive number: ${expression}`;
  return undefined;
}

/** The number, or why it is none. */
function numberOf(text: string, { names, min }: Range): number | string {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (index >= 0) return index + min;
  return numberError(text) ?? Number(text);
}

function numberError(text: string): string | undefined {
  if (/^\d+$/.test(text)) return undefined;
  if (/^-\d+$/.test(text)) return `negative number (${text}) not allowed: ${text}`;
  return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
}
