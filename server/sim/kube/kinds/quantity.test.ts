import { describe, expect, it } from "vitest";
import {
  addQuantities,
  canonicalQuantity,
  parseQuantity,
  QUANTITY_SUFFIX_ERROR,
  QUANTITY_SYNTAX_ERROR,
} from "./quantity.ts";

describe("quantities", () => {
  it.each([
    ["0.5", "500m"],
    ["1000m", "1"],
    [2, "2"],
    [0.1, "100m"],
    ["1500", "1500"],
    ["1000", "1k"],
    ["1024Mi", "1Gi"],
    ["1.5Gi", "1536Mi"],
    ["0.5Ki", "512"],
    ["128974848", "128974848"],
    ["129e6", "129e6"],
    ["129M", "129M"],
    ["0", "0"],
    ["-1", "-1"],
    ["+1", "1"],
    [".5", "500m"],
    ["1u", "1u"],
    ["0.0000000001", "1n"],
    ["1Ei", "1Ei"],
  ])("writes %s as %s", (given, canonical) => {
    expect(canonicalQuantity(given)).toBe(canonical);
  });

  it.each([
    ["lots", QUANTITY_SYNTAX_ERROR],
    ["", QUANTITY_SYNTAX_ERROR],
    ["1 Gi", QUANTITY_SYNTAX_ERROR],
    ["1GB", QUANTITY_SYNTAX_ERROR],
    ["1KK", QUANTITY_SUFFIX_ERROR],
    ["1K", QUANTITY_SUFFIX_ERROR],
  ])("refuses %j as the decoder does", (given, message) => {
    expect(parseQuantity(given)).toBe(message);
  });

  it("adds in the format of the first quantity that is not zero", () => {
    expect(addQuantities(["0", "64Mi", "1Gi"])).toBe("1088Mi");
    expect(addQuantities(["250m", "1"])).toBe("1250m");
    expect(addQuantities([])).toBe("0");
  });
});
