import { expect, test } from "vitest";
import type { FlowView, MapPicture } from "../../server/protocol.ts";
import { stillHolds } from "./news.ts";

const picture = {
  pods: ["lab/a", "lab/b"].map((id) => ({ id })),
  doors: [80, 81, 82].map((port) => ({ pod: 1, port, protocol: "TCP", isListening: true })),
  rows: [{ pod: 0, verdicts: "aer", egressRules: [], ingressRules: [] }],
  omittedPods: 0,
} as unknown as MapPicture;

test.each([
  ["connected", "lab/b", 80, true],
  ["dropped", "lab/b", 80, false],
  ["connected", "lab/b", 81, false],
  ["dropped", "lab/b", 81, true],
  // Whether somebody listens changes from one second to the next; only policies count.
  ["connected", "lab/b", 82, true],
  ["refused", "lab/b", 80, true],
  // A pod that is gone, a port nobody knows, an address outside, a name nobody has.
  ["dropped", "lab/c", 80, false],
  ["connected", "lab/b", 99, true],
  ["connected", "1.1.1.1", 443, true],
  ["unreachable", "lab/b", 80, true],
] as const)("a packet that was %s at %s:%i: still so? %s", (outcome, destination, port, holds) => {
  const flow = { source: "lab/a", destination, port, protocol: "TCP", outcome } as FlowView;
  expect(stillHolds(picture, flow)).toBe(holds);
});
