/** Calendar arithmetic in UTC, the only time zone of the simulated machines. */

import { DAYS, MONTHS } from "../../shell/prompt.ts";

const pad = (value: number, width = 2, fill = "0"): string => String(value).padStart(width, fill);

/** strftime(3) with GNU date's flags `-` (no padding), `_` (blanks), `0`, `^` (upper case). */
export function formatDate(ms: number, format: string): string {
  const date = new Date(ms);
  return format.replace(/%([-_0^#]?)(\d*)(:{0,2}[a-zA-Z%])/g, (whole, flag: string, width: string, letter: string) => {
    const text = conversion(date, letter);
    if (text === undefined) return whole;
    let out = text;
    if (flag === "-") out = text.replace(/^[0 ]+(?=.)/, "");
    if (flag === "_") out = text.replace(/^0+(?=.)/, (zeros) => " ".repeat(zeros.length));
    if (flag === "0") out = text.replace(/^ +/, (blanks) => "0".repeat(blanks.length));
    if (flag === "^") out = text.toUpperCase();
    // Opposite case where it is possible, which makes the zone and am/pm small and names of days large.
    if (flag === "#") out = letter === "Z" || letter === "p" ? text.toLowerCase() : text.toUpperCase();
    if (letter === "N" && width !== "") return out.slice(0, Number(width));
    return out.padStart(Number(width || 0), /^\d/.test(out) ? "0" : " ");
  });
}

function conversion(date: Date, letter: string): string | undefined {
  const hour12 = date.getUTCHours() % 12 || 12;
  switch (letter) {
    case "a":
      return DAYS[date.getUTCDay()]?.slice(0, 3);
    case "A":
      return DAYS[date.getUTCDay()];
    case "b":
    case "h":
      return MONTHS[date.getUTCMonth()]?.slice(0, 3);
    case "B":
      return MONTHS[date.getUTCMonth()];
    case "c":
      return formatDate(date.getTime(), "%a %b %e %H:%M:%S %Y");
    case "C":
      return pad(Math.floor(date.getUTCFullYear() / 100));
    case "d":
      return pad(date.getUTCDate());
    case "D":
      return formatDate(date.getTime(), "%m/%d/%y");
    case "e":
      return pad(date.getUTCDate(), 2, " ");
    case "F":
      return formatDate(date.getTime(), "%Y-%m-%d");
    case "H":
      return pad(date.getUTCHours());
    case "I":
      return pad(hour12);
    case "j":
      return pad(dayOfYear(date), 3);
    case "k":
      return pad(date.getUTCHours(), 2, " ");
    case "l":
      return pad(hour12, 2, " ");
    case "m":
      return pad(date.getUTCMonth() + 1);
    case "M":
      return pad(date.getUTCMinutes());
    case "n":
      return "\n";
    case "N":
      return `${pad(date.getUTCMilliseconds(), 3)}000000`;
    case "p":
      return date.getUTCHours() < 12 ? "AM" : "PM";
    case "P":
      return date.getUTCHours() < 12 ? "am" : "pm";
    case "r":
      return formatDate(date.getTime(), "%I:%M:%S %p");
    case "R":
      return formatDate(date.getTime(), "%H:%M");
    case "s":
      return String(Math.floor(date.getTime() / 1000));
    case "S":
      return pad(date.getUTCSeconds());
    case "t":
      return "\t";
    case "T":
    case "X":
      return formatDate(date.getTime(), "%H:%M:%S");
    case "u":
      return String(date.getUTCDay() || 7);
    case "U":
      return pad(Math.floor((dayOfYear(date) + 6 - date.getUTCDay()) / 7));
    case "V":
      return pad(isoWeek(date).week);
    case "g":
      return pad(isoWeek(date).year % 100);
    case "G":
      return String(isoWeek(date).year);
    case "w":
      return String(date.getUTCDay());
    case "x":
      return formatDate(date.getTime(), "%m/%d/%y");
    case "y":
      return pad(date.getUTCFullYear() % 100);
    case "Y":
      return String(date.getUTCFullYear());
    case "z":
      return "+0000";
    case ":z":
      return "+00:00";
    case "Z":
      return "UTC";
    case "%":
      return "%";
    default:
      return undefined;
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000) + 1;
}

function isoWeek(date: Date): { readonly year: number; readonly week: number } {
  const thursday = new Date(date.getTime());
  thursday.setUTCDate(date.getUTCDate() + 4 - (date.getUTCDay() || 7));
  return { year: thursday.getUTCFullYear(), week: Math.ceil(dayOfYear(thursday) / 7) };
}

const UNIT_MS: Readonly<Record<string, number>> = {
  sec: 1000,
  second: 1000,
  min: 60_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  fortnight: 1_209_600_000,
};

/** What `date -d` understands of dates; null when it is none. */
export function parseDate(text: string, nowMs: number): number | null {
  let rest = text.trim();
  if (rest === "" || rest === "now") return nowMs;
  if (/^@-?\d+(\.\d+)?$/.test(rest)) return Number(rest.slice(1)) * 1000;
  // The date may stand behind relative words: `yesterday 2024-05-02`.
  const behind = /^(\D.*?)\s+(\d{4}-\d{1,2}-\d{1,2}\S*)(.*)$/.exec(rest);
  if (behind && !/^\d/.test(rest)) rest = `${behind[2]} ${behind[1]}${behind[3]}`;
  let ms = nowMs;
  const absolute =
    /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?/i.exec(
      rest,
    );
  if (absolute) {
    const [whole, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", zone = ""] = absolute;
    ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
    ms += Number(`0.${fraction}`) * 1000 - zoneOffsetMs(zone);
    const check = new Date(ms + zoneOffsetMs(zone));
    if (check.getUTCMonth() !== Number(month) - 1) return null;
    rest = rest.slice(whole.length).trim();
  } else {
    const written =
      /^(?:[A-Za-z]{3},? )?(?:(\d{1,2}) ([A-Za-z]{3,9})|([A-Za-z]{3,9}) (\d{1,2}),?)(?: (\d{4}))?(?: (\d{2}):(\d{2})(?::(\d{2}))?)?(?: (?:UTC|GMT|Z))?(?: (\d{4}))?/.exec(
        rest,
      );
    const monthName = (written?.[2] ?? written?.[3] ?? "").toLowerCase();
    const month = MONTHS.findIndex((name) => monthName.length >= 3 && name.toLowerCase().startsWith(monthName));
    if (written && month !== -1) {
      const year = Number(written[5] ?? written[9] ?? new Date(nowMs).getUTCFullYear());
      ms = Date.UTC(
        year,
        month,
        Number(written[1] ?? written[4]),
        Number(written[6] ?? 0),
        Number(written[7] ?? 0),
        Number(written[8] ?? 0),
      );
      rest = rest.slice(written[0].length).trim();
    }
  }
  while (rest !== "") {
    const word = /^(now|today|yesterday|tomorrow|midnight)\b/i.exec(rest);
    const clock = /^(\d{1,2}):(\d{2})(?::(\d{2}))?/.exec(rest);
    const relative =
      /^(?:([+-]?\s*\d+)|(next|last|an?))?\s*(sec(?:ond)?|min(?:ute)?|hour|day|week|fortnight|month|year)s?\b(\s+ago)?/i.exec(
        rest,
      );
    const weekday = /^(?:(next|last)\s+)?(sun|mon|tue|wed|thu|fri|sat)[a-z]*\b/i.exec(rest);
    if (word) {
      const name = word[1]?.toLowerCase();
      if (name === "yesterday") ms -= 86_400_000;
      if (name === "tomorrow") ms += 86_400_000;
      if (name === "midnight") ms -= ms % 86_400_000;
      rest = rest.slice(word[0].length).trim();
    } else if (clock) {
      ms = ms - (ms % 86_400_000) + (Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0)) * 1000;
      rest = rest.slice(clock[0].length).trim();
    } else if (relative) {
      const counted = relative[1]?.replace(/\s/g, "");
      const named = relative[2]?.toLowerCase() === "last" ? -1 : 1;
      const sign = relative[4] ? -1 : 1;
      ms = shift(ms, (counted === undefined ? named : Number(counted)) * sign, relative[3]?.toLowerCase() ?? "");
      rest = rest.slice(relative[0].length).trim();
    } else if (weekday) {
      const wanted = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].indexOf(weekday[2]?.toLowerCase() ?? "");
      const today = new Date(ms).getUTCDay();
      let days = (wanted - today + 7) % 7;
      if (weekday[1]?.toLowerCase() === "next" && days === 0) days = 7;
      if (weekday[1]?.toLowerCase() === "last") days = days === 0 ? -7 : days - 7;
      ms = ms - (ms % 86_400_000) + days * 86_400_000;
      rest = rest.slice(weekday[0].length).trim();
    } else if (/^(UTC|GMT|Z)\b/i.test(rest)) {
      rest = rest.replace(/^(UTC|GMT|Z)\s*/i, "");
    } else {
      return null;
    }
  }
  return ms;
}

function zoneOffsetMs(zone: string): number {
  const match = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (!match) return 0;
  return (match[1] === "-" ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3])) * 60_000;
}

function shift(ms: number, count: number, unit: string): number {
  const fixed = UNIT_MS[unit];
  if (fixed !== undefined) return ms + count * fixed;
  const date = new Date(ms);
  if (unit === "month") date.setUTCMonth(date.getUTCMonth() + count);
  else date.setUTCFullYear(date.getUTCFullYear() + count);
  return date.getTime();
}
