/** The answer as text for a terminal. */
import type { Failure, FailedField, RuleExplanation, SideExplanation } from "../../net/index.ts";
import type { Answer, PlacedAdvice, Station } from "./answer.ts";
import { labelOfHost, socketText } from "./ends.ts";
import type { Paint } from "./plugin.ts";
import type { LocateField } from "./policy-places.ts";

export interface FormatOptions {
  readonly paint: Paint;
  readonly locate: LocateField;
  /** Every peer and port of a rule, not only the one that came closest. */
  readonly isWide: boolean;
}

const FIELD_NAMES: Readonly<Record<FailedField, string>> = {
  namespace: "namespace",
  namespaceLabel: "namespace label",
  podLabel: "pod label",
  nodeLabel: "node label",
  cidr: "CIDR",
  except: "except",
  notAPod: "peer",
  protocol: "protocol",
  port: "port",
  unreadable: "unreadable field",
};

const MARKS: Readonly<Record<Station["mark"], string>> = { passed: "✓", stopped: "✗", "not-reached": "·", ahead: "!" };
const INDENT = " ".repeat(14);

export function formatAnswer(answer: Answer, advice: readonly PlacedAdvice[], options: FormatOptions): string {
  const { paint, locate } = options;
  const { isOpen, verdict, stations, trials } = answer;
  const lines = [paint.bold((isOpen ? paint.good : paint.bad)(verdict)), ""];
  for (const station of stations) {
    const mark =
      station.mark === "passed"
        ? paint.good(MARKS.passed)
        : station.mark === "stopped"
          ? paint.bad(MARKS.stopped)
          : MARKS[station.mark];
    const note = { passed: "", stopped: "  <- decides", "not-reached": "", ahead: "  (would stop it next)" }[
      station.mark
    ];
    const text = `${mark} ${station.at.padEnd(10)}  ${station.text}${paint.bold(note)}`;
    lines.push(station.mark === "not-reached" ? paint.dim(text) : text);
    if (station.side !== null) lines.push(...sideLines(station.side, options));
  }
  if (trials.length > 1) {
    lines.push("", "Other endpoints:");
    for (const { flow, isOpen: isThisOpen } of trials.slice(1)) {
      const host = flow.destination === null ? "" : ` (${labelOfHost(flow.destination)})`;
      const state = isThisOpen ? `${paint.good("✓")} open  ` : `${paint.bad("✗")} closed`;
      lines.push(`${state}  ${socketText(flow.destinationAddress, flow.destinationPort)}${host}`);
    }
  }
  if (advice.length > 0) lines.push("", "Advice:");
  for (const { text, policy, path } of advice) {
    lines.push(`- ${text}`);
    if (policy !== undefined && path !== undefined) lines.push(`  ${paint.dim(placeOf(locate, policy, path))}`);
  }
  return `${lines.join("\n")}\n`;
}

function sideLines({ decision, direction, policies }: SideExplanation, options: FormatOptions): readonly string[] {
  if (decision.exempt !== undefined) return [];
  return policies.flatMap(({ policy, tier, rules, subjectPath }) => {
    const where = options.locate(policy, subjectPath);
    const kind = tier === "NetworkPolicy" ? "policy" : `ClusterNetworkPolicy (${tier})`;
    const head = `${INDENT}${kind} ${policy}${where === null ? "" : `  ${options.paint.dim(where)}`}`;
    if (rules.length === 0) return [head, `${INDENT}  it has no ${direction} rules: it allows nothing`];
    return [head, ...rules.flatMap((rule) => ruleLines(policy, direction, rule, options))];
  });
}

function ruleLines(
  policy: string,
  direction: string,
  rule: RuleExplanation,
  options: FormatOptions,
): readonly string[] {
  const { paint, locate, isWide } = options;
  const label = `${INDENT}  ${direction}[${rule.index}]${rule.name === null ? "" : ` "${rule.name}"`}`;
  if (rule.failure === null) {
    const effect = rule.action === "Allow" ? "allows this" : `matches: ${rule.action}`;
    const place = locate(policy, rule.path);
    return [
      `${label} ${effect}${rule.isTried ? "" : " (not reached)"}${place === null ? "" : `  ${paint.dim(place)}`}`,
    ];
  }
  const failures = isWide ? allFailures(rule) : [rule.failure];
  return failures.flatMap((failure, index) => [
    `${index === 0 ? label : " ".repeat(label.length)} fails at the ${FIELD_NAMES[failure.field]}: wants ${failure.wanted}, found ${failure.found}`,
    `${INDENT}    ${paint.dim(placeOf(locate, policy, failure.path))}`,
  ]);
}

function allFailures({ peers, ports, failure }: RuleExplanation): readonly Failure[] {
  const isPeerMatched = peers === null || peers.some((part) => part.failure === null);
  const parts = isPeerMatched ? ports : peers;
  const failures = (parts ?? []).flatMap((part) => (part.failure === null ? [] : [part.failure]));
  return failures.length > 0 ? failures : failure === null ? [] : [failure];
}

/** `web.yaml:12  spec.ingress[0]`, or the place in the stored object. */
export function placeOf(locate: LocateField, policy: string, path: string): string {
  const line = locate(policy, path);
  if (line !== null) return `${line}  ${path}`;
  return `${policy.includes("/") ? "networkpolicy" : "clusternetworkpolicy"} ${policy}: ${path}`;
}
