/** Broken-down times: `gmtime`, `mktime`, `strftime`, `strptime` (UTC is the only zone). */
import { formatDate } from "../toolkit/dates.ts";
import { isArray, type Json, JqError } from "./values.ts";

const DAY_NAMES = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTH_NAMES = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

export function brokenDown(seconds: Json, name: string): Json {
  if (typeof seconds !== "number") throw new JqError(`${name}() requires numeric inputs`);
  const date = new Date(Math.floor(seconds) * 1000);
  if (Number.isNaN(date.getTime())) throw new JqError("error converting number of seconds since epoch to datetime");
  return fields(date, date.getUTCSeconds() + (seconds - Math.floor(seconds)));
}

function fields(date: Date, seconds: number): Json {
  const year = date.getUTCFullYear();
  const dayOfYear = Math.floor((date.getTime() - Date.UTC(year, 0, 1)) / 86_400_000);
  return [
    year,
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    seconds,
    date.getUTCDay(),
    dayOfYear,
  ];
}

export function epochSeconds(value: Json): number {
  if (!isArray(value)) throw new JqError("mktime requires array inputs");
  if (value.length < 6 || value.some((item) => typeof item !== "number")) {
    throw new JqError("mktime requires parsed datetime inputs");
  }
  const [year = 0, month = 0, day = 1, hour = 0, minute = 0, second = 0] = value as readonly number[];
  return Math.floor(Date.UTC(year, month, day, hour, minute, Math.floor(second)) / 1000);
}

export function formatTime(input: Json, format: Json, name: string): string {
  const value = typeof input === "number" ? brokenDown(input, "gmtime") : input;
  if (!isArray(value)) throw new JqError(`${name}/1 requires parsed datetime inputs`);
  if (typeof format !== "string") throw new JqError(`${name}/1 requires a string format`);
  return formatDate(epochSeconds(value) * 1000, format);
}

export function parseTime(input: Json, format: Json): Json {
  if (typeof input !== "string" || typeof format !== "string") {
    throw new JqError("strptime/1 requires string inputs and arguments");
  }
  const parsed = new TimeParser(input).parse(format);
  if (parsed === null) throw new JqError(`date "${input}" does not match format "${format}"`);
  return parsed;
}

class TimeParser {
  private at = 0;
  private year = 1900;
  private month = 0;
  private day = 1;
  private hour = 0;
  private minute = 0;
  private second = 0;
  private isAfternoon: boolean | null = null;
  private epoch: number | null = null;

  constructor(private readonly text: string) {}

  parse(format: string): Json | null {
    if (!this.follow(format) || this.at < this.text.length) return null;
    if (this.epoch !== null) return brokenDown(this.epoch, "gmtime");
    if (this.isAfternoon !== null) this.hour = (this.hour % 12) + (this.isAfternoon ? 12 : 0);
    const date = new Date(Date.UTC(this.year, this.month, this.day, this.hour, this.minute, this.second));
    return fields(date, date.getUTCSeconds());
  }

  private follow(format: string): boolean {
    for (let at = 0; at < format.length; at++) {
      const char = format[at] ?? "";
      if (/\s/.test(char)) this.match(/^\s*/);
      else if (char !== "%") {
        if (this.text[this.at] !== char) return false;
        this.at++;
      } else {
        at++;
        if (/[EO]/.test(format[at] ?? "")) at++;
        if (!this.conversion(format[at] ?? "")) return false;
      }
    }
    return true;
  }

  private match(pattern: RegExp): string | null {
    const found = pattern.exec(this.text.slice(this.at))?.[0] ?? null;
    if (found !== null) this.at += found.length;
    return found;
  }

  private number(digits: number, low: number, high: number, use: (value: number) => void): boolean {
    const found = this.match(new RegExp(`^\\s*\\d{1,${digits}}`));
    if (found === null || Number(found) < low || Number(found) > high) return false;
    use(Number(found));
    return true;
  }

  private name(names: readonly string[], use: (index: number) => void): boolean {
    const rest = this.text.slice(this.at).toLowerCase();
    const index = names.findIndex((name) => rest.startsWith(name.slice(0, 3)));
    const name = names[index];
    if (name === undefined) return false;
    this.at += rest.startsWith(name) ? name.length : 3;
    use(index);
    return true;
  }

  private conversion(letter: string): boolean {
    switch (letter) {
      case "Y":
        return this.number(4, 0, 9999, (value) => {
          this.year = value;
        });
      case "y":
        return this.number(2, 0, 99, (value) => {
          this.year = value + (value < 69 ? 2000 : 1900);
        });
      case "m":
        return this.number(2, 1, 12, (value) => {
          this.month = value - 1;
        });
      case "d":
      case "e":
        return this.number(2, 1, 31, (value) => {
          this.day = value;
        });
      case "H":
      case "k":
        return this.number(2, 0, 23, (value) => {
          this.hour = value;
        });
      case "I":
      case "l":
        return this.number(2, 1, 12, (value) => {
          this.hour = value;
        });
      case "M":
        return this.number(2, 0, 59, (value) => {
          this.minute = value;
        });
      case "S":
        return this.number(2, 0, 61, (value) => {
          this.second = value;
        });
      case "j":
        return this.number(3, 1, 366, (value) => {
          this.month = 0;
          this.day = value;
        });
      case "s":
        return this.number(12, 0, Number.MAX_SAFE_INTEGER, (value) => {
          this.epoch = value;
        });
      case "u":
      case "w":
        return this.number(1, 0, 7, () => undefined);
      case "U":
      case "V":
      case "W":
        return this.number(2, 0, 53, () => undefined);
      case "a":
      case "A":
        return this.name(DAY_NAMES, () => undefined);
      case "b":
      case "B":
      case "h":
        return this.name(MONTH_NAMES, (index) => {
          this.month = index;
        });
      case "p":
        return this.name(["am", "pm"], (index) => {
          this.isAfternoon = index === 1;
        });
      case "T":
        return this.follow("%H:%M:%S");
      case "R":
        return this.follow("%H:%M");
      case "D":
        return this.follow("%m/%d/%y");
      case "F":
        return this.follow("%Y-%m-%d");
      case "c":
        return this.follow("%a %b %e %H:%M:%S %Y");
      case "Z":
        return this.match(/^[A-Za-z]+/) !== null;
      case "z":
        return this.match(/^(?:Z|[+-]\d{2}:?\d{2})/) !== null;
      case "n":
      case "t":
        return this.match(/^\s*/) !== null;
      case "%":
        return this.match(/^%/) !== null;
      default:
        return false;
    }
  }
}
