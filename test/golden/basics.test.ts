/** kubectl in a whole world against recordings of the real one. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { KNOWN_DIFFERENCES } from "./known-differences.ts";
import { readTranscript, replay } from "./replay.ts";

/** Fixture and the share of its steps that must come out as recorded. */
const REQUIRED: Readonly<Record<string, number>> = {
  "basics-tutorial": 1,
  "basics-labels": 1,
  "basics-get": 0.8,
  "basics-describe": 0.8,
  "basics-jsonpath_columns": 0.9,
  "netpol-describe": 0.95,
  "netpol-validation": 0.95,
  "errors-manifests": 0.95,
  "delete-delete": 0.85,
  "apply-subtleties": 0.9,
  "patch-patch_edit_wait": 0.9,
  "imperative-create_dryrun": 0.95,
  "shell-pipelines": 0.9,
  "shell-interactive": 0.75,
  "imperative-run_expose_scale": 0.88,
  "config-config": 0.95,
  "help-help": 0.98,
  "discovery-explain_api": 0.98,
  "rbac-auth": 0.9,
  "nodes-nodes": 0.9,
};

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/golden/${name}.json.gz`, import.meta.url));

describe("kubectl answers as recorded", () => {
  for (const [name, share] of Object.entries(REQUIRED)) {
    test(`${name} replays at least ${Math.round(share * 100)} % of its steps`, async () => {
      const score = await replay(readTranscript(fixture(name)));
      const known = KNOWN_DIFFERENCES[name] ?? {};
      const unexpected = score.failures.filter(({ index }) => known[index] === undefined);
      const report = unexpected.map(({ index, cmd, explanation }) => `#${index} $ ${cmd}\n${explanation}`).join("\n");
      console.log(`${name}: ${score.passed} of ${score.scored}${report === "" ? "" : `\n${report}`}`);
      const stale = Object.keys(known).filter((step) => !score.failures.some(({ index }) => index === Number(step)));
      expect(stale, "steps listed as different that come out as recorded").toEqual([]);
      expect(score.scored).toBeGreaterThan(0);
      expect(score.passed / score.scored, report).toBeGreaterThanOrEqual(share);
    });
  }
});
