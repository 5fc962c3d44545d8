/** IP addresses and CIDRs, as apimachinery `pkg/util/validation/ip.go` checks them. */
import { type FieldErrors, invalid } from "./errors.ts";

export interface ParsedAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
  /** Written with leading zeros in an octet (`010.0.0.1`). */
  readonly hasLeadingZeros: boolean;
  /** `::ffff:1.2.3.4`. */
  readonly isMapped: boolean;
}

export interface ParsedCidr extends ParsedAddress {
  readonly prefixLength: number;
  readonly hasHostBits: boolean;
}

/** Minor version of a profile: `v1.36` → 36. Anything else counts as the newest. */
export function minorVersion(profile: string): number {
  const match = /^v?1\.(\d+)/.exec(profile);
  return match === null ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** From v1.36 on (gate StrictIPCIDRValidation) ambiguous addresses are refused; from v1.33 on they are warned of. */
export const STRICT_SINCE_MINOR = 36;
export const WARNS_SINCE_MINOR = 33;

const CIDR_MESSAGE = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
const IP_MESSAGE = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

export function parseAddress(source: string): ParsedAddress | undefined {
  return source.includes(":") ? parseIpv6(source) : parseIpv4(source);
}

function parseIpv4(source: string): ParsedAddress | undefined {
  const octets = source.split(".");
  if (octets.length !== 4 || !octets.every((octet) => /^\d{1,9}$/.test(octet) && Number(octet) <= 255))
    return undefined;
  const value = octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n);
  const hasLeadingZeros = octets.some((octet) => octet.length > 1 && octet.startsWith("0"));
  return { family: 4, value, hasLeadingZeros, isMapped: false };
}

function parseIpv6(source: string): ParsedAddress | undefined {
  const embedded = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(source);
  const tail = embedded === null ? undefined : parseIpv4(embedded[2] ?? "");
  if (embedded !== null && tail === undefined) return undefined;
  const plain =
    tail === undefined ? source : `${embedded?.[1]}${hex16(tail.value >> 16n)}:${hex16(tail.value & 0xffffn)}`;
  const groups = expandIpv6(plain);
  if (groups === undefined) return undefined;
  const value = groups.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
  return { family: 6, value, hasLeadingZeros: tail?.hasLeadingZeros ?? false, isMapped: value >> 32n === 0xffffn };
}

function hex16(value: bigint): string {
  return value.toString(16);
}

function expandIpv6(source: string): readonly string[] | undefined {
  const halves = source.split("::");
  if (halves.length > 2) return undefined;
  const [head = [], rest] = halves.map((half) => (half === "" ? [] : half.split(":")));
  const missing = 8 - head.length - (rest?.length ?? 0);
  if (rest === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = rest === undefined ? head : [...head, ...Array<string>(missing).fill("0"), ...rest];
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) ? groups : undefined;
}

export function parseCidr(source: string): ParsedCidr | undefined {
  const slash = source.indexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(source.slice(0, slash));
  const length = source.slice(slash + 1);
  if (address === undefined || !/^\d{1,3}$/.test(length)) return undefined;
  const bits = address.family === 4 ? 32 : 128;
  const prefixLength = Number(length);
  if (prefixLength > bits) return undefined;
  const hostBits = address.value & ((1n << BigInt(bits - prefixLength)) - 1n);
  return {
    ...address,
    hasLeadingZeros: address.hasLeadingZeros || (length.length > 1 && length.startsWith("0")),
    prefixLength,
    hasHostBits: hostBits !== 0n,
  };
}

/** `known` holds values of the stored object: what is already there is not checked again. */
export function validateCidr(
  value: string,
  path: string,
  profile: string,
  known: ReadonlySet<string> = new Set(),
): FieldErrors {
  if (known.has(value)) return [];
  const cidr = parseCidr(value);
  if (cidr === undefined) return [invalid(path, value, CIDR_MESSAGE)];
  if (minorVersion(profile) < STRICT_SINCE_MINOR) return [];
  const details = [
    ...(cidr.hasLeadingZeros ? ["must not have leading 0s in IP or prefix length"] : []),
    ...(cidr.isMapped ? ["must not have an IPv4-mapped IPv6 address"] : []),
    ...(cidr.hasHostBits ? ["must not have bits set beyond the prefix length"] : []),
  ];
  return details.map((detail) => invalid(path, value, detail));
}

/** The warnings of v1.33 and later; empty for canonical values and older profiles. */
export function cidrWarnings(value: string, path: string, profile: string): readonly string[] {
  const cidr = parseCidr(value);
  if (cidr === undefined || minorVersion(profile) < WARNS_SINCE_MINOR) return [];
  if (cidr.hasHostBits) {
    const [network, host] = [formatCidr(networkOf(cidr)), `${formatAddress(cidr)}/${cidr.family === 4 ? 32 : 128}`];
    return [
      `${path}: CIDR value ${quote(value)} is ambiguous in this context (should be ${quote(network)} or ${quote(host)}?)`,
    ];
  }
  const canonical = formatCidr(cidr);
  if (canonical === value) return [];
  if (cidr.family === 4 || cidr.isMapped) {
    const verdict =
      minorVersion(profile) < STRICT_SINCE_MINOR
        ? "will be considered invalid in a future Kubernetes release"
        : "is invalid";
    return [`${path}: non-standard CIDR value ${quote(value)} ${verdict}: use ${quote(canonical)}`];
  }
  return [`${path}: IPv6 CIDR value ${quote(value)} should be in RFC 5952 canonical format (${quote(canonical)})`];
}

export function validateAddress(value: string, path: string, profile: string): FieldErrors {
  const address = parseAddress(value);
  if (address === undefined) return [invalid(path, value, IP_MESSAGE)];
  if (minorVersion(profile) < STRICT_SINCE_MINOR) return [];
  const details = [
    ...(address.hasLeadingZeros ? ["must not have leading 0s"] : []),
    ...(address.isMapped ? ["must not be an IPv4-mapped IPv6 address"] : []),
  ];
  return details.map((detail) => invalid(path, value, detail));
}

/** Whether `inner` lies in `outer` and is smaller. */
export function isStrictSubset(inner: ParsedCidr, outer: ParsedCidr): boolean {
  return inner.family === outer.family && inner.prefixLength > outer.prefixLength && contains(outer, inner);
}

export function contains(cidr: ParsedCidr, address: ParsedAddress): boolean {
  if (cidr.family !== address.family) return false;
  const shift = BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefixLength);
  return cidr.value >> shift === address.value >> shift;
}

export function networkOf(cidr: ParsedCidr): ParsedCidr {
  const shift = BigInt((cidr.family === 4 ? 32 : 128) - cidr.prefixLength);
  return { ...cidr, value: (cidr.value >> shift) << shift, hasHostBits: false };
}

export function formatCidr(cidr: ParsedCidr): string {
  return `${formatAddress(cidr)}/${cidr.prefixLength}`;
}

/** Canonical text (RFC 5952 for IPv6). */
export function formatAddress({ family, value }: Pick<ParsedAddress, "family" | "value">): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, index) => ((value >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return compress(groups);
}

/** The longest run of two or more zero groups, the first of equals, becomes `::`. */
function compress(groups: readonly string[]): string {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === "0") length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.start < 0) return groups.join(":");
  return `${groups.slice(0, best.start).join(":")}::${groups.slice(best.start + best.length).join(":")}`;
}

function quote(value: string): string {
  return JSON.stringify(value);
}
