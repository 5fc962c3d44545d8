import { describe, expect, test } from "vitest";
import {
  blockContains,
  canonicalAddress,
  cidrBounds,
  cidrContains,
  formatAddress,
  formatCidr,
  isLoopback,
  neighbourAddress,
  parseAddress,
  parseAddressBlock,
  parseCidr,
} from "./address.ts";

describe("addresses", () => {
  test.each([
    ["10.244.1.5", "10.244.1.5"],
    ["010.001.0.5", "10.1.0.5"],
    ["255.255.255.255", "255.255.255.255"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::", "::"],
    ["::1", "::1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ])("%s is spelled %s", (text, canonical) => {
    expect(canonicalAddress(text)).toBe(canonical);
  });

  test.each([
    "",
    "1.2.3",
    "1.2.3.4.5",
    "256.1.1.1",
    "1..2.3",
    "1.2.3.4 ",
    "a.b.c.d",
    "1::2::3",
    ":::",
    "1:2",
    "12345::",
    "::1.2.3",
  ])("%j is no address", (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  test("a CIDR is masked to its network, and mapped IPv6 is IPv4", () => {
    const shown = ["182.213.50.43/24", "0.0.0.0/0", "2001:db8::ff/33", "::ffff:10.1.2.3/104"].map((text) => {
      const cidr = parseCidr(text);
      return cidr === null ? null : formatCidr(cidr);
    });
    expect(shown).toEqual(["182.213.50.0/24", "0.0.0.0/0", "2001:db8::/33", "10.0.0.0/8"]);
  });

  test.each(["10.0.0.1", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::/129", "x/8"])("%j is no CIDR", (text) => {
    expect(parseCidr(text)).toBeNull();
  });

  test.each([
    ["10.0.0.0/31", "10.0.0.1", true],
    ["10.0.0.0/31", "10.0.0.2", false],
    ["128.0.0.0/1", "255.0.0.1", true],
    ["0.0.0.0/0", "::1", false],
    ["2001:db8::/65", "2001:db8:0:0:7fff::1", true],
    ["2001:db8::/65", "2001:db8:0:0:8000::1", false],
  ])("%s holds %s: %s", (cidr, address, expected) => {
    const [prefix, parsed] = [parseCidr(cidr), parseAddress(address)];
    expect(prefix !== null && parsed !== null && cidrContains(prefix, parsed)).toBe(expected);
    expect(parsed !== null && blockContains(parseAddressBlock(cidr, null), parsed)).toBe(expected);
  });

  test("bounds and neighbours cross word borders", () => {
    const bounds = cidrBounds(parseCidr("2001:db8::/120") ?? { family: 6, words: [], masks: [], prefixLength: 0 });
    expect(bounds.map(formatAddress)).toEqual(["2001:db8::", "2001:db8::ff"]);
    const next = (text: string, offset: 1 | -1) => {
      const address = neighbourAddress(parseAddress(text) ?? { family: 4, words: [0] }, offset);
      return address === null ? null : formatAddress(address);
    };
    expect([next("10.0.0.255", 1), next("::1:ffff:ffff", 1), next("255.255.255.255", 1), next("::", -1)]).toEqual([
      "10.0.1.0",
      "::2:0:0",
      null,
      null,
    ]);
  });

  test("loopback is 127/8, ::1 and the unspecified addresses", () => {
    const answers = ["127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "128.0.0.1", "::2"].map((text) =>
      isLoopback(parseAddress(text) ?? { family: 4, words: [1] }),
    );
    expect(answers).toEqual([true, true, true, true, true, false, false]);
  });
});
