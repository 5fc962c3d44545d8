import { describe, expect, test } from "vitest";
import type { Flow, FlowStep } from "../sim/net/types.ts";
import { isLearnersFlow, viewFlow } from "./flow-view.ts";

const flow = (outcome: Flow["outcome"], steps: readonly FlowStep[], change: Partial<Flow> = {}): Flow => ({
  id: 3,
  timeMs: 1000,
  source: "pod:shop/cart",
  sourceAddress: "10.44.0.2",
  requestedAddress: "10.96.0.7",
  requestedPort: 80,
  requestedName: "pay",
  protocol: "TCP",
  destination: "pod:shop/pay",
  destinationAddress: "10.44.0.3",
  destinationPort: 8080,
  outcome,
  steps,
  ...change,
});
const decision = { isAllowed: true, isIsolated: true, selectedBy: ["shop/out"] };

describe("a flow in the page's words", () => {
  test("dropped at egress: names the wall, its policies and what they lack", () => {
    const steps: FlowStep[] = [
      {
        at: "egress",
        pod: "shop/cart",
        decision: { ...decision, isAllowed: false, selectedBy: ["shop/out", "shop/dns"] },
        decides: true,
      },
    ];
    expect(viewFlow(flow("dropped", steps))).toEqual({
      id: 3,
      timeMs: 1000,
      source: "shop/cart",
      destination: "shop/pay",
      requested: "pay",
      port: 8080,
      protocol: "TCP",
      outcome: "dropped",
      stoppedAt: { side: "egress", pod: "shop/cart" },
      why: "At the egress of cart: no rule of out or dns lets it to pay on TCP 8080.",
    });
  });

  test("connected: names the rules it passed by, or that nobody is isolated", () => {
    const passed: FlowStep = {
      at: "egress",
      pod: "shop/cart",
      decision: { ...decision, allowedBy: { policy: "shop/out", rule: 1 } },
    };
    expect(viewFlow(flow("connected", [passed])).why).toBe("Let through by egress rule 2 of out.");
    expect(viewFlow(flow("connected", [])).why).toBe("No policy isolates either side.");
  });

  test("refused: nobody listens, or a Service has nobody behind it", () => {
    const deaf: FlowStep = { at: "listener", host: "pod:shop/pay", port: 8080, isListening: false, decides: true };
    expect(viewFlow(flow("refused", [deaf])).why).toBe("Nobody listens on TCP 8080 at shop/pay.");
    const empty: FlowStep = { at: "service", service: "shop/pay", port: 80, endpoint: null, decides: true };
    expect(viewFlow(flow("refused", [empty])).why).toBe("The Service shop/pay has no ready endpoint for port 80.");
  });

  test("no way there: what the network says, as a sentence", () => {
    const lost: FlowStep = { at: "route", note: "no host has the address 10.96.0.7", decides: true };
    expect(viewFlow(flow("unreachable", [lost])).why).toBe("No host has the address 10.96.0.7.");
  });
});

test.each([
  ["pod:shop/cart", "pod:shop/pay", true],
  ["pod:shop/cart", null, true],
  ["external:terminal", "pod:shop/pay", true],
  ["external:terminal", "node:controlplane", false],
  ["pod:kube-system/coredns-1", "node:controlplane", false],
  ["node:node01", "pod:shop/pay", false],
])("a flow from %s to %s is the learner's: %s", (source, destination, isTheirs) => {
  expect(isLearnersFlow({ source, destination })).toBe(isTheirs);
});
