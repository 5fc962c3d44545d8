import { parseAllDocuments } from "yaml";
import { z } from "zod";
import { compareReachability, type WrongFlow as EngineFlow } from "../../sim/net/reach/comparison.ts";
import type { EngineState } from "../../sim/net/filter/engine.ts";
import { protocolNumber } from "../../sim/net/policy/port-set.ts";
import { portsFor } from "../../sim/net/reach/probe-universe.ts";
import type { NetworkPolicy } from "../../sim/net/types.ts";
import { isRecord } from "../yaml.ts";
import { parseParameters } from "../parameters.ts";
import { defineCheck, failed, PASSED } from "../define-check.ts";
import type { CheckFinding, WrongFlow } from "../types.ts";
import { LessonError } from "../types.ts";

interface Parameters {
  readonly policies: readonly NetworkPolicy[];
  readonly namespaces: readonly string[];
}

const schema = z.strictObject({ intended: z.string(), namespaces: z.array(z.string()).min(1) });

const MAX_WRONG_FLOWS = 5;
/** Enough to hold the telling ones before they are put in order. */
const MAX_COMPARED = 20_000;

/**
 * The policies of some namespaces mean the same as the intended ones: over all pods that
 * exist, pods that could exist, nodes, outside addresses, ports and protocols.
 */
export const matches = defineCheck<Parameters>({
  name: "matches",
  parse(raw, context) {
    const { intended, namespaces } = parseParameters(schema, raw);
    const policies = parsePolicies(context.file(intended), intended);
    const stray = policies.find((policy) => !namespaces.includes(policy.metadata.namespace ?? "default"));
    if (stray)
      throw new LessonError(`${intended}: ${stray.metadata.name} lies in a namespace that "namespaces" does not list`);
    return { policies, namespaces };
  },
  describe: ({ namespaces }) => `Traffic of ${namespaces.join(", ")} is as it should be`,
  evaluate(parameters, world): CheckFinding {
    const actual = world.fabric.engine.state();
    const isEmpty = !actual.pods.some((pod) => parameters.namespaces.includes(pod.namespace));
    if (isEmpty) return failed(`There is no pod in ${parameters.namespaces.join(", ")} yet.`);
    const elsewhere = actual.policies.filter(
      (policy) => !parameters.namespaces.includes(policy.metadata.namespace ?? "default"),
    );
    const intended = { ...actual, policies: [...elsewhere, ...parameters.policies] };
    const ports = [...portsFor([actual, intended]), ...declaredPorts(actual, parameters.namespaces)];
    const comparison = compareReachability(actual, intended, { limit: MAX_COMPARED, ports });
    if (comparison.equal) return PASSED;
    const telling = [...comparison.wrong].sort(
      (left, right) => distance(left, parameters, actual) - distance(right, parameters, actual),
    );
    const wrongFlows = telling.slice(0, MAX_WRONG_FLOWS).map(
      ({ source, destination, port, protocol, actual: isOpen, intended: shouldBeOpen }): WrongFlow => ({
        source,
        destination,
        port,
        protocol,
        actual: isOpen ? "open" : "closed",
        intended: shouldBeOpen ? "open" : "closed",
      }),
    );
    const smallest = wrongFlows[0];
    return { passed: false, reasons: smallest ? [sentence(smallest)] : [], wrongFlows };
  },
});

/** Beside one port of each interval that rules can tell apart: the ports learners know. */
function declaredPorts(state: EngineState, namespaces: readonly string[]) {
  const own = state.pods.filter((pod) => namespaces.includes(pod.namespace)).flatMap((pod) => pod.ports);
  const keyed = new Map(
    own.map(
      ({ containerPort, protocol = "TCP" }) =>
        [`${protocol}/${containerPort}`, { port: containerPort, protocol: protocolNumber(protocol) }] as const,
    ),
  );
  return [...keyed.values()].flatMap(({ port, protocol }) => (protocol === -1 ? [] : [{ port, protocol }]));
}

/**
 * How far a flow is from what the learner has before the eyes: pods of the task's namespaces
 * first, then ports that the destination itself declares.
 */
function distance(flow: EngineFlow, { namespaces }: Parameters, state: EngineState): number {
  const isOutside = (end: string): boolean => !namespaces.some((namespace) => end.startsWith(`${namespace}/`));
  const destination = state.pods.find((pod) => `${pod.namespace}/${pod.name}` === flow.destination);
  const isDeclared = destination?.ports.some(
    (port) => port.containerPort === flow.port && (port.protocol ?? "TCP") === flow.protocol,
  );
  return (
    (flow.isHypothetical ? 8 : 0) +
    (isOutside(flow.source) ? 2 : 0) +
    (isOutside(flow.destination) ? 2 : 0) +
    (isDeclared ? 0 : 1)
  );
}

function sentence({ source, destination, port, protocol, actual, intended }: WrongFlow): string {
  const place = protocol === "ICMP" ? "with ping" : `on ${protocol} ${port}`;
  return `${source} to ${destination} ${place} is ${actual}; it should be ${intended}.`;
}

function parsePolicies(text: string, file: string): readonly NetworkPolicy[] {
  return parseAllDocuments(text).flatMap((document) => {
    const error = document.errors[0];
    if (error) throw new LessonError(`${file}: ${error.message.split("\n")[0]}`);
    const object: unknown = document.toJS();
    if (object === null) return [];
    if (!isPolicy(object)) throw new LessonError(`${file}: holds something that is no NetworkPolicy`);
    return [object];
  });
}

function isPolicy(object: unknown): object is NetworkPolicy {
  return (
    isRecord(object) &&
    object["kind"] === "NetworkPolicy" &&
    isRecord(object["metadata"]) &&
    typeof object["metadata"]["name"] === "string"
  );
}
