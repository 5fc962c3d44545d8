import { describe, expect, it } from "vitest";
import { formatDate, parseDate } from "./dates.ts";

const NOW = Date.UTC(2026, 0, 5, 9, 3, 7);

describe("dates", () => {
  // Each result is what `date -u -d '2026-01-05 09:03:07' +FORMAT` of GNU coreutils prints.
  it.each([
    ["%F %T", "2026-01-05 09:03:07"],
    ["%a %b %e %H:%M:%S %Z %Y", "Mon Jan  5 09:03:07 UTC 2026"],
    ["%A %B %-d %y", "Monday January 5 26"],
    ["%j %u %w", "005 1 1"],
    ["%I:%M %p", "09:03 AM"],
    ["%_H|%-M|%^a", " 9|3|MON"],
    ["%s", "1767603787"],
    ["%D %R %C", "01/05/26 09:03 20"],
    ["100%%", "100%"],
  ])("writes %s", (format, text) => {
    expect(formatDate(NOW, format)).toBe(text);
  });

  // Each result is what `date -u -d TEXT '+%F %T'` prints at that moment.
  it.each([
    ["2024-02-29", "2024-02-29 00:00:00"],
    ["2024-05-02T10:20:30Z", "2024-05-02 10:20:30"],
    ["2024-05-02 10:20:30 +0200", "2024-05-02 08:20:30"],
    ["@86400", "1970-01-02 00:00:00"],
    ["yesterday", "2026-01-04 09:03:07"],
    ["2 days ago", "2026-01-03 09:03:07"],
    ["+1 week", "2026-01-12 09:03:07"],
    ["next month", "2026-02-05 09:03:07"],
    ["tomorrow 12:00", "2026-01-06 12:00:00"],
    ["5 May 2024", "2024-05-05 00:00:00"],
  ])("reads %s", (text, result) => {
    const ms = parseDate(text, NOW);
    expect(ms === null ? null : formatDate(ms, "%F %T")).toBe(result);
  });

  it.each(["nonsense", "2024-02-30", "12:"])("refuses %s", (text) => {
    expect(parseDate(text, NOW)).toBeNull();
  });
});
