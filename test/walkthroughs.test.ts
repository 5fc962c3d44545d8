/** The walk-throughs as scripts through `netpol-lab run`, from manifests of their own. */
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../server/cli/run.ts";

const folder = resolve(import.meta.dirname, "walkthroughs");
const names = readdirSync(folder)
  .filter((name) => name.endsWith(".sh"))
  .map((name) => name.replace(".sh", ""));

describe("netpol-lab run", () => {
  it.each(names)("plays %s as a script", { timeout: 60_000 }, async (name) => {
    let said = "";
    const hear = (text: string | Uint8Array): void => {
      said += typeof text === "string" ? text : Buffer.from(text).toString("utf8");
    };
    const status = await run(join(folder, `${name}.sh`), [], {}, { write: hear, writeError: hear });
    expect(said).toBe(readFileSync(join(folder, `${name}.out`), "utf8"));
    expect(status).toBe(0);
  });
});
