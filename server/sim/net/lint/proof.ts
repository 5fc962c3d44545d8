/** Flows that show what a rule lets through: tried with all policies in force, so that they are open indeed. */
import { type End, type EngineState, packetFamily, type PolicyEngine } from "../filter/engine.ts";
import type { Policy, Rule } from "../policy/policy.ts";
import { protocolNumber, type ProtocolNumber, PROTOCOLS } from "../policy/port-set.ts";
import type { WrongFlow } from "../reach/comparison.ts";
import type { PodFacts } from "../types.ts";
import { selectedPods } from "./finding.ts";

export interface RuleInState {
  readonly state: EngineState;
  /** Knows pods that could be, too. */
  readonly engine: PolicyEngine;
  readonly policy: Policy;
  readonly rule: Rule;
}

/** How many of the selected pods are tried. */
const MOST_PODS = 5;

/** An open flow between a selected pod and one of `others`, on a port that the rule names; nothing where there is none. */
export function proofOf(question: RuleInState, others: readonly string[]): { readonly flow?: WrongFlow } {
  const { state, policy, rule } = question;
  const isIngress = rule.direction === "ingress";
  for (const selected of selectedPods(state, policy).slice(0, MOST_PODS)) {
    const pod = `${selected.namespace}/${selected.name}`;
    for (const other of others) {
      const [source, destination] = isIngress ? [other, pod] : [pod, other];
      for (const { port, protocol } of portsToTry(rule, selected)) {
        if (!isOpen(question, source, destination, protocol, port)) continue;
        const [isHypothetical, name] = [other.includes("/"), PROTOCOLS[protocol] ?? "TCP"];
        return { flow: { source, destination, port, protocol: name, actual: true, intended: false, isHypothetical } };
      }
    }
  }
  return {};
}

interface TriedPort {
  readonly port: number;
  readonly protocol: ProtocolNumber;
}

/** Of a rule for all ports one that the pod declares; of names, what they stand for there. */
function portsToTry({ ports }: Rule, pod: PodFacts): readonly TriedPort[] {
  const declared = pod.ports.map(({ containerPort, protocol }) => ({
    port: containerPort,
    protocol: protocolNumber(protocol ?? "TCP"),
  }));
  const named = (ports ?? []).flatMap((term) =>
    term.kind === "range"
      ? [{ port: term.first === 0 ? (declared[0]?.port ?? 80) : term.first, protocol: term.protocol }]
      : [],
  );
  const tried = ports === null ? [...declared, { port: 80, protocol: 0 as const }] : [...named, ...declared];
  return tried.flatMap(({ port, protocol }) => (protocol === -1 ? [] : [{ port, protocol }]));
}

function isOpen({ engine }: RuleInState, from: string, to: string, protocol: ProtocolNumber, port: number): boolean {
  const [source, destination] = [from, to].map((name) => endNamed(engine, name));
  if (source === undefined || destination === undefined) return false;
  return engine.allows(source, destination, protocol, port, packetFamily(source, destination));
}

function endNamed(engine: PolicyEngine, name: string): End | undefined {
  const slash = name.indexOf("/");
  return slash < 0 ? engine.addressEnd(name) : engine.podEnd(name.slice(0, slash), name.slice(slash + 1));
}
