import { describe, expect, it } from "vitest";
import { cidrWarnings, formatAddress, isStrictSubset, parseAddress, parseCidr, validateCidr } from "./cidrs.ts";

const messages = (value: string, profile: string, known?: ReadonlySet<string>) =>
  validateCidr(value, "cidr", profile, known).map((error) => error.message);

describe("CIDRs", () => {
  it.each(["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/32", "::/0", "2001:db8::/32"])(
    "accept %s in every profile",
    (value) => {
      expect([messages(value, "v1.30"), messages(value, "v1.36")]).toEqual([[], []]);
      expect(cidrWarnings(value, "cidr", "v1.33")).toEqual([]);
    },
  );

  it("with host bits are accepted before v1.36 and refused since", () => {
    expect(messages("182.213.50.43/24", "v1.32")).toEqual([]);
    expect(messages("182.213.50.43/24", "v1.35")).toEqual([]);
    expect(messages("182.213.50.43/24", "v1.36")).toEqual([
      'Invalid value: "182.213.50.43/24": must not have bits set beyond the prefix length',
    ]);
  });

  it("with host bits are warned of from v1.33 on", () => {
    expect(cidrWarnings("192.168.1.5/24", "spec.cidr", "v1.32")).toEqual([]);
    expect(cidrWarnings("192.168.1.5/24", "spec.cidr", "v1.33")).toEqual([
      'spec.cidr: CIDR value "192.168.1.5/24" is ambiguous in this context (should be "192.168.1.0/24" or "192.168.1.5/32"?)',
    ]);
  });

  it("that are stored already are not checked again", () => {
    expect(messages("182.213.50.43/24", "v1.36", new Set(["182.213.50.43/24"]))).toEqual([]);
  });

  it.each(["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "300.0.0.0/8", "x/8", "10.0.0.0/-1", ":::/0"])(
    "refuse %s",
    (value) => {
      expect(parseCidr(value)).toBeUndefined();
    },
  );

  it("know their strict subsets", () => {
    const isInside = (inner: string, outer: string) => {
      const [left, right] = [parseCidr(inner), parseCidr(outer)];
      return left !== undefined && right !== undefined && isStrictSubset(left, right);
    };
    expect(isInside("10.1.0.0/16", "10.0.0.0/8")).toBe(true);
    expect(isInside("10.0.0.0/8", "10.0.0.0/8")).toBe(false);
    expect(isInside("11.0.0.0/16", "10.0.0.0/8")).toBe(false);
    expect(isInside("::/96", "0.0.0.0/0")).toBe(false);
  });
});

describe("addresses", () => {
  it.each([
    ["2001:0DB8:0:0::1", "2001:db8::1"],
    ["::", "::"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["::ffff:1.2.3.4", "::ffff:102:304"],
    ["010.0.0.1", "10.0.0.1"],
  ])("%s is %s", (given, canonical) => {
    const address = parseAddress(given);
    expect(address === undefined ? undefined : formatAddress(address)).toBe(canonical);
  });
});
