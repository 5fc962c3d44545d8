/**
 * Which rules and policies could go without any side letting another packet pass. NetworkPolicy rules
 * are a union; of ClusterNetworkPolicy rules the first that matches decides, so there earlier ones count.
 */
import type { Bits } from "../filter/bits.ts";
import type { PolicyEngine } from "../filter/engine.ts";
import type { PodClass } from "../filter/pod-class.ts";
import type { Direction } from "../policy/policy.ts";
import type { PortMatcher } from "../filter/port-matcher.ts";
import type { ProtocolNumber } from "../policy/port-set.ts";
import type { InstalledPolicy, InstalledRule } from "../filter/side.ts";

export interface RuleWorth {
  readonly direction: Direction;
  readonly index: number;
  /** `shadowed`: other rules (of a tier: earlier ones) match all that it matches. `idle`: it matches nobody. */
  readonly worth: "needed" | "shadowed" | "idle";
}

export interface PolicyWorth {
  /** No pod of any kind is selected. */
  readonly isIdle: boolean;
  /** Other policies isolate the same pods and allow all that this one allows. */
  readonly isShadowed: boolean;
  readonly rules: readonly RuleWorth[];
}

const DIRECTIONS: readonly Direction[] = ["ingress", "egress"];

type ProbedPort = { readonly protocol: ProtocolNumber; readonly port: number };

/** Looks at the classes and ports given to the engine; `ports` must hold one of each interval rules name. */
export function worthOf(engine: PolicyEngine, installed: InstalledPolicy, ports: readonly ProbedPort[]): PolicyWorth {
  const world = {
    live: liveClasses(engine),
    matchers: ports.map(({ protocol, port }) => engine.matcher(protocol, port)),
  };
  const selected = engine.classesSelectedBy(installed);
  const worth = installed.policy.tier === "NetworkPolicy" ? worthInUnion : worthInTier;
  return { isIdle: selected.length === 0, ...worth(world, installed, selected) };
}

interface ProbedWorld {
  readonly live: Bits;
  readonly matchers: readonly PortMatcher[];
}

function worthInUnion(
  world: ProbedWorld,
  installed: InstalledPolicy,
  selected: readonly PodClass[],
): Pick<PolicyWorth, "isShadowed" | "rules"> {
  const rules: RuleWorth[] = [];
  let isShadowed = selected.length > 0;
  for (const direction of DIRECTIONS) {
    const isolates = direction === "ingress" ? installed.policy.isolatesIngress : installed.policy.isolatesEgress;
    if (!isolates) continue;
    const othersOf = (podClass: PodClass) =>
      (podClass[direction]?.policies ?? []).filter((one) => one !== installed && one.policy.tier === "NetworkPolicy");
    isShadowed &&= selected.every((podClass) => othersOf(podClass).length > 0);
    for (const rule of installed[direction]) {
      const own = installed[direction].filter((one) => one !== rule);
      const verdicts = selected.map((podClass) => {
        const question = { ...world, podClass, direction, rule };
        const foreign = othersOf(podClass).flatMap((one) => one[direction]);
        return { ...compareRule(question, [...own, ...foreign]), byOthers: compareRule(question, foreign) };
      });
      isShadowed &&= verdicts.every(({ byOthers }) => !byOthers.isNeeded);
      rules.push({ direction, index: rule.index, worth: worthBy(verdicts) });
    }
  }
  return { isShadowed, rules };
}

function worthInTier(
  world: ProbedWorld,
  installed: InstalledPolicy,
  selected: readonly PodClass[],
): Pick<PolicyWorth, "isShadowed" | "rules"> {
  const rules = DIRECTIONS.flatMap((direction) =>
    installed[direction].map((rule): RuleWorth => {
      const verdicts = selected.map((podClass) => {
        const inOrder = podClass[direction]?.rulesOf(installed.policy.tier) ?? [];
        return compareRule({ ...world, podClass, direction, rule }, inOrder.slice(0, inOrder.indexOf(rule)));
      });
      return { direction, index: rule.index, worth: worthBy(verdicts) };
    }),
  );
  return { isShadowed: false, rules };
}

function worthBy(verdicts: readonly RuleVerdict[]): RuleWorth["worth"] {
  if (verdicts.some(({ isNeeded }) => isNeeded)) return "needed";
  return verdicts.every(({ isIdle }) => isIdle) ? "idle" : "shadowed";
}

interface RuleVerdict {
  readonly isNeeded: boolean;
  readonly isIdle: boolean;
}

interface RuleQuestion extends ProbedWorld {
  readonly podClass: PodClass;
  readonly direction: Direction;
  readonly rule: InstalledRule;
}

/** Whether a rule matches somebody whom the others do not, and whether it matches anybody. */
function compareRule(
  { podClass, direction, matchers, live, rule }: RuleQuestion,
  others: readonly InstalledRule[],
): RuleVerdict {
  let isIdle = true;
  for (const matcher of matchers) {
    const own = new Uint32Array(matcher.wordCount);
    matcher.addMatches(rule, own, direction, podClass);
    if (!own.some((word, i) => (word & (live[i] as number)) !== 0)) continue;
    isIdle = false;
    const rest = new Uint32Array(matcher.wordCount);
    for (const other of others) matcher.addMatches(other, rest, direction, podClass);
    if (own.some((word, i) => (word & (live[i] as number) & ~(rest[i] as number)) !== 0)) {
      return { isNeeded: true, isIdle };
    }
  }
  return { isNeeded: false, isIdle };
}

function liveClasses(engine: PolicyEngine): Bits {
  const live = new Uint32Array(engine.wordCount);
  for (const podClass of engine.classes) {
    if (podClass !== undefined)
      live[podClass.id >>> 5] = (live[podClass.id >>> 5] as number) | (1 << (podClass.id & 31));
  }
  return live;
}
