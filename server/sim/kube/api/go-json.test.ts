import { describe, expect, it } from "vitest";
import { goJsonError, parseGoJson } from "./go-json.ts";

describe("JSON as Go reads it", () => {
  it.each([
    ["{bad", "invalid character 'b' looking for beginning of object key string"],
    ["", "unexpected end of JSON input"],
    ['{"a":1', "unexpected end of JSON input"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a":1 "b":2}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ['{"a":}', "invalid character '}' looking for beginning of value"],
    ["nul!", "invalid character '!' in literal null (expecting 'l')"],
    ['{"a":1}}', "invalid character '}' after top-level value"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ['{"a":"\n"}', "invalid character '\\n' in string literal"],
  ])("%j: %s", (text, message) => {
    expect(goJsonError(text)).toBe(message);
  });

  it("reports fields that stand twice, with their place", () => {
    const { value, duplicates } = parseGoJson('{"a":{"b":1,"b":[{"c":"}","c":2}]},"a":3}');
    expect(value).toEqual({ a: 3 });
    expect(duplicates).toEqual(['duplicate field "a.b"', 'duplicate field "a.b[0].c"', 'duplicate field "a"']);
  });
});
