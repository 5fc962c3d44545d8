import { describe, expect, test } from "vitest";
import type { FlowView, MapPicture, PodPicture } from "../../server/protocol.ts";
import { chooseSources, groupPods } from "./groups.ts";
import type { Box } from "./geometry.ts";
import { layoutScene } from "./layout.ts";

const pod = (name: string, change: Partial<PodPicture> = {}): PodPicture => ({
  id: `lab/${name}`,
  namespace: "lab",
  name,
  address: "10.44.0.9",
  labels: { app: name },
  status: "Running",
  isReady: true,
  node: "node01",
  isHostNetwork: false,
  isSystem: false,
  owner: name,
  egressPolicies: [],
  ingressPolicies: [],
  ...change,
});

const replica = (name: string, hash: string): PodPicture =>
  pod(name, { owner: "web", labels: { app: "web", "pod-template-hash": hash }, ingressPolicies: ["lab/only-one"] });

/** Two clients and two equal servers: one client may enter, the other not. */
const picture: MapPicture = {
  number: 1,
  profile: "v1.36",
  plugin: "canal",
  enforcesPolicies: true,
  namespaces: [{ name: "lab", labels: {}, isSystem: false, podCount: 4, policies: ["only-one"] }],
  pods: [pod("one"), pod("two"), replica("web-5-a", "5"), replica("web-5-b", "5")],
  services: [],
  nodes: [{ name: "node01", address: "172.30.2.2" }],
  doors: [2, 3].map((index) => ({ pod: index, port: 80, protocol: "TCP", isListening: true })),
  rows: [
    { pod: 0, verdicts: "aa", egressRules: [-1, -1], ingressRules: [0, 0] },
    { pod: 1, verdicts: "ii", egressRules: [-1, -1], ingressRules: [-1, -1] },
    { pod: 2, verdicts: ".i", egressRules: [-1, -1], ingressRules: [-1, -1] },
    { pod: 3, verdicts: "i.", egressRules: [-1, -1], ingressRules: [-1, -1] },
  ],
  rules: [{ policy: "lab/only-one", direction: "ingress", rule: 1 }],
  omittedPods: 0,
};

const dropped: FlowView = {
  id: 1,
  timeMs: 0,
  source: "lab/two",
  destination: "lab/web-5-b",
  requested: "web",
  port: 80,
  protocol: "TCP",
  outcome: "dropped",
  stoppedAt: { side: "ingress", pod: "lab/web-5-b" },
  why: "",
};

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("pods that are alike", () => {
  test("are one group, whatever their template's hash", () => {
    expect(groupPods(picture).map(({ name, pods }) => [name, pods.length])).toEqual([
      ["one", 1],
      ["two", 1],
      ["web", 2],
    ]);
  });

  test("are kept apart when policies select only some", () => {
    const pods = picture.pods.map((one, index) => (index === 3 ? { ...one, ingressPolicies: [] } : one));
    expect(groupPods({ ...picture, pods })).toHaveLength(4);
  });
});

describe("whose flows are drawn", () => {
  const names = (choice: string, flow: FlowView | null = null) =>
    chooseSources(groupPods(picture), choice, flow).map(({ name }) => name);

  test("by itself: the few that only call, else whoever called last", () => {
    expect(names("auto")).toEqual(["one", "two"]);
    expect(names("auto", { ...dropped, source: "lab/web-5-a" })).toEqual(["web"]);
  });

  test("of the last caller only, where the lines of all would be a tangle", () => {
    const servers = Array.from({ length: 7 }, (_, index) => pod(`server-${index}`));
    const doors = servers.map((_, index) => ({ pod: index + 2, port: 80, protocol: "TCP", isListening: true }));
    const groups = groupPods({ ...picture, pods: [pod("one"), pod("two"), ...servers], doors });
    expect(chooseSources(groups, "auto", null).map(({ name }) => name)).toEqual(["one"]);
    const flow = { ...dropped, source: "lab/two", destination: "lab/server-1" };
    expect(chooseSources(groups, "auto", flow).map(({ name }) => name)).toEqual(["two"]);
    expect(chooseSources(groups, "clients", flow)).toHaveLength(2);
  });

  test("one, when somebody asks for it; all again when it is gone", () => {
    expect(names("lab/two")).toEqual(["two"]);
    expect(names("lab/gone")).toEqual(["one", "two"]);
  });
});

describe.each([
  [1032, 330],
  [360, 480],
  [1400, 500],
])("the map at %i×%i", (width, height) => {
  const scene = layoutScene(picture, "auto", null, width, height);

  test("puts every box into its territory and none upon another", () => {
    const boxes = [...scene.sources, ...scene.targets];
    const [home] = scene.territories;
    for (const [index, box] of boxes.entries()) {
      expect(home && overlap(box, home)).toBe(true);
      expect(box.x + box.width).toBeLessThanOrEqual((home?.x ?? 0) + (home?.width ?? 0));
      for (const other of boxes.slice(index + 1)) expect(overlap(box, other)).toBe(false);
    }
    expect(scene.sources.map(({ group }) => group.name)).toEqual(["one", "two"]);
  });

  test("draws what is open as a line to its door, what is shut as one line to the wall beside it", () => {
    expect(scene.lines.map(({ kind, source }) => [kind, source])).toEqual([
      ["open", "lab/one"],
      ["shut", "lab/two"],
    ]);
    const [open, shut] = scene.lines;
    expect(shut?.end.y).not.toBe(open?.end.y);
    expect(scene.targets[0]?.wall).toContain("M");
    expect([scene.openCount, scene.shutCount]).toEqual([1, 1]);
  });

  test("shows a dropped packet at the wall in place of the standing line", () => {
    const withPacket = layoutScene(picture, "auto", dropped, width, height);
    expect(withPacket.journey).toMatchObject({ source: "lab/two", hasArrived: false });
    expect(withPacket.lines.map(({ kind }) => kind)).toEqual(["open"]);
    expect(withPacket.targets[0]?.doors[0]?.state).toBe("open");
  });
});

test("an empty cluster shows its default territory and says so", () => {
  const empty = { ...picture, pods: [], doors: [], rows: [], namespaces: [] };
  const scene = layoutScene(empty, "auto", null, 1000, 400);
  expect(scene.isEmpty).toBe(true);
  expect(scene.territories[0]?.name).toBe("default");
});

test("of a pod with many ports four are drawn, and it is known how many are not", () => {
  const doors = [80, 81, 82, 83, 84, 85].map((port) => ({ pod: 2, port, protocol: "TCP", isListening: true }));
  const scene = layoutScene({ ...picture, doors, rows: [] }, "auto", null, 1000, 400);
  expect(scene.targets.map(({ doors, hiddenDoors }) => [doors.length, hiddenDoors])).toContainEqual([4, 2]);
});

test("many pods make the map taller instead of smaller", () => {
  const pods = Array.from({ length: 30 }, (_, index) => pod(`p${index}`));
  const doors = pods.map((_, index) => ({ pod: index, port: 80, protocol: "TCP", isListening: true }));
  const scene = layoutScene({ ...picture, pods, doors, rows: [] }, "auto", null, 1000, 400);
  expect(scene.height).toBeGreaterThan(1200);
  const heights = scene.targets.map(({ height }) => height);
  expect(Math.min(...heights)).toBeGreaterThanOrEqual(44);
});
