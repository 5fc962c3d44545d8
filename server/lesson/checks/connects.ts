import { z } from "zod";
import type { Flow } from "../../sim/net/types.ts";
import { addressOf, type EndReference, formatEnd, parseEnd, podsOf } from "../endpoints.ts";
import { parseParameters } from "../parameters.ts";
import { defineCheck, failed, PASSED } from "../define-check.ts";
import type { CheckFinding, WrongFlow } from "../types.ts";

interface Parameters {
  readonly from: EndReference;
  readonly to: EndReference;
  readonly port: number;
  readonly protocol: "TCP" | "UDP" | "SCTP";
  readonly outcome: "open" | "closed";
}

const schema = z.strictObject({
  from: z.string(),
  to: z.string(),
  port: z.number().int().min(1).max(65535),
  protocol: z.enum(["TCP", "UDP", "SCTP"]).default("TCP"),
  outcome: z.enum(["open", "closed"]),
});

/** A connection made now, through names' Services and policies, ends as asked. */
export const connects = defineCheck<Parameters>({
  name: "connects",
  parse(raw) {
    const { from, to, ...rest } = parseParameters(schema, raw);
    return { ...rest, from: parseEnd(from), to: parseEnd(to) };
  },
  describe: ({ from, to, port, protocol, outcome }) =>
    `${capital(formatEnd(from))} ${outcome === "open" ? "reaches" : "does not reach"} ${formatEnd(to)} on ${protocol} ${port}`,
  evaluate(parameters, world): CheckFinding {
    const sources = podsOf(world, parameters.from);
    const source = sources.find((pod) => pod.isReady) ?? sources[0];
    if (parameters.from.kind === "object" && !source)
      return failed(`There is no running pod for ${formatEnd(parameters.from)}.`);
    const address = addressOf(world, parameters.to);
    if (address === undefined) return failed(`There is nothing running for ${formatEnd(parameters.to)}.`);
    const flow = world.fabric.probe({
      source: source ? `pod:${source.namespace}/${source.name}` : "external:internet",
      ...(parameters.from.kind === "address" ? { sourceAddress: parameters.from.address } : {}),
      address,
      port: parameters.port,
      protocol: parameters.protocol,
    });
    const actual = flow.outcome === "connected" ? "open" : "closed";
    if (actual === parameters.outcome) return PASSED;
    const wrong: WrongFlow = {
      source: source ? `${source.namespace}/${source.name}` : formatEnd(parameters.from),
      destination: destinationName(flow),
      port: flow.destinationPort,
      protocol: parameters.protocol,
      actual,
      intended: parameters.outcome,
    };
    return failed(reasonOf(flow, wrong), [wrong]);
  },
});

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function destinationName(flow: Flow): string {
  return flow.destination?.replace(/^(pod|node|external):/, "") ?? flow.destinationAddress;
}

function reasonOf(flow: Flow, wrong: WrongFlow): string {
  const name = `${wrong.source} to ${wrong.destination} on ${wrong.protocol} ${wrong.port}`;
  if (wrong.actual === "open") return `${name} is open; it should be closed.`;
  const decider = flow.steps.find((step) => step.decides);
  switch (decider?.at) {
    case "service":
      return `${name} is refused: the Service has no ready endpoint on this port.`;
    case "egress":
    case "ingress":
      return `${name} is dropped at ${decider.at} of ${decider.pod}; it should be open.`;
    default:
      return `${name} ends as "${flow.outcome}"; it should be open.`;
  }
}
