/** Which rules and policies could go without any side letting another packet pass. */
import type { Bits } from "./bits.ts";
import type { PolicyEngine } from "./engine.ts";
import type { PodClass } from "./pod-class.ts";
import type { Direction } from "./policy.ts";
import type { PortMatcher } from "./port-matcher.ts";
import type { ProtocolNumber } from "./port-set.ts";
import type { InstalledPolicy, InstalledRule } from "./side.ts";

export interface RuleWorth {
  readonly direction: Direction;
  readonly index: number;
  /** `shadowed`: other rules allow all it allows. `idle`: it matches nobody. */
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

/** Looks at the classes and ports given to the engine; `ports` must hold one of each interval rules name. */
export function worthOf(
  engine: PolicyEngine,
  installed: InstalledPolicy,
  ports: readonly { readonly protocol: ProtocolNumber; readonly port: number }[],
): PolicyWorth {
  const live = liveClasses(engine);
  const selected = engine.classesSelectedBy(installed);
  const matchers = ports.map(({ protocol, port }) => engine.matcher(protocol, port));
  const rules: RuleWorth[] = [];
  let isShadowed = selected.length > 0;
  for (const direction of DIRECTIONS) {
    const isolates = direction === "ingress" ? installed.policy.isolatesIngress : installed.policy.isolatesEgress;
    if (!isolates) continue;
    const othersOf = (podClass: PodClass) =>
      (podClass[direction]?.policies ?? []).filter((one) => one !== installed && one.policy.tier === "NetworkPolicy");
    isShadowed &&= selected.every((podClass) => othersOf(podClass).length > 0);
    for (const rule of installed[direction]) {
      const questions = selected.map((podClass) => ({ podClass, direction, matchers, live, rule }));
      const own = installed[direction].filter((one) => one !== rule);
      const verdicts = questions.map((question) => {
        const foreign = othersOf(question.podClass).flatMap((one) => one[direction]);
        return { ...compareRule(question, [...own, ...foreign]), byOthers: compareRule(question, foreign) };
      });
      isShadowed &&= verdicts.every(({ byOthers }) => !byOthers.isNeeded);
      const isNeeded = verdicts.some((verdict) => verdict.isNeeded);
      const isIdle = verdicts.every((verdict) => verdict.isIdle);
      rules.push({ direction, index: rule.index, worth: isNeeded ? "needed" : isIdle ? "idle" : "shadowed" });
    }
  }
  return { isIdle: selected.length === 0, isShadowed, rules };
}

interface RuleQuestion {
  readonly podClass: PodClass;
  readonly direction: Direction;
  readonly matchers: readonly PortMatcher[];
  readonly live: Bits;
  readonly rule: InstalledRule;
}

/** Whether a rule lets somebody pass whom the others do not, and whether it lets anybody pass. */
function compareRule(
  { podClass, direction, matchers, live, rule }: RuleQuestion,
  others: readonly InstalledRule[],
): { readonly isNeeded: boolean; readonly isIdle: boolean } {
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
