/** The answer as data, for `-o json` and `-o yaml`. */
import type { Failure, RuleExplanation, SideExplanation } from "../../net/index.ts";
import type { Answer, PlacedAdvice } from "./answer.ts";
import type { LocateField } from "./policy-places.ts";
import type { Trial } from "./journeys.ts";

type Fields = Readonly<Record<string, unknown>>;

export function answerData(
  answer: Answer,
  advice: readonly PlacedAdvice[],
  locate: LocateField,
  last: Fields | null,
): Fields {
  const { isOpen, verdict, source, target, stations, trials, main } = answer;
  const { flow } = main;
  return {
    kind: "Explanation",
    open: isOpen,
    verdict,
    source: source.label,
    destination: target.label,
    protocol: target.protocol,
    ...(last === null ? {} : { lastFailure: last }),
    flow: flowData(main),
    path: stations.map(({ at, mark, text, side }) => ({
      at,
      mark,
      decides: mark === "stopped" || (at === "listener" && mark === "passed" && flow.outcome === "connected"),
      text,
      ...(side === null ? {} : { side: sideData(side, locate) }),
    })),
    ...(trials.length > 1 ? { otherEndpoints: trials.slice(1).map(flowData) } : {}),
    advice: advice.map((one) => ({ ...one, ...place(locate, one.policy, one.path) })),
  };
}

function flowData({ flow }: Trial): Fields {
  const {
    sourceAddress,
    requestedAddress,
    requestedPort,
    requestedName,
    destination,
    destinationAddress,
    destinationPort,
    outcome,
  } = flow;
  return {
    outcome,
    sourceAddress,
    requestedAddress,
    requestedPort,
    ...(requestedName === undefined ? {} : { requestedName }),
    destination,
    destinationAddress,
    destinationPort,
  };
}

function sideData({ direction, end, decision, policies }: SideExplanation, locate: LocateField): Fields {
  return {
    direction,
    end,
    allowed: decision.isAllowed,
    isolated: decision.isIsolated,
    ...(decision.exempt === undefined ? {} : { exempt: decision.exempt }),
    ...(decision.decidedBy === undefined ? {} : { decidedBy: decision.decidedBy }),
    policies: policies.map(({ policy, tier, subjectPath, rules }) => ({
      policy,
      tier,
      ...place(locate, policy, subjectPath),
      rules: rules.map((rule) => ruleData(policy, rule, locate)),
    })),
  };
}

function ruleData(policy: string, rule: RuleExplanation, locate: LocateField): Fields {
  const broken = (failure: Failure | null) =>
    failure === null ? null : { ...failure, ...place(locate, policy, failure.path) };
  const parts = (list: RuleExplanation["peers"]) =>
    list?.map((part) => ({ path: part.path, ...place(locate, policy, part.path), failure: broken(part.failure) })) ??
    null;
  const { index, action, path, matches, isTried, failure } = rule;
  return {
    index,
    action,
    path,
    ...place(locate, policy, path),
    matches,
    tried: isTried,
    failure: broken(failure),
    peers: parts(rule.peers),
    ports: parts(rule.ports),
  };
}

/** `{ line: "web.yaml:12" }` where it is known. */
function place(locate: LocateField, policy: string | undefined, path: string | undefined): Fields {
  const line = policy === undefined || path === undefined ? null : locate(policy, path);
  return line === null ? {} : { line };
}
