/** Text tools against what the tools of Debian 12 printed, case by case. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { processHost } from "../server/session/host.ts";
import { bootWorld, createBootImage } from "../server/sim/world.ts";
import type { World } from "../server/sim/world-types.ts";

interface Case {
  readonly id: string;
  readonly file: string;
  readonly name: string;
  readonly code: string;
  readonly stdout: string;
  readonly exit: number;
}

const path = resolve(import.meta.dirname, "fixtures", "tools", "tools.jsonl.gz");
const cases = gunzipSync(readFileSync(path))
  .toString("utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Case);

let world: World;
beforeAll(async () => {
  const host = processHost((error, context) => {
    throw new Error(`simulator fault in ${context}`, { cause: error });
  });
  world = bootWorld({ image: await createBootImage({}, host, "virtual"), host, clock: "virtual" });
});
afterAll(() => world.stop());

describe("text tools print what was recorded", () => {
  it.each(cases)("$id $name", async ({ id, code, stdout, exit }) => {
    const cwd = `/tmp/cases/${id.replace("#", "-")}`;
    const result = await world.runCommand(`mkdir -p ${cwd} && cd ${cwd}\n${code}`, {
      env: { LC_ALL: "C.UTF-8", TZ: "UTC" },
      stdin: "",
    });
    expect({ stdout: result.stdout, exit: result.exitCode }).toEqual({ stdout, exit });
  });
});
