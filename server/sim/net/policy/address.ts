/**
 * IPv4 and IPv6 addresses and prefixes as 32-bit words, so that matching is integer arithmetic.
 * Spelling follows RFC 5952; IPv4-mapped IPv6 counts as IPv4, as Go's `net` package has it.
 */

export type AddressFamily = 4 | 6;

export interface Address {
  readonly family: AddressFamily;
  /** One unsigned 32-bit word for IPv4, four for IPv6, most significant first. */
  readonly words: readonly number[];
}

export interface Cidr {
  readonly family: AddressFamily;
  /** Already masked: a CIDR with host bits set means its network (rule 82). */
  readonly words: readonly number[];
  readonly masks: readonly number[];
  readonly prefixLength: number;
}

/** The address a text spells, or null. Leading zeros are read as decimal, as old API servers did. */
export function parseAddress(text: string): Address | null {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): Address | null {
  let value = 0;
  let octet = -1;
  let octets = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46;
    if (code >= 48 && code <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + code - 48;
      if (octet > 255) return null;
    } else {
      if (code !== 46 || octet < 0 || octets === 4) return null;
      value = value * 256 + octet;
      octets++;
      octet = -1;
    }
  }
  return octets === 4 ? { family: 4, words: [value] } : null;
}

function parseIpv6(text: string): Address | null {
  const withoutZone = text.includes("%") ? text.slice(0, text.indexOf("%")) : text;
  const halves = withoutZone.split("::");
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? "", halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? "", true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const words = [0, 2, 4, 6].map((i) => ((groups[i] ?? 0) * 65536 + (groups[i + 1] ?? 0)) >>> 0);
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) return { family: 4, words: [words[3] ?? 0] };
  return { family: 6, words };
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (part.includes(".")) {
      const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
      if (ipv4 === null) return null;
      const value = ipv4.words[0] ?? 0;
      groups.push(value >>> 16, value & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** The canonical spelling: dotted quad, or RFC 5952 for IPv6. */
export function formatAddress(address: Address): string {
  const { words } = address;
  if (address.family === 4) {
    const value = words[0] ?? 0;
    return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
  }
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > bestLength) [bestStart, bestLength] = [start, end - start];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}

/** The canonical spelling of an address text; the text itself when it is no address. */
export function canonicalAddress(text: string): string {
  const address = parseAddress(text);
  return address === null ? text : formatAddress(address);
}

/** The prefix a text spells, masked to its network, or null. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf("/");
  if (slash < 0) return null;
  const lengthText = text.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(lengthText)) return null;
  const addressText = text.slice(0, slash);
  const address = parseAddress(addressText);
  if (address === null) return null;
  let prefixLength = Number(lengthText);
  const isMapped = address.family === 4 && addressText.includes(":");
  if (isMapped) prefixLength -= 96;
  const bits = address.family === 4 ? 32 : 128;
  if (prefixLength < 0 || prefixLength > bits) return null;
  const masks = address.words.map((_, i) => prefixMask(prefixLength - 32 * i));
  const words = address.words.map((word, i) => (word & (masks[i] ?? 0)) >>> 0);
  return { family: address.family, words, masks, prefixLength };
}

function prefixMask(length: number): number {
  if (length <= 0) return 0;
  return length >= 32 ? 0xffffffff : (0xffffffff << (32 - length)) >>> 0;
}

export function formatCidr(cidr: Cidr): string {
  return `${formatAddress(cidr)}/${cidr.prefixLength}`;
}

/** Whether the prefix holds the address. Never across families (rule 83). */
export function cidrContains(cidr: Cidr, address: Address): boolean {
  if (cidr.family !== address.family) return false;
  const { words, masks } = cidr;
  for (let i = 0; i < words.length; i++) {
    if (((address.words[i] ?? 0) & (masks[i] ?? 0)) >>> 0 !== words[i]) return false;
  }
  return true;
}

/** First and last address of a prefix. */
export function cidrBounds(cidr: Cidr): readonly [Address, Address] {
  const last = cidr.words.map((word, i) => (word | ~(cidr.masks[i] ?? 0)) >>> 0);
  return [
    { family: cidr.family, words: cidr.words },
    { family: cidr.family, words: last },
  ];
}

/** The address `offset` (1 or -1) further, or null past either end of the family. */
export function neighbourAddress(address: Address, offset: 1 | -1): Address | null {
  const words = [...address.words];
  for (let i = words.length - 1; i >= 0; i--) {
    const next = (words[i] ?? 0) + offset;
    if (next >= 0 && next <= 0xffffffff) {
      words[i] = next;
      return { family: address.family, words };
    }
    words[i] = offset === 1 ? 0 : 0xffffffff;
  }
  return null;
}

/** `127.0.0.0/8` and `::1`; also the unspecified address, which Linux connects to itself. */
export function isLoopback(address: Address): boolean {
  if (address.family === 4) return (address.words[0] ?? 0) >>> 24 === 127 || address.words[0] === 0;
  return address.words.slice(0, 3).every((word) => word === 0) && (address.words[3] ?? 2) <= 1;
}

/** An `ipBlock`: a prefix minus its exceptions. */
export interface AddressBlock {
  readonly cidr: Cidr | null;
  readonly except: readonly Cidr[];
  /** For IPv4: network and mask of the prefix, then of each exception, as signed 32-bit numbers. */
  readonly ipv4: Int32Array | null;
}

/** A block of an unreadable CIDR matches nothing. */
export function parseAddressBlock(cidr: string, except: readonly string[] | null | undefined): AddressBlock {
  const prefix = parseCidr(cidr);
  const exceptions = (except ?? []).map(parseCidr).filter((entry) => entry !== null);
  const ipv4 = prefix?.family === 4 ? [prefix, ...exceptions.filter((entry) => entry.family === 4)] : null;
  const numbers = ipv4?.flatMap((entry) => [entry.words[0] ?? 0, entry.masks[0] ?? 0]);
  return {
    cidr: prefix,
    except: exceptions,
    ipv4: numbers === undefined ? null : Int32Array.from(numbers, (n) => n | 0),
  };
}

export function blockContains(block: AddressBlock, address: Address): boolean {
  const { ipv4 } = block;
  if (ipv4 !== null) return address.family === 4 && ipv4BlockContains(ipv4, address.words[0] as number);
  if (block.cidr === null || !cidrContains(block.cidr, address)) return false;
  for (const except of block.except) if (cidrContains(except, address)) return false;
  return true;
}

function ipv4BlockContains(block: Int32Array, address: number): boolean {
  if ((address & (block[1] as number)) !== block[0]) return false;
  for (let i = 2; i < block.length; i += 2) if ((address & (block[i + 1] as number)) === block[i]) return false;
  return true;
}
