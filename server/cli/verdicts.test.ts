import { execFileSync } from "node:child_process";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { naiveAllows, type NaiveWorld } from "../../test/naive-evaluator.ts";
import { engineOfCluster, type PolicyScenario } from "../sim/net/scenario/scenario.ts";
import { runVerdicts } from "./verdicts.ts";
import { createHash } from "node:crypto";

const GENERATOR = fileURLToPath(new URL("../../test/fixtures/netpol/gen.mjs", import.meta.url));

function generated(...args: string[]): string {
  return execFileSync(process.execPath, [GENERATOR, ...args]).toString("utf8");
}

async function run(args: readonly string[], files: Readonly<Record<string, string | Uint8Array>>) {
  let stdout = "";
  let stderr = "";
  const exit = await runVerdicts(args, {
    readFile: (path) => {
      const content = files[path];
      if (content === undefined) throw new Error(`${path}: no such file`);
      return typeof content === "string" ? new TextEncoder().encode(content) : content;
    },
    write: (text) => {
      stdout += text;
    },
    writeError: (text) => {
      stderr += text;
    },
  });
  return { exit, stdout, stderr };
}

const SMALL: PolicyScenario = {
  format: "netpol-scenario/1",
  name: "small",
  cluster: {
    namespaces: [{ name: "x", labels: { "kubernetes.io/metadata.name": "x" } }],
    pods: ["a", "b", "c"].map((name, i) => ({
      ns: "x",
      name,
      ip: `10.0.0.${i + 1}`,
      node: "n1",
      nodeIP: "172.18.0.2",
      labels: { app: name },
    })),
    policies: [
      {
        metadata: { name: "p", namespace: "x" },
        spec: {
          podSelector: { matchLabels: { app: "a" } },
          ingress: [{ from: [{ podSelector: { matchLabels: { app: "b" } } }] }],
        },
      },
    ],
  },
  queries: {
    list: [
      ["x/b", "x/a", 80, "TCP"],
      ["x/c", "x/a", 80, "TCP"],
      ["8.8.8.8", "x/b", 80, "UDP"],
    ],
  },
  matrix: { ports: [{ port: 80, protocol: "TCP" }] },
};

function sha256(...bytes: number[]): string {
  return createHash("sha256").update(Uint8Array.from(bytes)).digest("hex");
}

describe("netpol-lab verdicts", () => {
  test("prints hashes of verdicts and matrix rows, most significant bit first", async () => {
    const { exit, stdout } = await run(["small.json"], { "small.json": JSON.stringify(SMALL) });
    const report = JSON.parse(stdout) as Record<string, unknown>;
    expect(exit).toBe(0);
    expect(report).toMatchObject({ scenario: "small", pods: 3, policies: 1, queries: 3, allowed: 2, denied: 1 });
    expect(report["hash"]).toBe(sha256(0b10100000));
    expect(report["matrix"]).toMatchObject({ rows: 3, totalRows: 3, rowStep: 1, ports: 1, verdicts: 9, allowed: 8 });
    expect(report["matrix"]).toMatchObject({ hash: sha256(0b11100000, 0b11100000, 0b01100000) });
    const every = await run(["--rowstep", "2", "small.json"], { "small.json": JSON.stringify(SMALL) });
    expect(JSON.parse(every.stdout)).toMatchObject({ matrix: { rows: 2, hash: sha256(0b11100000, 0b01100000) } });
  });

  test("prints the verdicts of many cases, one line each, gzipped or not", async () => {
    const line = JSON.stringify({ ...SMALL, id: "one" });
    const plain = await run(["--cases", "c.jsonl"], { "c.jsonl": `${line}\n\n${line}\n` });
    expect(plain.stdout).toBe('{"id":"one","verdicts":"101"}\n{"id":"one","verdicts":"101"}\n');
    const packed = await run(["--cases", "c.jsonl.gz"], { "c.jsonl.gz": gzipSync(line) });
    expect(packed.stdout).toBe('{"id":"one","verdicts":"101"}\n');
  });

  test.each(["agree", "full"])(
    "gives generated queries of profile %s the naive evaluator's verdicts",
    async (profile) => {
      const text = generated("--size", "60x40", "--profile", profile, "--queries", "400");
      const scenario = JSON.parse(text) as PolicyScenario;
      const { stdout } = await run(["s.json", "--update"], { "s.json": text });
      const world: NaiveWorld = { ...engineOfCluster(scenario.cluster).state() };
      const {
        seed = 0,
        count = 0,
        ports = [],
        externals = [],
        extDstPct = 0,
        extSrcPct = 0,
      } = scenario.queries?.generate ?? {};
      let x = seed;
      const draw = () => {
        x ^= x << 13;
        x ^= x >>> 17;
        x ^= x << 5;
        x >>>= 0;
        return x;
      };
      const { pods } = scenario.cluster;
      const bytes = new Uint8Array(Math.ceil(count / 8));
      for (let i = 0; i < count; i++) {
        const [a, b, c, d] = [draw(), draw(), draw(), draw()];
        const at = (index: number) => `${pods[index % pods.length]?.ns}/${pods[index % pods.length]?.name}`;
        let source = at(a);
        let destination = at(b) === source ? at((b % pods.length) + 1) : at(b);
        const external = externals[Math.floor(d / 100) % externals.length] ?? "";
        if (d % 100 < extDstPct) destination = external;
        else if (d % 100 < extDstPct + extSrcPct) source = external;
        const { port = 0, protocol = "" } = ports[c % ports.length] ?? {};
        if (naiveAllows(world, source, destination, port, protocol))
          bytes[i >>> 3] = (bytes[i >>> 3] ?? 0) | (0x80 >>> (i & 7));
      }
      const report = JSON.parse(stdout) as Record<string, unknown>;
      expect(report["hash"]).toBe(createHash("sha256").update(bytes).digest("hex"));
      expect(Object.keys(report)).toEqual(
        expect.arrayContaining(["buildMs", "nsPerVerdict", "queryCpuMs", "peakRssMB", "relabelMs", "policyChangeMs"]),
      );
    },
  );

  test.each([
    [["missing.json"], "missing.json: no such file"],
    [["bad.json"], "bad.json is no JSON"],
    [["other.json"], "other.json is not in the format netpol-scenario/1"],
    [["empty.json"], "empty.json has no list cluster.namespaces"],
    [[], "usage: netpol-lab verdicts FILE"],
    [["small.json", "--fast"], "unknown argument --fast"],
    [["small.json", "--rowstep", "x"], "--rowstep wants a whole number from 1"],
  ])("answers %j with one line and exit 1", async (args, message) => {
    const files = {
      "bad.json": "{",
      "other.json": "{}",
      "empty.json": '{"format":"netpol-scenario/1"}',
      "small.json": JSON.stringify(SMALL),
    };
    const { exit, stdout, stderr } = await run(args, files);
    expect([exit, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
  });
});
