/** DNS data as text, and the columns that dig writes records in. */
import { DNS_TYPES, type DnsRecord, type DnsTypeName } from "../../machine/dns-message.ts";

const STATUS_NAMES = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"] as const;

export function statusName(code: number): string {
  return STATUS_NAMES[code] ?? `RESERVED${code}`;
}

export function parseType(text: string): DnsTypeName | number | undefined {
  const upper = text.toUpperCase();
  if (upper in DNS_TYPES) return upper as DnsTypeName;
  const number = /^TYPE(\d+)$/.exec(upper)?.[1];
  return number === undefined ? undefined : Number(number);
}

export const typeName = (type: DnsTypeName | number): string => (typeof type === "number" ? `TYPE${type}` : type);

const dotted = (name: string): string => (name === "" ? "." : `${name}.`);

/** The data of a record as in a zone file; names end with a dot. */
export function recordData(record: DnsRecord): string {
  if ("address" in record) return record.address;
  if ("texts" in record) return record.texts.map((text) => `"${text.replace(/["\\]/g, "\\$&")}"`).join(" ");
  if ("bytes" in record) return `\\# ${record.bytes.length} ${hex(record.bytes).toUpperCase()}`;
  if ("serial" in record) {
    const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
    return `${dotted(primary)} ${dotted(mailbox)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`;
  }
  if ("port" in record) return `${record.priority} ${record.weight} ${record.port} ${dotted(record.target)}`;
  if ("preference" in record) return `${record.preference} ${dotted(record.target)}`;
  return dotted(record.target);
}

export function hex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const TAB = 8;

/** Fills up to a column with tabs where they fit, at least by one blank. */
export function fillTo(line: string, column: number): string {
  let at = 0;
  for (const char of line) at = char === "\t" ? (Math.floor(at / TAB) + 1) * TAB : at + 1;
  const target = Math.max(at + 1, column);
  let out = line;
  while ((Math.floor(at / TAB) + 1) * TAB <= target) {
    out += "\t";
    at = (Math.floor(at / TAB) + 1) * TAB;
  }
  return out + " ".repeat(target - at);
}

const [TTL_COLUMN, CLASS_COLUMN, TYPE_COLUMN, DATA_COLUMN] = [24, 32, 40, 48];

export function recordLine(record: DnsRecord): string {
  const withTtl = fillTo(dotted(record.name), TTL_COLUMN) + record.ttl;
  const withClass = `${fillTo(withTtl, CLASS_COLUMN)}IN`;
  const withType = fillTo(withClass, TYPE_COLUMN) + typeName(record.type);
  return fillTo(withType, DATA_COLUMN) + recordData(record);
}

export function questionLine(name: string, type: DnsTypeName | number): string {
  const withClass = `${fillTo(`;${dotted(name)}`, CLASS_COLUMN)}IN`;
  return fillTo(withClass, TYPE_COLUMN) + typeName(type);
}
