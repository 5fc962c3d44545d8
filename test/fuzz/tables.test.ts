/** Everything derived from verdicts against the naive evaluator: explanations, matrices, comparisons. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compareReachability } from "../../server/sim/net/reach/comparison.ts";
import { type Explanation, explain } from "../../server/sim/net/explain/explanation.ts";
import { PodMatrix } from "../../server/sim/net/reach/pod-matrix.ts";
import { protocolNumber, type ProtocolNumber } from "../../server/sim/net/policy/port-set.ts";
import { reachabilityOf } from "../../server/sim/net/reach/reachability.ts";
import { naiveAllows, type NaiveWorld } from "../naive-evaluator.ts";
import { endOf, engineOf, podNames, stateOf } from "./engine-under-test.ts";
import { clusterPolicy, networkPolicy, OUTSIDE, world as anyWorld } from "./random-world.ts";

const WORLDS = Math.ceil(Number(process.env["FUZZ_WORLDS"] ?? 2000) / 4);
const PORTS = [
  [80, "TCP"],
  [53, "UDP"],
  [0, "ICMP"],
] as const;

/** What an explanation contradicts: its own rules, or the naive verdict. */
function contradictions(explanation: Explanation, expected: boolean): string[] {
  const { egress, ingress, isAllowed } = explanation;
  const found = isAllowed === expected ? [] : [`explained as ${isAllowed}, not ${expected}`];
  for (const { decision, policies, direction } of [egress, ingress]) {
    const { decidedBy, exempt, isIsolated } = decision;
    if (policies.map((policy) => policy.policy).join() !== decision.selectedBy.join())
      found.push(`${direction}: policies`);
    const rules = policies.flatMap((policy) => policy.rules.map((rule) => ({ ...rule, ...policy })));
    for (const rule of rules) if (rule.matches !== (rule.failure === null)) found.push(`${direction}: ${rule.path}`);
    const decisive = rules.find(
      (rule) => rule.matches && (rule.tier === "NetworkPolicy" ? isIsolated : rule.action !== "Pass"),
    );
    if (exempt === undefined && decidedBy === undefined && decisive?.tier === "NetworkPolicy") {
      found.push(`${direction}: ${decisive.policy} matches and did not decide`);
    }
    if (decidedBy !== undefined) {
      const named = rules.find((rule) => rule.policy === decidedBy.policy && rule.index === decidedBy.rule);
      if (named?.matches !== true || !named.isTried)
        found.push(`${direction}: ${decidedBy.policy} decided without a match`);
    }
  }
  return found;
}

function ends(world: NaiveWorld): string[] {
  return [...podNames(world), ...OUTSIDE.filter((address) => !address.includes(":"))];
}

describe("what is derived from verdicts agrees with the naive evaluator", () => {
  test(`explanations, in ${WORLDS} worlds`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const engine = engineOf(world);
        const found: string[] = [];
        for (const [port, protocol] of PORTS) {
          for (const source of ends(world)) {
            for (const destination of ends(world)) {
              // A pod's way to itself needs no explanation.
              if (source === destination) continue;
              const number = protocolNumber(protocol) as ProtocolNumber;
              const packet = { source: endOf(engine, source), destination: endOf(engine, destination) };
              const explanation = explain(engine, { ...packet, protocol: number, port, family: 0 });
              const expected = naiveAllows(world, source, destination, port, protocol);
              found.push(...contradictions(explanation, expected).map((one) => `${source} ${destination}: ${one}`));
            }
          }
        }
        expect(found).toEqual([]);
      }),
      { numRuns: WORLDS },
    );
  });

  test(`full matrices, packed and listed, in ${WORLDS} worlds`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const engine = engineOf(world);
        const names = podNames(world);
        const ports = PORTS.map(([port, protocol]) => ({ port, protocol: protocolNumber(protocol) as ProtocolNumber }));
        const matrix = new PodMatrix(
          engine,
          names.map((name) => endOf(engine, name)),
          ports,
        );
        const listed = reachabilityOf(
          engine,
          PORTS.map(([port, protocol]) => ({ port, protocol })),
        );
        const wrong: string[] = [];
        for (const [i, source] of names.entries()) {
          const { bytes, allowed } = matrix.row(i);
          let count = 0;
          for (const [k, [port, protocol]] of PORTS.entries()) {
            for (const [j, destination] of names.entries()) {
              const position = k * names.length + j;
              const packed = (((bytes[position >>> 3] ?? 0) >>> (7 - (position & 7))) & 1) === 1;
              const expected = naiveAllows(world, source, destination, port, protocol);
              const indexOf = (name: string) => listed.pods.findIndex((pod) => pod.id === name);
              const isListed = listed.allows(indexOf(source), indexOf(destination), k);
              if (packed !== expected || isListed !== expected)
                wrong.push(`${source} ${destination} ${port}/${protocol}`);
              if (packed) count++;
            }
          }
          if (count !== allowed) wrong.push(`${source}: ${allowed} counted, ${count} set`);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: WORLDS },
    );
  });

  test(`comparisons, in ${WORLDS} pairs of worlds`, { timeout: 3_600_000 }, () => {
    const changed = fc.record({
      policies: fc.uniqueArray(networkPolicy, {
        selector: ({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`,
        maxLength: 3,
      }),
      clusterPolicies: fc.uniqueArray(clusterPolicy, { selector: ({ metadata }) => metadata.name, maxLength: 1 }),
    });
    fc.assert(
      fc.property(anyWorld, fc.option(changed), (world, change) => {
        const other = change === null ? world : { ...world, ...change };
        const options = { probes: "none", limit: 100_000 } as const;
        const comparison = compareReachability(stateOf(world), stateOf(other), options);
        const wrong = comparison.equal ? [] : comparison.wrong;
        const names = podNames(world);
        const problems: string[] = [];
        // Each wrong flow is one, and where one of the tried ports differs some wrong flow is given.
        for (const { source, destination, port, protocol, actual, intended } of wrong) {
          const isIpv6 = [source, destination].some((end) => end.includes(":"));
          const families = isIpv6 ? [true] : [false, true];
          const isReal = families.some(
            (family) =>
              naiveAllows(world, source, destination, port, protocol, family) === actual &&
              naiveAllows(other, source, destination, port, protocol, family) === intended,
          );
          if (!isReal) problems.push(`${source} ${destination} ${port}/${protocol} is no difference`);
        }
        for (const [port, protocol] of PORTS) {
          for (const source of names) {
            for (const destination of names) {
              const isWrong =
                naiveAllows(world, source, destination, port, protocol) !==
                naiveAllows(other, source, destination, port, protocol);
              if (isWrong && comparison.equal) problems.push(`${source} ${destination} ${port}/${protocol} was missed`);
            }
          }
        }
        expect(problems).toEqual([]);
      }),
      { numRuns: WORLDS },
    );
  });
});
