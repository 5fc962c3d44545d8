/** Words of a line, as readline's commands see them: runs of letters and digits. */

type Line = readonly string[];

export function isWordCharacter(unit: string | undefined): boolean {
  return unit !== undefined && /[\p{L}\p{N}]/u.test(unit);
}

/** Where the word before `from` begins. */
export function wordStart(line: Line, from: number): number {
  let at = from;
  while (at > 0 && !isWordCharacter(line[at - 1])) at--;
  while (at > 0 && isWordCharacter(line[at - 1])) at--;
  return at;
}

/** Where the word after `from` ends. */
export function wordEnd(line: Line, from: number): number {
  let at = from;
  while (at < line.length && !isWordCharacter(line[at])) at++;
  while (at < line.length && isWordCharacter(line[at])) at++;
  return at;
}

/** Where the run of non-blanks before `from` begins. */
export function blankWordStart(line: Line, from: number): number {
  let at = from;
  while (at > 0 && isBlank(line[at - 1])) at--;
  while (at > 0 && !isBlank(line[at - 1])) at--;
  return at;
}

function isBlank(unit: string | undefined): boolean {
  return unit !== undefined && /\s/.test(unit);
}

/** The blanks around `at`. */
export function blanksAround(line: Line, at: number): { readonly start: number; readonly end: number } {
  let start = at;
  let end = at;
  while (start > 0 && isBlank(line[start - 1])) start--;
  while (end < line.length && isBlank(line[end])) end++;
  return { start, end };
}

/** The line with the word before the cursor moved behind the word at or after it; undefined when there are not two. */
export function transposeWords(
  line: Line,
  cursor: number,
): { readonly line: readonly string[]; readonly cursor: number } | undefined {
  const end = wordEnd(line, cursor);
  const start = wordStart(line, end);
  const firstStart = wordStart(line, start);
  const firstEnd = wordEnd(line, firstStart);
  if (firstStart === start || firstEnd > start) return undefined;
  const swapped = [
    ...line.slice(0, firstStart),
    ...line.slice(start, end),
    ...line.slice(firstEnd, start),
    ...line.slice(firstStart, firstEnd),
    ...line.slice(end),
  ];
  return { line: swapped, cursor: end };
}
