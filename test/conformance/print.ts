/** Runs every conformance suite and prints one line each; `--markdown` prints the table of docs/CONFORMANCE.md. */
import { SUITES } from "./index.ts";
import type { Suite } from "./suite.ts";

interface Result {
  readonly suite: Suite;
  readonly cases: number;
  readonly passed: number;
  readonly verdicts: number;
  readonly wrong: readonly string[];
}

function run(suite: Suite): Result {
  const cases = [...suite.run()];
  const wrong = cases.flatMap((one) => one.wrong.map((line) => `${suite.name} · ${one.name} · ${line}`));
  const passed = cases.filter((one) => one.wrong.length === 0).length;
  const verdicts = cases.reduce((sum, one) => sum + one.verdicts, 0);
  return { suite, cases: cases.length, passed, verdicts, wrong };
}

function print(results: readonly Result[], isMarkdown: boolean): void {
  const rows = results.map(({ suite, cases, passed, verdicts }) => [
    suite.name,
    String(cases),
    String(passed),
    verdicts.toLocaleString("en"),
    suite.source,
  ]);
  const table = [["suite", "cases", "passed", "verdicts", "version"], ...rows];
  if (isMarkdown) {
    for (const [i, row] of table.entries()) {
      console.log(`| ${row.join(" | ")} |`);
      if (i === 0) console.log("|---|---:|---:|---:|---|");
    }
    return;
  }
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  for (const row of table) {
    const cells = row.map((cell, i) =>
      i >= 1 && i <= 3 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
    );
    console.log(cells.join("  "));
  }
}

const results = SUITES.map(run);
print(results, process.argv.includes("--markdown"));
const wrong = results.flatMap((result) => result.wrong);
for (const line of wrong.slice(0, 50)) console.error(line);
if (wrong.length > 0) process.exitCode = 1;
