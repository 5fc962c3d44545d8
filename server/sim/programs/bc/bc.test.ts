import { expect, it } from "vitest";
import { createTestMachine } from "../../machine/testing/machine.ts";
import { bc } from "./bc.ts";

it.each([
  ["1+2*3\n(1+2)*3\n2^10\n7/2\n-7%3\n", "7\n9\n1024\n3\n-1\n"],
  ["scale=2; 7/3\n1/3\n10/4\nscale=4\nsqrt(2)\n3.14159*2\n", "2.33\n.33\n2.50\n1.4142\n6.28318\n"],
  ["x=5\nx*x\nx+=2\nx\nx++\nx\n", "25\n7\n7\n8\n"],
  ["for(i=0;i<3;i++) i\nwhile(i>0){i=i-1}\ni\nif (1==1) 4 else 5\n", "0\n1\n2\n0\n4\n"],
  ["obase=2\n5\n.5\nobase=16\n255\n-10\nobase=10\nibase=16\nFF\nA.8\n", "101\n.1000\nFF\n-A\n255\n10.5\n"],
  ["1<2\n2<=1\n1==1\nquit\n9\n", "1\n0\n1\n"],
])("%j gives what bc gives", async (stdin, stdout) => {
  const box = createTestMachine({ programs: [bc] });
  expect(await box.run((process) => bc.run(process), { argv: ["bc"], stdin })).toEqual({ code: 0, stdout, stderr: "" });
  expect(box.faults).toEqual([]);
});
