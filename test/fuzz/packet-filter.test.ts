/** The fast engine against the naive one, on random worlds and after random changes. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PolicyEngine } from "../../server/sim/net/filter/engine.ts";
import { protocolNumber, type ProtocolNumber } from "../../server/sim/net/policy/port-set.ts";
import { naiveAllows, type NaiveWorld } from "../naive-evaluator.ts";
import { endOf, engineOf } from "./engine-under-test.ts";
import { type Change, change, OUTSIDE, world as anyWorld } from "./random-world.ts";

const WORLDS = Number(process.env["FUZZ_WORLDS"] ?? 2000);
const PORTS = [
  [80, "TCP"],
  [53, "UDP"],
  [8080, "SCTP"],
  [2, "TCP"],
  [0, "ICMP"],
] as const;

/** The first verdicts on which the two differ, as sentences. */
function differences(world: NaiveWorld, engine: PolicyEngine): string[] {
  const found: string[] = [];
  const pods = world.pods.map((pod) => `${pod.namespace}/${pod.name}`);
  for (const isIpv6 of [false, true]) {
    const outside = OUTSIDE.filter((address) => address.includes(":") === isIpv6);
    const nodes = world.nodes.flatMap((node) => node.addresses.filter((address) => address.includes(":") === isIpv6));
    const ends = [...pods, ...outside, ...nodes];
    for (const [port, protocol] of PORTS) {
      for (const source of ends) {
        for (const destination of ends) {
          if (!pods.includes(source) && !pods.includes(destination)) continue;
          const [from, to] = [nameIn(world, source, isIpv6), nameIn(world, destination, isIpv6)];
          const expected = naiveAllows(world, from, to, port, protocol, isIpv6);
          const number = protocolNumber(protocol) as ProtocolNumber;
          const actual = engine.allows(endOf(engine, from), endOf(engine, to), number, port, isIpv6 ? 1 : 0);
          if (actual !== expected) found.push(`${from} -> ${to}:${port}/${protocol} ${actual}, not ${expected}`);
          if (found.length > 3) return found;
        }
      }
    }
  }
  return found;
}

/** hostNetwork pods are their node's address; which one depends on the packet's family. */
function nameIn(world: NaiveWorld, name: string, isIpv6: boolean): string {
  const pod = world.pods.find((one) => `${one.namespace}/${one.name}` === name);
  if (!pod?.hostNetwork) return name;
  return pod.addresses.find((address) => address.includes(":") === isIpv6) ?? name;
}

/** Tables must say the same as rules for every pair of pods that share no exemption. */
function staleTables(engine: PolicyEngine): string[] {
  const found: string[] = [];
  for (const [port, protocol] of PORTS) {
    const number = protocolNumber(protocol) as ProtocolNumber;
    const table = engine.table(number, port);
    for (const source of engine.podMembers.values()) {
      for (const destination of engine.podMembers.values()) {
        if (source === destination) continue;
        const byTable = table.allows(source.podClass.id, destination.podClass.id);
        const byRules = engine.allows(endOf(engine, source.id), endOf(engine, destination.id), number, port);
        if (byTable !== byRules) found.push(`${source.id} -> ${destination.id}:${port}/${protocol} table ${byTable}`);
      }
    }
  }
  return found;
}

function applyChange(world: NaiveWorld, engine: PolicyEngine, step: Change): NaiveWorld {
  if ("drop" in step) return applyDrop(world, engine, step);
  switch (step.set) {
    case "namespace":
      engine.setNamespace(step.value);
      return { ...world, namespaces: put(world.namespaces, step.value, (one) => one.name) };
    case "node":
      engine.setNode(step.value);
      return { ...world, nodes: put(world.nodes, step.value, (one) => one.name) };
    case "pod":
      engine.setPod(step.value);
      return { ...world, pods: put(world.pods, step.value, (one) => one.name) };
    case "policy":
      engine.setPolicy(step.value);
      return { ...world, policies: put(world.policies, step.value, policyId) };
    case "clusterPolicy":
      engine.setClusterPolicy(step.value);
      return { ...world, clusterPolicies: put(world.clusterPolicies, step.value, (one) => one.metadata.name) };
  }
}

function applyDrop(world: NaiveWorld, engine: PolicyEngine, step: Extract<Change, { drop: string }>): NaiveWorld {
  const { drop, index } = step;
  if (drop === "pod") {
    const gone = world.pods[index];
    if (gone) engine.deletePod(gone.namespace, gone.name);
    return { ...world, pods: world.pods.filter((one) => one !== gone) };
  }
  if (drop === "policy") {
    const gone = world.policies[index];
    if (gone) engine.deletePolicy(gone.metadata.namespace ?? "default", gone.metadata.name);
    return { ...world, policies: world.policies.filter((one) => one !== gone) };
  }
  const gone = world.clusterPolicies[index];
  if (gone) engine.deleteClusterPolicy(gone.metadata.name);
  return { ...world, clusterPolicies: world.clusterPolicies.filter((one) => one !== gone) };
}

function policyId({ metadata }: NaiveWorld["policies"][number]): string {
  return `${metadata.namespace ?? "default"}/${metadata.name}`;
}

function put<T>(list: readonly T[], value: T, key: (one: T) => string): T[] {
  return [...list.filter((one) => key(one) !== key(value)), value];
}

describe("the packet filter agrees with the naive evaluator", () => {
  test(`on ${WORLDS} random worlds`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        expect(differences(world, engineOf(world))).toEqual([]);
      }),
      { numRuns: WORLDS },
    );
  });

  test(`after each of several random changes, tables included, in ${WORLDS / 4} worlds`, { timeout: 3_600_000 }, () => {
    fc.assert(
      fc.property(anyWorld, fc.array(change, { minLength: 1, maxLength: 6 }), (start, changes) => {
        let world = start;
        const engine = engineOf(world);
        expect(staleTables(engine)).toEqual([]);
        for (const step of changes) {
          world = applyChange(world, engine, step);
          expect(staleTables(engine)).toEqual([]);
          expect(differences(world, engine)).toEqual([]);
        }
      }),
      { numRuns: Math.ceil(WORLDS / 4) },
    );
  });
});
