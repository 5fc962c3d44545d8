import { expect, it } from "vitest";
import { createTestServer, podManifest, seededRandom } from "../testing/test-server.ts";

const TEMPLATE = {
  metadata: { labels: { app: "x" } },
  spec: {
    containers: [
      {
        name: "c",
        image: "nginx",
        ports: [{ name: "http", containerPort: 80 }],
        env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        resources: { requests: { cpu: "100m" }, limits: { memory: "1Gi" } },
        livenessProbe: { httpGet: { path: "/", port: "http" } },
        volumeMounts: [{ name: "v", mountPath: "/v" }],
      },
    ],
    volumes: [{ name: "v", configMap: { name: "m", items: [{ key: "a", path: "b" }] } }],
    tolerations: [{ key: "a", operator: "Exists", effect: "NoSchedule" }],
    affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "a" }] } },
  },
};
const WORKLOAD = { replicas: 1, selector: { matchLabels: { app: "x" } }, template: TEMPLATE };

/** Path of the collection → a valid object. */
const OBJECTS: readonly (readonly [path: string, object: object])[] = [
  ["/api/v1/namespaces/default/pods", { ...podManifest("x"), spec: TEMPLATE.spec }],
  ["/apis/apps/v1/namespaces/default/deployments", { metadata: { name: "x" }, spec: WORKLOAD }],
  [
    "/apis/apps/v1/namespaces/default/statefulsets",
    { metadata: { name: "x" }, spec: { ...WORKLOAD, serviceName: "x" } },
  ],
  [
    "/apis/batch/v1/namespaces/default/cronjobs",
    { metadata: { name: "x" }, spec: { schedule: "* * * * *", jobTemplate: { spec: { template: TEMPLATE } } } },
  ],
  [
    "/api/v1/namespaces/default/services",
    {
      metadata: { name: "x", annotations: { a: "b" } },
      spec: {
        type: "NodePort",
        selector: { a: "b" },
        ports: [{ name: "p", port: 80, targetPort: "http", nodePort: 30080 }],
      },
    },
  ],
  [
    "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
    {
      metadata: { name: "x" },
      spec: {
        podSelector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] },
        ingress: [
          { from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }], ports: [{ port: 80, endPort: 90 }] },
        ],
        egress: [{ to: [{ namespaceSelector: {}, podSelector: {} }] }],
        policyTypes: ["Ingress", "Egress"],
      },
    },
  ],
  [
    "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
    {
      metadata: { name: "x" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [{ kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" }],
    },
  ],
];

const JUNK: readonly unknown[] = [
  null,
  0,
  -1,
  1.5,
  "",
  "x",
  true,
  [],
  {},
  [null],
  [{}],
  { a: null },
  "100m",
  [[]],
  1e11,
];
const PATCHES = ["merge-patch+json", "strategic-merge-patch+json", "apply-patch+yaml", "json-patch+json"];
const CALLS = 400;

it("no malformed object brings the server down", async () => {
  const { call } = createTestServer();
  const random = seededRandom(11);
  const mutate = (value: unknown): unknown => {
    if (random.next() < 0.04) return JUNK[random.integer(JUNK.length)];
    if (Array.isArray(value)) return value.map(mutate);
    if (typeof value !== "object" || value === null) return value;
    const kept = Object.entries(value).filter(() => random.next() > 0.02);
    return Object.fromEntries(kept.map(([name, child]) => [name, mutate(child)]));
  };
  const statuses = new Set<number>();
  for (let count = 0; count < CALLS; count++) {
    const [path, object] = OBJECTS[random.integer(OBJECTS.length)] as (typeof OBJECTS)[number];
    const body = mutate(object);
    const type = PATCHES[random.integer(PATCHES.length)];
    const answer =
      count % 3 === 0
        ? await call("POST", path, { body })
        : count % 3 === 1
          ? await call("PUT", `${path}/x`, { body })
          : await call("PATCH", `${path}/x?fieldManager=f`, {
              body,
              headers: { "content-type": `application/${type}` },
            });
    statuses.add(answer.status);
  }
  // Some are accepted, the others refused with a Status; none throws.
  for (const expected of [200, 201, 400, 422]) expect(statuses).toContain(expected);
  for (const status of statuses) expect(status).toBeLessThan(501);
});
