/** Cron expressions of five fields, as robfig/cron v3 reads them (with its `@hourly` names and `@every`). UTC. */

export interface CronSchedule {
  /** The first due time after `afterMs`; undefined when there is none within five years. */
  next(afterMs: number): number | undefined;
}

const MINUTE_MS = 60_000;
const NAMES: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DURATION_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000 };

/** Undefined when the text is no schedule. */
export function parseCron(text: string): CronSchedule | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith("@every ")) return every(trimmed.slice(7));
  const fields = (NAMES[trimmed] ?? trimmed).split(/\s+/);
  if (fields.length !== 5) return undefined;
  const [minutes, hours, days, months, weekdays] = [
    parseField(fields[0] ?? "", 0, 59),
    parseField(fields[1] ?? "", 0, 23),
    parseField(fields[2] ?? "", 1, 31),
    parseField(fields[3] ?? "", 1, 12, MONTHS, 1),
    parseField((fields[4] ?? "").replace(/\b7\b/g, "0"), 0, 6, DAYS, 0),
  ];
  if (!minutes || !hours || !days || !months || !weekdays) return undefined;
  const isAnyDay = /^[*?]/.test(fields[2] ?? "");
  const isAnyWeekday = /^[*?]/.test(fields[4] ?? "");
  const matchesDay = (date: Date): boolean => {
    const day = days.has(date.getUTCDate());
    const weekday = weekdays.has(date.getUTCDay());
    return isAnyDay || isAnyWeekday ? day && weekday : day || weekday;
  };
  return { next: (afterMs) => nextMatch(afterMs, { minutes, hours, months, matchesDay }) };
}

function every(text: string): CronSchedule | undefined {
  let periodMs = 0;
  for (const [, count, unit] of text.matchAll(/([0-9.]+)([hms])/g)) {
    periodMs += Number(count) * (DURATION_MS[unit ?? ""] ?? 0);
  }
  if (periodMs < 1_000) return undefined;
  return { next: (afterMs) => Math.floor(afterMs / 1_000) * 1_000 + periodMs };
}

function parseField(
  text: string,
  low: number,
  high: number,
  names: readonly string[] = [],
  base = 0,
): ReadonlySet<number> | undefined {
  const values = new Set<number>();
  const numberOf = (word: string): number => {
    const index = names.indexOf(word.toLowerCase());
    return index >= 0 ? index + base : /^\d+$/.test(word) ? Number(word) : Number.NaN;
  };
  for (const part of text.split(",")) {
    const [range = "", stepText] = part.split("/");
    const step = stepText === undefined ? 1 : Number(stepText);
    const [from = "", to] = range.split("-");
    const isAny = from === "*" || from === "?";
    const start = isAny ? low : numberOf(from);
    const end = isAny ? high : to !== undefined ? numberOf(to) : stepText !== undefined ? high : start;
    if (!(start >= low && end <= high && start <= end && step >= 1)) return undefined;
    for (let value = start; value <= end; value += step) values.add(value);
  }
  return values;
}

interface Fields {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  matchesDay(date: Date): boolean;
}

function nextMatch(afterMs: number, fields: Fields): number | undefined {
  const limitMs = afterMs + 5 * 366 * 24 * 60 * MINUTE_MS;
  let atMs = Math.floor(afterMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
  while (atMs <= limitMs) {
    const date = new Date(atMs);
    if (!fields.months.has(date.getUTCMonth() + 1)) atMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
    else if (!fields.matchesDay(date)) {
      atMs = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
    } else if (!fields.hours.has(date.getUTCHours())) atMs = Math.floor(atMs / 3_600_000) * 3_600_000 + 3_600_000;
    else if (!fields.minutes.has(date.getUTCMinutes())) atMs += MINUTE_MS;
    else return atMs;
  }
  return undefined;
}
