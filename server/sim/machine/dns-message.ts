/**
 * DNS messages on the wire. Source: RFC 1035, 2782 (SRV), 3596 (AAAA), 6891 (EDNS).
 * Names are text without the final dot; the root is the empty text. Case is kept.
 */
import { concatBytes, decodeText, encodeText } from "./bytes.ts";
import { formatIpv6, parseIpv6 } from "./ipv6.ts";

export const DNS_TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  ANY: 255,
} as const;

export type DnsTypeName = keyof typeof DNS_TYPES;

export const RESPONSE_CODES = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
} as const;

export interface DnsQuestion {
  readonly name: string;
  /** A number for types without a name here. */
  readonly type: DnsTypeName | number;
}

interface RecordHead {
  readonly name: string;
  readonly ttl: number;
}

export type DnsRecord = RecordHead &
  (
    | { readonly type: "A" | "AAAA"; readonly address: string }
    | { readonly type: "CNAME" | "NS" | "PTR"; readonly target: string }
    | { readonly type: "MX"; readonly preference: number; readonly target: string }
    | {
        readonly type: "SRV";
        readonly priority: number;
        readonly weight: number;
        readonly port: number;
        readonly target: string;
      }
    | { readonly type: "TXT"; readonly texts: readonly string[] }
    | {
        readonly type: "SOA";
        readonly primary: string;
        readonly mailbox: string;
        readonly serial: number;
        readonly refresh: number;
        readonly retry: number;
        readonly expire: number;
        readonly minimum: number;
      }
    | { readonly type: number; readonly bytes: Uint8Array }
  );

/** The OPT pseudo-record. */
export interface Edns {
  readonly udpSizeBytes: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly { readonly code: number; readonly bytes: Uint8Array }[];
}

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly recursionDesired: boolean;
  readonly recursionAvailable: boolean;
  readonly authenticData: boolean;
  readonly checkingDisabled: boolean;
  readonly responseCode: number;
  readonly questions: readonly DnsQuestion[];
  readonly answers: readonly DnsRecord[];
  readonly authorities: readonly DnsRecord[];
  /** Without the OPT record, which is `edns`. */
  readonly additionals: readonly DnsRecord[];
  readonly edns?: Edns;
}

/** A recursive query for one name and type. */
export function dnsQuery(id: number, name: string, type: DnsTypeName | number, edns?: Edns): DnsMessage {
  return {
    id,
    isResponse: false,
    opcode: 0,
    isAuthoritative: false,
    isTruncated: false,
    recursionDesired: true,
    recursionAvailable: false,
    authenticData: false,
    checkingDisabled: false,
    responseCode: 0,
    questions: [{ name, type }],
    answers: [],
    authorities: [],
    additionals: [],
    ...(edns ? { edns } : {}),
  };
}

/** An answer to `query`; what `parts` names replaces the defaults (authoritative, NOERROR, nothing found). */
export function dnsResponse(query: DnsMessage, parts: Partial<DnsMessage> = {}): DnsMessage {
  return {
    ...dnsQuery(query.id, "", "A"),
    isResponse: true,
    opcode: query.opcode,
    isAuthoritative: true,
    recursionDesired: query.recursionDesired,
    questions: query.questions,
    ...parts,
  };
}

const TYPE_NAMES = new Map<number, DnsTypeName>(
  Object.entries(DNS_TYPES).map(([name, number]) => [number, name as DnsTypeName]),
);

export function dnsTypeNumber(type: DnsTypeName | number): number {
  return typeof type === "number" ? type : DNS_TYPES[type];
}

/** The name of a type, or as RFC 3597 writes unknown ones: `TYPE65`. */
export function dnsTypeText(type: DnsTypeName | number): string {
  return typeof type === "number" ? (TYPE_NAMES.get(type) ?? `TYPE${type}`) : type;
}

// ------------------------------------------------------------------- encoding

class Writer {
  #bytes: number[] = [];
  /** Where a name, lower-cased, was written: later ones point to it. */
  readonly #names = new Map<string, number>();

  get length(): number {
    return this.#bytes.length;
  }

  uint8(value: number): void {
    this.#bytes.push(value & 0xff);
  }

