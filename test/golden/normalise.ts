/** The normaliser that the recordings were made with, in TypeScript: volatile fields become placeholders. */

const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const RESOURCE_VERSIONS: readonly (readonly [RegExp, string])[] = [
  [/("?resourceVersion"?:\s*)"\d+"/g, '$1"<RV>"'],
  [/(\\"resourceVersion\\":)\\"\d+\\"/g, '$1\\"<RV>\\"'],
  [/(Resource Version:\s+)\d+/g, "$1<RV>"],
];
const TIMES = [
  /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g,
  /\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g,
  /\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [+-]\d{4}(?: UTC)?/g,
];
const KLOG = /^([EWIF])\d{4} \d\d:\d\d:\d\d\.\d+\s+\d+ /gm;
const IP = /\b(?:10\.(?:9[6-9]|10\d|11[01])\.\d{1,3}\.\d{1,3}|10\.244\.\d{1,3}\.\d{1,3})\b(?!\/)/g;
const AGE = /(?:<invalid>|<unknown>|\d+[dhmsy](?:\d+[dhms])*)$/;
const HEAD = /^[A-Z][A-Z0-9()/%_-]*(?: [A-Z0-9()/%_-]+)*(?: {2,}[A-Z][A-Z0-9()/%_-]*(?: [A-Z0-9()/%_-]+)*)+ *$/;
const AGE_COLUMNS = new Set(["AGE", "LAST SEEN", "FIRST SEEN", "DURATION", "LAST SCHEDULE", "REQUESTEDDURATION"]);
const EVENT = /^ {2}(Normal|Warning)\s+(\S+)\s+(<unknown>|\d+\w*(?: \(x\d+ over \w+\))?)\s+(.*)$/;
const LOOSE_AGE = /(?<=\s)\d+[dhmsy](?:\d+[dhms])*(?=\s|$)/g;

/** Generated names of one run and the placeholders they stand for. */
export type Hashes = ReadonlyMap<string, string>;

