import { expect, test } from "vitest";
import type { MapPicture, WrongFlowView } from "../../server/protocol.ts";
import { whyFlow, workloadOf } from "./why.ts";

const pod = (id: string, egressPolicies: readonly string[] = []) => ({
  id,
  namespace: "lab",
  owner: id.slice(4),
  labels: {},
  egressPolicies,
  ingressPolicies: [],
});
const picture = {
  pods: [pod("lab/a", ["lab/out", "lab/dns"]), pod("lab/b"), pod("lab/c")],
  doors: [80, 81].map((port) => ({ pod: 1, port, protocol: "TCP", isListening: true })),
  rows: [
    { pod: 0, verdicts: "ae", egressRules: [0, -1], ingressRules: [-1, -1] },
    { pod: 2, verdicts: "aa", egressRules: [-1, -1], ingressRules: [-1, -1] },
  ],
  services: [],
  rules: [{ policy: "lab/out", direction: "egress", rule: 2 }],
} as unknown as MapPicture;
const flow = (source: string, port: number): WrongFlowView => ({
  source,
  destination: "lab/b",
  port,
  protocol: "TCP",
  actual: "open",
  intended: "closed",
});

test.each([
  ["lab/a", 80, "Egress rule 2 of out lets it through."],
  ["lab/a", 81, "At the egress of a: no rule of out or dns lets it through."],
  ["lab/c", 80, "No policy isolates either side."],
  ["lab/unknown", 80, ""],
  ["lab/a", 99, ""],
])("why from %s to port %i: %s", (source, port, why) => {
  expect(whyFlow(picture, flow(source, port))).toBe(why);
});

test("a pod is called by its workload, unless that has pods of another kind", () => {
  const replica = (name: string, labels: Readonly<Record<string, string>>) => ({
    ...pod(`lab/${name}`),
    owner: "web",
    labels,
  });
  const alike = { ...picture, pods: [replica("web-1", { app: "web" }), replica("web-2", { app: "web" })] };
  expect(workloadOf(alike as unknown as MapPicture, "lab/web-2")).toBe("lab/web");
  const changing = { ...picture, pods: [replica("web-1", { app: "web" }), replica("web-2", { app: "new" })] };
  expect(workloadOf(changing as unknown as MapPicture, "lab/web-2")).toBe("lab/web-2");
  expect(workloadOf(null, "lab/web-2")).toBe("lab/web-2");
});