  uint16(value: number): void {
    this.#bytes.push((value >> 8) & 0xff, value & 0xff);
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value & 0xffff);
  }

  bytes(bytes: Uint8Array): void {
    for (const byte of bytes) this.#bytes.push(byte);
  }

  name(name: string): void {
    let rest = name.endsWith(".") ? name.slice(0, -1) : name;
    while (rest !== "") {
      const known = this.#names.get(rest.toLowerCase());
      if (known !== undefined) {
        this.uint16(0xc000 | known);
        return;
      }
      if (this.length < 0x3fff) this.#names.set(rest.toLowerCase(), this.length);
      const dot = rest.indexOf(".");
      const label = encodeText(dot < 0 ? rest : rest.slice(0, dot));
      this.uint8(Math.min(label.length, 63));
      this.bytes(label.subarray(0, 63));
      rest = dot < 0 ? "" : rest.slice(dot + 1);
    }
    this.uint8(0);
  }

  /** A length of 16 bits, then what `write` writes. */
  sized(write: () => void): void {
    const at = this.length;
    this.uint16(0);
    write();
    const size = this.length - at - 2;
    this.#bytes[at] = size >> 8;
    this.#bytes[at + 1] = size & 0xff;
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export function encodeDnsMessage(message: DnsMessage): Uint8Array {
  const writer = new Writer();
  writer.uint16(message.id);
  writer.uint16(flagsOf(message));
  writer.uint16(message.questions.length);
  writer.uint16(message.answers.length);
  writer.uint16(message.authorities.length);
  writer.uint16(message.additionals.length + (message.edns ? 1 : 0));
  for (const { name, type } of message.questions) {
    writer.name(name);
    writer.uint16(dnsTypeNumber(type));
    writer.uint16(1);
  }
  for (const record of [...message.answers, ...message.authorities, ...message.additionals]) {
    writeRecord(writer, record);
  }
  if (message.edns) writeEdns(writer, message.edns);
  return writer.done();
}

function flagsOf(message: DnsMessage): number {
  return (
    (message.isResponse ? 0x8000 : 0) |
    ((message.opcode & 15) << 11) |
    (message.isAuthoritative ? 0x0400 : 0) |
    (message.isTruncated ? 0x0200 : 0) |
    (message.recursionDesired ? 0x0100 : 0) |
    (message.recursionAvailable ? 0x0080 : 0) |
    (message.authenticData ? 0x0020 : 0) |
    (message.checkingDisabled ? 0x0010 : 0) |
    (message.responseCode & 15)
  );
}

function writeRecord(writer: Writer, record: DnsRecord): void {
  writer.name(record.name);
  writer.uint16(dnsTypeNumber(record.type));
  writer.uint16(1);
  writer.uint32(record.ttl);
  writer.sized(() => writeData(writer, record));
}

function writeData(writer: Writer, record: DnsRecord): void {
  if ("bytes" in record) return writer.bytes(record.bytes);
  switch (record.type) {
    case "A":
      for (const part of record.address.split(".")) writer.uint8(Number(part));
      return;
    case "AAAA":
      return writer.bytes(parseIpv6(record.address) ?? new Uint8Array(16));
    case "CNAME":
    case "NS":
    case "PTR":
      return writer.name(record.target);
    case "MX":
      writer.uint16(record.preference);
      return writer.name(record.target);
    case "SRV":
      writer.uint16(record.priority);
      writer.uint16(record.weight);
      writer.uint16(record.port);
      return writer.name(record.target);
    case "TXT":
      for (const text of record.texts) {
        const bytes = encodeText(text).subarray(0, 255);
        writer.uint8(bytes.length);
        writer.bytes(bytes);
      }
      return;
    case "SOA":
      writer.name(record.primary);
      writer.name(record.mailbox);
      for (const value of [record.serial, record.refresh, record.retry, record.expire, record.minimum]) {
        writer.uint32(value);
      }
  }
}

function writeEdns(writer: Writer, edns: Edns): void {
  writer.uint8(0);
  writer.uint16(DNS_TYPES.OPT);
  writer.uint16(edns.udpSizeBytes);
  writer.uint32((edns.version << 16) | (edns.dnssecOk ? 0x8000 : 0));
  writer.sized(() => {
    for (const { code, bytes } of edns.options) {
      writer.uint16(code);
      writer.uint16(bytes.length);
      writer.bytes(bytes);
    }
  });
}

// ------------------------------------------------------------------- decoding

class Malformed extends Error {}

class Reader {
  readonly #bytes: Uint8Array;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  uint8(): number {
    const byte = this.#bytes[this.offset++];
    if (byte === undefined) throw new Malformed();
    return byte;
  }

  uint16(): number {
    return this.uint8() * 256 + this.uint8();
  }

  uint32(): number {
    return this.uint16() * 65_536 + this.uint16();
  }

  take(length: number): Uint8Array {
    if (this.offset + length > this.#bytes.length) throw new Malformed();
    this.offset += length;
    return this.#bytes.subarray(this.offset - length, this.offset);
  }

  name(): string {
    const labels: string[] = [];
    let resume = -1;
    for (let jumps = 0; jumps < 128; ) {
      const length = this.uint8();
      if (length === 0) {
        if (resume >= 0) this.offset = resume;
        return labels.join(".");
      }
      if ((length & 0xc0) === 0xc0) {
        const target = (length & 0x3f) * 256 + this.uint8();
        if (resume < 0) resume = this.offset;
        this.offset = target;
        jumps++;
      } else labels.push(decodeText(this.take(length)));
      if (labels.length > 128) break;
    }
    throw new Malformed();
  }
}

/** Undefined when the bytes are no DNS message. */
export function decodeDnsMessage(bytes: Uint8Array): DnsMessage | undefined {
  try {
    return readMessage(new Reader(bytes));
  } catch (error) {
    if (error instanceof Malformed) return undefined;
    throw error;
  }
}

function readMessage(reader: Reader): DnsMessage {
  const id = reader.uint16();
  const flags = reader.uint16();
  const counts = [reader.uint16(), reader.uint16(), reader.uint16(), reader.uint16()] as const;
  const questions: DnsQuestion[] = [];
  for (let i = 0; i < counts[0]; i++) {
    const name = reader.name();
    const type = reader.uint16();
    reader.uint16();
    questions.push({ name, type: TYPE_NAMES.get(type) ?? type });
  }
  let edns: Edns | undefined;
  const section = (count: number): DnsRecord[] => {
    const records: DnsRecord[] = [];
    for (let i = 0; i < count; i++) {
      const read = readRecord(reader);
      if ("udpSizeBytes" in read) edns = read;
      else records.push(read);
    }
    return records;
  };
  const answers = section(counts[1]);
  const authorities = section(counts[2]);
  const additionals = section(counts[3]);
  return {
    id,
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    recursionDesired: (flags & 0x0100) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    authenticData: (flags & 0x0020) !== 0,
    checkingDisabled: (flags & 0x0010) !== 0,
    responseCode: flags & 15,
    questions,
    answers,
    authorities,
    additionals,
    ...(edns ? { edns } : {}),
  };
}

function readRecord(reader: Reader): DnsRecord | Edns {
  const name = reader.name();
  const type = reader.uint16();
  const recordClass = reader.uint16();
  const ttl = reader.uint32();
  const size = reader.uint16();
  const end = reader.offset + size;
  if (type === DNS_TYPES.OPT) return readEdns(reader, recordClass, ttl, end);
  const record = readData(reader, { name, ttl }, type, size);
  reader.offset = end;
  return record;
}

function readEdns(reader: Reader, udpSizeBytes: number, ttl: number, end: number): Edns {
  const options: { code: number; bytes: Uint8Array }[] = [];
  while (reader.offset < end) options.push({ code: reader.uint16(), bytes: reader.take(reader.uint16()) });
  return { udpSizeBytes, version: (ttl >>> 16) & 0xff, dnssecOk: (ttl & 0x8000) !== 0, options };
}

function readData(reader: Reader, head: RecordHead, type: number, size: number): DnsRecord {
  const name = TYPE_NAMES.get(type);
  switch (name) {
    case "A":
      return { ...head, type: name, address: [...reader.take(4)].join(".") };
    case "AAAA":
      return { ...head, type: name, address: formatIpv6(reader.take(16)) };
    case "CNAME":
    case "NS":
    case "PTR":
      return { ...head, type: name, target: reader.name() };
    case "MX":
      return { ...head, type: name, preference: reader.uint16(), target: reader.name() };
    case "SRV": {
      const [priority, weight, port] = [reader.uint16(), reader.uint16(), reader.uint16()];
      return { ...head, type: name, priority, weight, port, target: reader.name() };
    }
    case "TXT": {
      const texts: string[] = [];
      const end = reader.offset + size;
      while (reader.offset < end) texts.push(decodeText(reader.take(reader.uint8())));
      return { ...head, type: name, texts };
    }
    case "SOA": {
      const [primary, mailbox] = [reader.name(), reader.name()];
      const [serial, refresh, retry] = [reader.uint32(), reader.uint32(), reader.uint32()];
      return {
        ...head,
        type: name,
        primary,
        mailbox,
        serial,
        refresh,
        retry,
        expire: reader.uint32(),
        minimum: reader.uint32(),
      };
    }
    default:
      return { ...head, type, bytes: concatBytes([reader.take(size)]).slice() };
  }
}
