/** What lint claims, tried with the naive evaluator: flows that prove, rules and policies that change nothing. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Finding, lint, withProbes } from "../../server/sim/net/index.ts";
import type { NetworkPolicy } from "../../server/sim/net/types.ts";
import { naiveAllows, type NaiveWorld } from "../naive-evaluator.ts";
import { stateOf } from "./engine-under-test.ts";
import { OUTSIDE, world as anyWorld } from "./random-world.ts";

// Each claim is tried over everybody who could come, which is slow with plain means.
const WORLDS = Math.max(50, Math.ceil(Number(process.env["FUZZ_WORLDS"] ?? 2000) / 400));
const PORTS = [
  [80, "TCP"],
  [8080, "TCP"],
  [53, "UDP"],
] as const;

/** What it writes is kept apart from the defaults that follow from other fields. */
function withTypes({ spec, ...policy }: NetworkPolicy): NetworkPolicy {
  const hasEgress = (spec?.egress ?? []).length > 0;
  const policyTypes = spec?.policyTypes?.length ? spec.policyTypes : hasEgress ? ["Ingress", "Egress"] : ["Ingress"];
  return { ...policy, spec: { ...spec, policyTypes } };
}

const idOf = ({ metadata }: { readonly metadata: { readonly namespace?: string; readonly name: string } }) =>
  `${metadata.namespace ?? "default"}/${metadata.name}`;

function withoutRule<T>(rules: readonly T[] | null | undefined, index: number): readonly T[] {
  return (rules ?? []).filter((_, i) => i !== index);
}

/** The world without what a finding calls useless; null for findings of another kind. */
function without(world: NaiveWorld, { id, path, policy: wanted }: Finding): NaiveWorld | null {
  const isWhole = id === "policy-changes-nothing" || id === "selects-no-pod";
  const [, direction, index] = /^spec\.(ingress|egress)\[(\d+)\]$/.exec(path) ?? [];
  const isRule = id === "rule-is-shadowed" || id === "rule-changes-nothing";
  if (!isWhole && !(isRule && direction !== undefined)) return null;
  const field = direction === "egress" ? "egress" : "ingress";
  return {
    ...world,
    policies: world.policies.flatMap((policy) => {
      if (idOf(policy) !== wanted) return [policy];
      const typed = withTypes(policy);
      return isWhole
        ? []
        : [{ ...typed, spec: { ...typed.spec, [field]: withoutRule(typed.spec?.[field], Number(index)) } }];
    }),
    clusterPolicies: world.clusterPolicies.flatMap((policy) => {
      if (policy.metadata.name !== wanted) return [policy];
      return isWhole
        ? []
        : [{ ...policy, spec: { ...policy.spec, [field]: withoutRule(policy.spec[field], Number(index)) } }];
    }),
  };
}

/** The first flow that differs between two worlds of the same pods. */
function difference(left: NaiveWorld, right: NaiveWorld): string | null {
  const ends = [
    ...left.pods.filter((pod) => !pod.isFinished && !pod.hostNetwork).map((pod) => `${pod.namespace}/${pod.name}`),
    ...OUTSIDE.filter((address) => !address.includes(":")),
  ];
  for (const [port, protocol] of PORTS) {
    for (const source of ends) {
      for (const destination of ends) {
        const [before, after] = [left, right].map((world) => naiveAllows(world, source, destination, port, protocol));
        if (before !== after) return `${source} -> ${destination}:${port}/${protocol}`;
      }
    }
  }
  return null;
}

describe("lint claims nothing that the naive evaluator denies", () => {
  test(`in ${WORLDS} worlds`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const state = stateOf(world);
        const [present, imagined] = (["plain", "selectors"] as const).map((depth): NaiveWorld => {
          const { namespaces, pods } = withProbes(state, depth);
          return { ...world, namespaces, pods };
        }) as [NaiveWorld, NaiveWorld];
        const wrong: string[] = [];
        for (const finding of lint(state)) {
          const { flow, id, path, policy } = finding;
          const name = `${id} ${policy} ${path}`;
          if (flow !== undefined) {
            const { source, destination, port, protocol, actual } = flow;
            const isIpv6 = [source, destination].some((end) => end.includes("::"));
            const isOpen = naiveAllows(present, source, destination, port, protocol, isIpv6);
            if (isOpen !== actual) wrong.push(`${name}: ${source} -> ${destination}:${port}/${protocol} is ${isOpen}`);
          }
          // What is unused may come into use; what is shadowed may not.
          const universe = id === "selects-no-pod" ? world : id === "rule-changes-nothing" ? present : imagined;
          const rest = without(universe, finding);
          const found = rest === null ? null : difference(universe, rest);
          if (found !== null) wrong.push(`${name}: ${found}`);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: WORLDS },
    );
  });
});
