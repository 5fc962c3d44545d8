/**
 * The real server and the real page over a world that is made of a few scripted commands,
 * so that the page can be tested by itself. The cluster it pretends: a backend, two
 * databases and a vault, as in the lesson on egress.
 */
import { fileURLToPath } from "node:url";
import { createServer, type RunningServer } from "../../server/http/server.ts";
import type { CheckPart, Lesson } from "../../server/lesson/types.ts";
import type { MapPicture, PodPicture, ReachRow } from "../../server/protocol.ts";
import { processHost } from "../../server/session/host.ts";
import { withSandbox } from "../../server/session/sandbox.ts";
import type { SessionServices } from "../../server/session/services.ts";
import { asWorld, FakeWorld } from "../../server/session/testing/fake-world.ts";
import type { Flow } from "../../server/sim/net/types.ts";
import type { World } from "../../server/sim/world-types.ts";
import { openStore } from "../../server/store/open.ts";

export const webRoot = fileURLToPath(new URL("../../dist/web", import.meta.url));

const prose = (markdown: string) => ({ kind: "text", markdown }) as const;

/** A part of the check: all but the last always hold. */
function part(label: string): CheckPart {
  return {
    kind: "flows",
    label,
    evaluate: (world) => {
      const isLast = label.startsWith("Nothing else");
      if (!isLast || policyOf(world as unknown as FakeWorld) === "right") {
        return Promise.resolve({ passed: true, reasons: [], wrongFlows: [] });
      }
      const wrong = (port: number, destination: string) =>
        ({
          source: "project-snake/backend-0",
          destination: `project-snake/${destination}`,
          port,
          protocol: "TCP",
          actual: "open",
          intended: "closed",
        }) as const;
      return Promise.resolve({
        passed: false,
        reasons: ["Two pairs need two rules."],
        wrongFlows: [wrong(1111, "db2-0"), wrong(2222, "db1-0")],
      });
    },
  };
}

const egress: Lesson = {
  id: "egress",
  title: "Egress from a backend",
  track: "tutorial",
  minutes: 15,
  summary: "Two doors, and only two: write an egress policy and prove it.",
  stepCount: 3,
  scenario: {},
  steps: [
    {
      title: "Meet the four pods",
      blocks: [
        prose("Four pods live in `project-snake`. Their label `app` says what they are."),
        { kind: "run", commands: "kubectl -n project-snake get pod -L app", terminal: 1 },
        {
          kind: "output",
          text: "NAME        READY   STATUS    RESTARTS   AGE   APP\nbackend-0   1/1     Running   0          12m   backend",
        },
        prose("Every pod reaches every other: **no policy selects them**, so nothing is isolated."),
      ],
    },
    {
      title: "Two doors, and only two",
      blocks: [
        prose(
          "Let `backend-0` open `db1` on port 1111 and `db2` on port 2222. Nothing else may leave it. Ask the vault afterwards:",
        ),
        {
          kind: "run",
          commands:
            "kubectl apply -f 24_np.yaml\nkubectl -n project-snake exec backend-0 -- curl -s 10.44.0.25:1111\nkubectl -n project-snake exec backend-0 -- curl -s 10.44.0.22:3333",
          terminal: 1,
        },
        {
          kind: "hints",
          hints: [
            "Read `policyTypes` again: which direction do you isolate?",
            "A rule is a room with two lists on its door. Whoever is on the first list may use any port on the second.",
            "Two pairs need two rules.",
          ],
        },
        {
          kind: "check",
          check: {
            id: 0,
            parts: [
              part("db1 on 1111 and db2 on 2222 answer"),
              part("No other pod lost or gained a flow"),
              part("Nothing else leaves backend-0"),
            ],
          },
        },
      ],
    },
    { title: "Prove it for every pod", blocks: [prose("The map shows the whole answer.")] },
  ],
  solution: {
    name: "solution",
    script:
      "cat > 24_np.yaml <<'EOF'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nEOF\nkubectl apply -f 24_np.yaml\n",
  },
  accepted: [],
  wrong: [],
};

const lessons: readonly Lesson[] = [
  {
    ...egress,
    id: "deny-all",
    title: "Restrict who may call",
    summary: "Deny all ingress, then open one door by label.",
    minutes: 10,
  },
  {
    ...egress,
    id: "api-client",
    title: "The API client",
    summary: "A label on the template decides, not the one on the Deployment.",
    minutes: 12,
  },
  egress,
];

type Policy = "none" | "wrong" | "right";

function policyOf(world: FakeWorld): Policy {
  const policy = world.state.files["policy"];
  return policy === "wrong" || policy === "right" ? policy : "none";
}

function podOf(name: string, address: string, policy: Policy): PodPicture {
  const app = name.replace(/-0$/, "");
  return {
    id: `project-snake/${name}`,
    namespace: "project-snake",
    name,
    address,
    labels: { app },
    status: "Running",
    isReady: true,
    node: "node01",
    isHostNetwork: false,
    isSystem: false,
    owner: name,
    egressPolicies: app === "backend" && policy !== "none" ? ["project-snake/np-backend"] : [],
    ingressPolicies: [],
  };
}

function coredns(index: number): PodPicture {
  return {
    ...podOf(`coredns-${index}`, `10.44.0.${index + 2}`, "none"),
    id: `kube-system/coredns-${index}`,
    namespace: "kube-system",
    labels: { "k8s-app": "kube-dns" },
    owner: "coredns",
    isSystem: true,
  };
}

