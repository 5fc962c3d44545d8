import { expect, test } from "vitest";
import { addBit, hasBit, newBits, transposeBits } from "./bits.ts";

test("the transpose of a bit matrix has row and column exchanged", () => {
  const rows = Array.from({ length: 70 }, () => newBits(2));
  const isSet = (i: number, j: number) => (i * 7 + j * 13) % 5 === 0;
  for (const [i, row] of rows.entries()) for (let j = 0; j < 64; j++) if (isSet(i, j)) addBit(row, j);
  const columns = transposeBits(rows, 2);
  const wrong: string[] = [];
  for (let j = 0; j < 64; j++) {
    for (let i = 0; i < 70; i++) if (hasBit(columns[j] ?? newBits(3), i) !== isSet(i, j)) wrong.push(`${i},${j}`);
  }
  expect([columns.length, wrong]).toEqual([64, []]);
});
