import { describe, expect, it } from "vitest";
import { createTestMachine } from "../../machine/testing/machine.ts";
import { jq } from "./jq.ts";

async function run(args: readonly string[], stdin = "") {
  const box = createTestMachine({ programs: [jq] });
  const result = await box.run((process) => jq.run(process), { argv: ["jq", ...args], stdin });
  expect(box.faults).toEqual([]);
  return result;
}

/** The values an expression gives without input, one a line. */
const values = async (expression: string): Promise<string> => (await run(["-nc", expression])).stdout;

describe("jq 1.6", () => {
  it.each([
    ["[(1,2)+(10,20)]", "[11,12,21,22]"],
    ["{a:(1,2),b:(3,4)}", '{"a":1,"b":3}\n{"a":1,"b":4}\n{"a":2,"b":3}\n{"a":2,"b":4}'],
    ["[1e17,1e15,1e-5,0.1+0.2,-0]", "[1e+17,1000000000000000,1e-05,0.30000000000000004,-0]"],
    ["[1,2,3,4]|.[]|=empty", "[2,4]"],
    ["[[1,2],[3]]|.[] as [$a,$b] ?// $a|[$a,$b]", "[1,2]\n[3,null]"],
    ["{a:{b:1}}*{a:{c:2}}", '{"a":{"b":1,"c":2}}'],
    ["[range(5)]|del(.[1:3]),del(.[]|select(.>2))", "[0,3,4]\n[0,1,2]"],
    ['"a-b c"|gsub("[- ]";"."),[scan("[a-z]")]', '"a.b.c"\n["a","b","c"]'],
    ['@base64 "\\("x")",@uri "\\("a b")",([1,"a\\"b"]|@csv)', '"eA=="\n"a%20b"\n"1,\\"a\\"\\"b\\""'],
    ["label $f|1,break $f,2", "1"],
    ["[limit(3;range(100))],first(range(5)),([foreach range(3) as $i (0;.+$i)])", "[0,1,2]\n0\n[0,1,3]"],
    ["{a:1,b:2}|with_entries(.value+=1)", '{"a":2,"b":3}'],
    ["[[1,2],[10]]|transpose,flatten,[paths]", "[[1,10],[2,null]]\n[1,2,10]\n[[0],[0,0],[0,1],[1],[1,0]]"],
    ["1425599507|todate,(todate|fromdate)", '"2015-03-05T23:51:47Z"\n1425599507'],
    ["def fac: if .<=1 then 1 else .*(.-1|fac) end; 10|fac", "3628800"],
    ["last(range(100000)),(0|until(.>50000;.+1))", "99999\n50001"],
    ["{a:1}|[tostream],fromstream(tostream)", '[[["a"],1],[["a"]]]\n{"a":1}'],
  ])("%s gives what the real program gives", async (expression, expected) => {
    expect(await values(expression)).toBe(`${expected}\n`);
  });

  it.each([
    ["1|.a", 5, 'jq: error (at <unknown>): Cannot index number with string "a"\n'],
    ["{}+1", 5, "jq: error (at <unknown>): object ({}) and number (1) cannot be added\n"],
    ["foo(1)", 3, "jq: error: foo/1 is not defined at <top-level>, line 1:\nfoo(1)\njq: 1 compile error\n"],
    ['"bye"|halt_error(3)', 3, "bye"],
    ["path(1)", 5, "jq: error (at <unknown>): Invalid path expression with result 1\n"],
  ])("%s is refused in the real program's words", async (expression, code, stderr) => {
    expect(await run(["-n", expression])).toEqual({ code, stdout: "", stderr });
  });

  it("tells of broken input where it breaks, after what came before", async () => {
    const result = await run(["-c", "."], '{"a":1}\n{"b" 2}\n');
    expect(result.stdout).toBe('{"a":1}\n');
    expect(result.stderr).toBe("parse error: Expected separator between values at line 2, column 7\n");
  });

  it("sets the exit status by the last output with -e", async () => {
    expect((await run(["-e", ".a"], '{"a":1}')).code).toBe(0);
    expect((await run(["-e", ".b"], '{"a":1}')).code).toBe(1);
    expect((await run(["-e", "empty"], '{"a":1}')).code).toBe(4);
  });

  it("takes arguments by name and place, and reads further inputs", async () => {
    expect(
      (await run(["-nc", "[$x,$y.a,$ARGS.positional]", "--arg", "x", "1", "--argjson", "y", '{"a":2}', "--args", "p"]))
        .stdout,
    ).toBe('["1",2,["p"]]\n');
    expect((await run(["-n", "reduce inputs as $x (0;.+$x)"], "1 2 3")).stdout).toBe("6\n");
    expect((await run(["-s", "map(.n)|add"], '{"n":1}\n{"n":2}\n')).stdout).toBe("3\n");
  });
});