export function snakePicture(world: World, number: number): MapPicture {
  const policy = policyOf(world as unknown as FakeWorld);
  const pods = [
    podOf("backend-0", "10.44.0.24", policy),
    podOf("db1-0", "10.44.0.25", policy),
    podOf("db2-0", "10.44.0.23", policy),
    podOf("vault-0", "10.44.0.22", policy),
    coredns(0),
    coredns(1),
  ];
  const doors = [
    ...[1, 2, 3].flatMap((pod) =>
      [1111, 2222, 3333].map((port) => ({ pod, port, protocol: "TCP", isListening: true })),
    ),
    { pod: 4, port: 53, protocol: "UDP", isListening: true },
    { pod: 5, port: 53, protocol: "UDP", isListening: true },
  ];
  const rows = [0, 1, 2, 3].map((source): ReachRow => {
    const verdicts = doors.map((door) => {
      if (door.pod === source) return ".";
      if (source !== 0 || policy === "none") return "a";
      const isPair = (door.pod === 1 && door.port === 1111) || (door.pod === 2 && door.port === 2222);
      const isCrossed = (door.pod === 1 || door.pod === 2) && (door.port === 1111 || door.port === 2222);
      return isPair || (policy === "wrong" && isCrossed) ? "a" : "e";
    });
    const egressRules = verdicts.map((letter, index) =>
      source === 0 && policy !== "none" && letter === "a"
        ? policy === "right" && doors[index]?.pod === 2
          ? 1
          : 0
        : -1,
    );
    return { pod: source, verdicts: verdicts.join(""), egressRules, ingressRules: doors.map(() => -1) };
  });
  return {
    number,
    profile: "v1.36",
    plugin: "canal",
    enforcesPolicies: true,
    namespaces: [
      { name: "default", labels: {}, isSystem: false, podCount: 0, policies: [] },
      {
        name: "project-snake",
        labels: {},
        isSystem: false,
        podCount: 4,
        policies: policy === "none" ? [] : ["np-backend"],
      },
      { name: "kube-system", labels: {}, isSystem: true, podCount: 8, policies: [] },
    ],
    pods,
    services: [],
    nodes: [
      { name: "controlplane", address: "172.30.1.2" },
      { name: "node01", address: "172.30.2.2" },
      { name: "node02", address: "172.30.3.2" },
    ],
    doors,
    rows,
    rules: [
      { policy: "project-snake/np-backend", direction: "egress", rule: 1 },
      { policy: "project-snake/np-backend", direction: "egress", rule: 2 },
    ],
    omittedPods: 0,
  };
}

const addresses: Readonly<Record<string, string>> = {
  "10.44.0.25": "db1-0",
  "10.44.0.23": "db2-0",
  "10.44.0.22": "vault-0",
};
const answers: Readonly<Record<string, string>> = {
  "1111": "database one",
  "2222": "database two",
  "3333": "vault secret storage",
};

function snakeCommands(line: string, world: FakeWorld): string | undefined {
  if (line === "kubectl -n project-snake get pod -L app") {
    const rows = ["backend-0   1/1     Running   0          12m   backend"];
    for (const name of ["db1", "db2", "vault"])
      rows.push(`${`${name}-0`.padEnd(12)}1/1     Running   0          12m   ${name}`);
    return `NAME        READY   STATUS    RESTARTS   AGE   APP\n${rows.join("\n")}\n`;
  }
  if (line === "colours") return "\x1b[38;2;255;136;0morange\x1b[0m\n";
  if (line.startsWith("kubectl apply -f")) {
    const next = line.includes("right") ? "right" : "wrong";
    world.state = { ...world.state, files: { ...world.state.files, policy: next } };
    world.changed();
    return "networkpolicy.networking.k8s.io/np-backend created\n";
  }
  const call = /exec backend-0 -- curl -s (10\.44\.0\.\d+):(\d+)$/.exec(line);
  if (!call) return undefined;
  const [, address = "", port = ""] = call;
  const pod = addresses[address] ?? "";
  const isShut = policyOf(world) !== "none" && pod === "vault-0";
  world.record(flowTo(world, pod, address, Number(port), isShut));
  return isShut ? "^C\n" : `${answers[port] ?? ""}\n`;
}

function flowTo(world: FakeWorld, pod: string, address: string, port: number, isShut: boolean): Flow {
  const decision = {
    isAllowed: !isShut,
    isIsolated: policyOf(world) !== "none",
    selectedBy: ["project-snake/np-backend"],
  };
  return {
    id: world.flows.length + 1,
    timeMs: world.clock.now(),
    source: "pod:project-snake/backend-0",
    sourceAddress: "10.44.0.24",
    requestedAddress: address,
    requestedPort: port,
    protocol: "TCP",
    destination: `pod:project-snake/${pod}`,
    destinationAddress: address,
    destinationPort: port,
    outcome: isShut ? "dropped" : "connected",
    steps: [{ at: "egress", pod: "project-snake/backend-0", decision, ...(isShut ? { decides: true as const } : {}) }],
  };
}

export async function startFakeLab(port = 0): Promise<RunningServer & { readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const library: SessionServices["lessons"] = {
    list: () => lessons,
    get: (id) => lessons.find((lesson) => lesson.id === id),
    trackTitle: () => "Tutorial",
  };
  const server = await createServer({
    host: "127.0.0.1",
    port,
    webRoot,
    version: "test",
    services: {
      store: await openStore({ kind: "memory" }),
      host: processHost((error, context) => faults.push(`${context}: ${String(error)}`)),
      lessons: withSandbox(library),
      makeWorld: ({ scenario, host, stored }) =>
        Promise.resolve({ world: asWorld(new FakeWorld(scenario, host, stored?.snapshot, snakeCommands)), imageMs: 1 }),
      terminalStateOf: () => undefined,
      drawPicture: snakePicture,
      log: () => undefined,
    },
  });
  return { ...server, faults };
}