const escapeRegExp = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function plain(line: string, hashes: Hashes): string {
  let text = line;
  for (const [full, replacement] of [...hashes].sort(([a], [b]) => b.length - a.length)) {
    if (!text.includes(full)) continue;
    text = text.replace(new RegExp(`(?<![A-Za-z0-9])${escapeRegExp(full)}(?![A-Za-z0-9])`, "g"), () => replacement);
  }
  if (hashes.size === 0) {
    text = text.replace(
      /\b([a-z0-9-]+?)-[bcdfghjklmnpqrstvwxz2456789]{7,10}-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g,
      "$1-<HASH>-<HASH>",
    );
  }
  text = text.replace(/kube-api-access-[a-z0-9]{5}\b/g, "kube-api-access-<HASH>");
  text = text.replace(/\b((?:node-)?debugger-(?:node\d+-)?)[a-z0-9]{5}\b/g, "$1<HASH>");
  text = text.replace(/X509SHA256=[0-9a-f]{64}/g, "X509SHA256=<SHA>");
  text = text.replace(UUID, "<UID>");
  for (const [pattern, replacement] of RESOURCE_VERSIONS) text = text.replace(pattern, replacement);
  for (const pattern of TIMES) text = text.replace(pattern, "<TIME>");
  text = text.replace(IP, "<IP>");
  text = text.replace(/(containerd:\/\/|sha256:|start exec ")[0-9a-f]{64}/g, "$1<SHA>");
  text = text.replace(/(kubectl-edit-|LIVE-|MERGED-)\d+/g, "$1<N>");
  text = text.replace(/\((\d+\w*) ago\)/g, "(<AGE> ago)");
  return text.replace(/(\(\d+%\) {2,})\d+[dhms](?:\d+[dhms])?$/gm, "$1<AGE>");
}

function table(rows: readonly string[], hashes: Hashes): readonly string[] {
  const header = rows[0] ?? "";
  const starts = [...header.matchAll(/(?:^|(?<= {2}))\S/g)].map((match) => match.index);
  const cut = (line: string) => starts.map((start, index) => line.slice(start, starts[index + 1]));
  const names = cut(header).map((cell) => cell.trim());
  const out: (readonly string[])[] = [names];
  let hasChanged = false;
  for (const line of rows.slice(1)) {
    let cells = cut(line);
    const isWider = starts.some((start) => start > 0 && line.slice(Math.max(0, start - 2), start).trim() !== "");
    if (isWider || cells.some((cell) => cell.startsWith(" ") && cell.trim() !== "")) {
      cells = line.trim().split(/ {2,}/);
      if (cells.length !== names.length) {
        return [header, ...rows.slice(1).map((row) => plain(row, hashes).replace(LOOSE_AGE, "<AGE>"))];
      }
      hasChanged = true;
    }
    cells = cells.map((cell) => cell.trimEnd());
    const fresh = cells.map((cell, index) =>
      AGE_COLUMNS.has(names[index] ?? "") && AGE.test(cell) ? "<AGE>" : plain(cell, hashes),
    );
    hasChanged ||= fresh.some((cell, index) => cell !== cells[index]);
    out.push(fresh);
  }
  if (!hasChanged) return rows;
  const widths = names.map((_, index) => Math.max(...out.map((row) => (row[index] ?? "").length)) + 3);
  return out.map((row) =>
    row.map((cell, index) => (index < names.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell)).join(""),
  );
}

function events(rows: readonly string[]): readonly string[] {
  const out = rows.slice(0, 2).map((row) => splitLimited(row.trim(), 5));
  for (const row of rows.slice(2)) {
    const match = EVENT.exec(row);
    if (match === null) return rows;
    const [, type = "", reason = "", when = "", rest = ""] = match;
    out.push([type, reason, `<AGE>${when.includes("(") ? " (<COUNT>)" : ""}`, ...splitLimited(rest, 2)]);
  }
  if (out.some((row) => row.length !== 5)) return rows;
  const widths = [0, 1, 2, 3].map((index) => Math.max(...out.map((row) => (row[index] ?? "").length)) + 2);
  return out.map((row) => `  ${widths.map((width, index) => (row[index] ?? "").padEnd(width)).join("")}${row[4]}`);
}

/** Splits at runs of two or more blanks into at most `limit` parts. */
function splitLimited(text: string, limit: number): string[] {
  const parts: string[] = [];
  let rest = text;
  while (parts.length < limit - 1) {
    const match = /\s{2,}/.exec(rest);
    if (match === null) break;
    parts.push(rest.slice(0, match.index));
    rest = rest.slice(match.index + match[0].length);
  }
  return [...parts, rest];
}

export function normalise(text: string, hashes: Hashes = new Map(), noHeaders = false): string {
  if (text === "") return text;
  const lines = text.split("\n");
  const out: string[] = [];
  let index = 0;
  while (index < lines.length) {
    const line = lines[index] ?? "";
    if (HEAD.test(line) && !line.startsWith("Usage")) {
      let end = index + 1;
      while (end < lines.length && (lines[end] ?? "").trim() !== "" && !HEAD.test(lines[end] ?? "")) end++;
      out.push(...table(lines.slice(index, end), hashes));
      index = end;
      continue;
    }
    if (/^ {2}Type\s+Reason\s+Age\s+From\s+Message/.test(line)) {
      let end = index + 1;
      while (end < lines.length && (lines[end] ?? "").startsWith("  ") && (lines[end] ?? "").trim() !== "") end++;
      out.push(...events(lines.slice(index, end)).map((row) => plain(row, hashes)));
      index = end;
      continue;
    }
    const clean = plain(line, hashes).replace(KLOG, "$1<TIME> <PID> ");
    out.push(noHeaders ? clean.replace(LOOSE_AGE, "<AGE>") : clean);
    index++;
  }
  return out.join("\n");
}
