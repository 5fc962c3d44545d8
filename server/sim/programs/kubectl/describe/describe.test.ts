import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { KubeObject } from "../../../kube/api/types.ts";
import { KindHarness } from "../../../kube/kinds/testing/harness.ts";
import { describerFor, type RelatedObjects } from "./index.ts";
import { describePodTemplate } from "./pod-template-text.ts";

interface Recording {
  readonly manifests: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly policies: string;
  readonly policyOutputs: Readonly<Record<string, string>>;
}

const url = new URL("../../../../../test/fixtures/kinds/describe.json.gz", import.meta.url);
const recording = JSON.parse(gunzipSync(readFileSync(url)).toString()) as Recording;
const NOW = Date.parse("2026-11-21T10:30:24Z");
const CREATED = "2026-11-21T10:30:20Z";
const NO_EVENTS: RelatedObjects = { events: { items: [] } };

function byName(yaml: string): Map<string, KubeObject> {
  const outcomes = new KindHarness().applyAll(yaml);
  return new Map(
    outcomes.map(({ object }) => [
      `${object.kind}/${object.metadata.name}`,
      { ...object, metadata: { ...object.metadata, uid: `uid-${object.metadata.name}`, creationTimestamp: CREATED } },
    ]),
  );
}

const objects = byName(recording.manifests);

function find(key: string, status?: object): KubeObject {
  const object = objects.get(key);
  if (object === undefined) throw new Error(`no ${key}`);
  return status === undefined ? object : { ...object, status };
}

function text(object: KubeObject, related: RelatedObjects = NO_EVENTS): string {
  const group = object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
  return describerFor(group, object.kind).describe(object, related, NOW);
}

/** What differs from run to run. */
function plain(output: string | undefined): string {
  return (output ?? "")
    .replaceAll(/10\.(9[6-9]|10\d|11[01])\.\d+\.\d+/g, "IP")
    .replaceAll(/(NodePort: +<unset>) +\d+/g, "$1 PORT")
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, "TIME");
}

function event(reason: string, message: string, component: string, fieldPath?: string): KubeObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: reason, namespace: "default" },
    involvedObject: fieldPath === undefined ? {} : { fieldPath },
    type: "Normal",
    reason,
    message,
    source: { component },
    firstTimestamp: "2026-11-21T10:30:21Z",
    lastTimestamp: "2026-11-21T10:30:21Z",
    count: 1,
  };
}

const slice = (service: string, addresses: readonly string[], ports: readonly object[]): KubeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${service}-x`, namespace: "default" },
  addressType: "IPv4",
  ports,
  endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
});
const webAddresses = ["10.244.2.18", "10.244.1.19"];

describe("describe networkpolicy, as recorded", () => {
  const policies = byName(recording.policies);
  it.each(Object.keys(recording.policyOutputs).filter((name) => policies.has(`NetworkPolicy/${name}`)))(
    "%s",
    (name) => {
      const policy = policies.get(`NetworkPolicy/${name}`);
      expect(policy).toBeDefined();
      if (policy !== undefined) expect(plain(text(policy))).toBe(plain(recording.policyOutputs[name]));
    },
  );
});

describe("describe, as recorded", () => {
  const services: readonly (readonly [string, RelatedObjects])[] = [
    [
      "web",
      {
        ...NO_EVENTS,
        endpointSlices: {
          items: [
            slice("web", webAddresses, [
              { name: "http", port: 80 },
              { name: "alt", port: 80 },
            ]),
          ],
        },
      },
    ],
    ["web-np", { ...NO_EVENTS, endpointSlices: { items: [slice("web-np", webAddresses, [{ name: "", port: 80 }])] } }],
    ["web-lb", { ...NO_EVENTS, endpointSlices: { items: [slice("web-lb", webAddresses, [{ name: "", port: 80 }])] } }],
    [
      "headless",
      { ...NO_EVENTS, endpointSlices: { items: [slice("headless", webAddresses, [{ name: "", port: 80 }])] } },
    ],
    ["ext", { ...NO_EVENTS, endpointSlices: { items: [] } }],
    ["nosel", { ...NO_EVENTS, endpointSlices: { items: [] } }],
  ];
  it.each(services)("svc %s", (name, related) => {
    expect(plain(text(find(`Service/${name}`), related))).toBe(plain(recording.outputs[`svc ${name}`]));
  });

  const simple = [
    ["cm cfg", "ConfigMap/cfg"],
    ["secret sec", "Secret/sec"],
    ["sa bot", "ServiceAccount/bot"],
    ["cj cj", "CronJob/cj"],
    ["role reader", "Role/reader"],
    ["rolebinding reader", "RoleBinding/reader"],
    ["limits lr -n demo", "LimitRange/lr"],
    ["hpa hpa", "HorizontalPodAutoscaler/hpa"],
  ] as const;
  it.each(simple)("%s", (command, key) => {
    expect(text(find(key))).toBe(recording.outputs[command]);
  });

  it("quota rq", () => {
    const status = { hard: { pods: "5", "requests.cpu": "1" }, used: { pods: "0", "requests.cpu": "0" } };
    expect(text(find("ResourceQuota/rq", status))).toBe(recording.outputs["quota rq -n demo"]);
  });

  it("ns demo", () => {
    const status = { hard: { pods: "5", "requests.cpu": "1" }, used: { pods: "0", "requests.cpu": "0" } };
    const related = {
      resourceQuotas: { items: [find("ResourceQuota/rq", status)] },
      limitRanges: { items: [find("LimitRange/lr")] },
    };
    expect(text(find("Namespace/demo"), related)).toBe(recording.outputs["ns demo"]);
  });

  it("pdb pdb", () => {
    const status = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
    expect(text(find("PodDisruptionBudget/pdb", status))).toBe(recording.outputs["pdb pdb"]);
  });

  it("pv pv", () => {
    const volume = find("PersistentVolume/pv", { phase: "Available" });
    const metadata = { ...volume.metadata, finalizers: ["kubernetes.io/pv-protection"] };
    expect(text({ ...volume, metadata })).toBe(recording.outputs["pv pv"]);
  });

  it("pvc pvc", () => {
    const claim = find("PersistentVolumeClaim/pvc");
    const waiting = event(
      "WaitForFirstConsumer",
      "waiting for first consumer to be created before binding",
      "persistentvolume-controller",
    );
    const repeated = {
      ...waiting,
      count: 2,
      firstTimestamp: "2026-11-21T10:30:18Z",
      lastTimestamp: "2026-11-21T10:30:19Z",
    };
    const stored = {
      ...claim,
      metadata: { ...claim.metadata, finalizers: ["kubernetes.io/pvc-protection"] },
      spec: { ...(claim["spec"] as object), storageClassName: "local-path" },
    };
    const related = { pods: { items: [] }, events: { items: [repeated] } };
    expect(text(stored, related)).toBe(recording.outputs["pvc pvc"]);
  });

  it("ingress ing", () => {
    const related = {
      ...NO_EVENTS,
      "service:web": { items: [find("Service/web")] },
      "slices:web": {
        items: [
          slice("web", webAddresses, [
            { name: "http", port: 80 },
            { name: "alt", port: 80 },
          ]),
        ],
      },
      "service:nosuch": { items: [], error: 'services "nosuch" not found' },
      "slices:nosuch": { items: [] },
    };
    expect(text(find("Ingress/ing"), related)).toBe(recording.outputs["ingress ing"]);
  });

  it("deploy web", () => {
    const deployment = find("Deployment/web", {
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: 2,
      availableReplicas: 2,
      conditions: [
        { type: "Available", status: "True", reason: "MinimumReplicasAvailable" },
        { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
      ],
    });
    const spec = deployment["spec"] as { template: { metadata: object } };
    const labels = { app: "web", "pod-template-hash": "596556dd5f" };
    const replicaSet: KubeObject = {
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: {
        name: "web-596556dd5f",
        namespace: "default",
        labels,
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "uid-web", controller: true }],
      },
      spec: { replicas: 2, template: { ...spec.template, metadata: { labels } } },
      status: { replicas: 2 },
    };
    const scaled = event(
      "ScalingReplicaSet",
      "Scaled up replica set web-596556dd5f from 0 to 2",
      "deployment-controller",
    );
    const stored = {
      ...deployment,
      metadata: { ...deployment.metadata, annotations: { "deployment.kubernetes.io/revision": "1" } },
    };
    const related = { replicaSets: { items: [replicaSet] }, events: { items: [scaled] } };
    expect(text(stored, related)).toBe(recording.outputs["deploy web"]);
  });

  it("pod full", () => {
    const pod = find("Pod/full");
    const spec = pod["spec"] as {
      containers: { volumeMounts?: object[] }[];
      initContainers: object[];
      volumes: object[];
    };
    const token = {
      name: "kube-api-access-vvfj6",
      mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
      readOnly: true,
    };
    const mounted = (container: { volumeMounts?: object[] }) => ({
      ...container,
      volumeMounts: [...(container.volumeMounts ?? []), token],
    });
    const projected = {
      name: "kube-api-access-vvfj6",
      projected: {
        sources: [
          { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
          { configMap: { name: "kube-root-ca.crt" } },
          { downwardAPI: { items: [] } },
        ],
      },
    };
    const tolerations = ["not-ready", "unreachable"].map((name) => ({
      key: `node.kubernetes.io/${name}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 300,
    }));
    const stored: KubeObject = {
      ...pod,
      spec: {
        ...spec,
        priority: 0,
        nodeName: "node01",
        tolerations,
        containers: spec.containers.map(mounted),
        initContainers: spec.initContainers.map(mounted),
        volumes: [...spec.volumes, projected],
      },
      status: {
        phase: "Running",
        qosClass: "Burstable",
        hostIP: "172.30.1.3",
        podIP: "10.244.1.18",
        podIPs: [{ ip: "10.244.1.18" }],
        startTime: CREATED,
        conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
          (type) => ({
            type,
            status: "True",
          }),
        ),
        initContainerStatuses: [
          {
            name: "init",
            ready: true,
            restartCount: 0,
            containerID: "containerd://2e57b44b8f276bb4be90418fd2dc304163df3dd6eea4300fe91a9bd4c717bd2a",
            imageID: "sha256:ab512471e34f10e894cfa69eec441e1412a1c418f681cdb04b15c219c8b1dd67",
            state: { terminated: { exitCode: 0, reason: "Completed", startedAt: CREATED, finishedAt: CREATED } },
            lastState: {},
          },
        ],
        containerStatuses: [
          {
            name: "main",
            ready: true,
            restartCount: 0,
            containerID: "containerd://335a2575ad901e4a203cb6684bc7e3bcb6a7769f23cb06ac123e75fff21c3c17",
            imageID: "sha256:cd4495bb73de9b01bf009710b80ecf4be2d298db47492f4e9e7d0b04981c4614",
            state: { running: { startedAt: CREATED } },
            lastState: {},
          },
        ],
      },
    };
    const present = (image: string) =>
      `Container image "${image}" already present on machine and can be accessed by the pod`;
    const about = (part: string, image: string) => [
      event("Pulled", present(image), "kubelet", part),
      event("Created", "Container created", "kubelet", part),
      event("Started", "Container started", "kubelet", part),
    ];
    const events = [
      event("Scheduled", "Successfully assigned default/full to node01", "default-scheduler"),
      ...about("spec.initContainers{init}", "busybox:1.36"),
      ...about("spec.containers{main}", "nginx:1.27"),
    ];
    expect(text(stored, { events: { items: events } })).toBe(recording.outputs["pod full"]);
  });

  it("job job", () => {
    const job = find("Job/job");
    const output = text(
      {
        ...job,
        status: { succeeded: 1, ready: 0, startTime: CREATED, completionTime: "2026-11-21T10:30:22Z" },
      },
      {},
    ).replaceAll("00000000-0000-4000-8000-000000000000", "b9e64c36-3ed3-4704-a44d-5cd0af8734f8");
    const recorded = (recording.outputs["job job"] ?? "").replace(/Events:[\s\S]*$/, "");
    expect(output).toBe(recorded);
  });

  it("sts st and ds ds", () => {
    const pods = (owner: string) => ({
      items: [1, 2].map(
        (number): KubeObject => ({
          apiVersion: "v1",
          kind: "Pod",
          metadata: {
            name: `${owner}-${number}`,
            labels: { app: owner },
            ownerReferences: [{ apiVersion: "apps/v1", kind: "X", name: owner, uid: `uid-${owner}`, controller: true }],
          },
          status: { phase: "Running" },
        }),
      ),
    });
    const daemonSet = find("DaemonSet/ds", {
      desiredNumberScheduled: 2,
      currentNumberScheduled: 2,
      updatedNumberScheduled: 2,
      numberAvailable: 2,
      numberMisscheduled: 0,
    });
    const annotated = { ...daemonSet.metadata, annotations: { "deprecated.daemonset.template.generation": "1" } };
    const withoutEvents = (output: string | undefined) => (output ?? "").replace(/Events:[\s\S]*$/, "");
    expect(text({ ...daemonSet, metadata: annotated }, { pods: pods("ds") })).toBe(
      withoutEvents(recording.outputs["ds ds"]),
    );
    const one = { items: pods("st").items.slice(0, 1) };
    expect(text(find("StatefulSet/st", { replicas: 1 }), { pods: one })).toBe(
      withoutEvents(recording.outputs["sts st"]),
    );
  });

  it("sc local-path", () => {
    const annotations = {
      "kubectl.kubernetes.io/last-applied-configuration":
        '{"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"annotations":{"storageclass.kubernetes.io/is-default-class":"true"},"name":"local-path"},"provisioner":"rancher.io/local-path","volumeBindingMode":"WaitForFirstConsumer"}\n',
      "storageclass.kubernetes.io/is-default-class": "true",
    };
    const storageClass: KubeObject = {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "local-path", annotations },
      provisioner: "rancher.io/local-path",
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    };
    expect(text(storageClass)).toBe(recording.outputs["sc local-path"]);
  });
});

describe("describe node, as recorded", () => {
  const stored = JSON.parse(
    gunzipSync(
      readFileSync(new URL("../../../../../test/fixtures/kinds/defaults.json.gz", import.meta.url)),
    ).toString(),
  ) as { readonly stored: Readonly<Record<string, string>> };
  const node = parse(stored.stored["node/node01"]?.replaceAll("10:32:29", "10:29:02") ?? "") as KubeObject;
  const pod = (namespace: string, name: string, created: string, resources: object = {}): KubeObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { namespace, name, creationTimestamp: created },
    spec: { containers: [{ resources }] },
  });

  it("node01", () => {
    const full = { requests: { cpu: "100m", memory: "64Mi" }, limits: { cpu: "200m", memory: "128Mi" } };
    const lease: KubeObject = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "node01" },
      spec: { holderIdentity: "node01", renewTime: "2026-11-21T10:30:22.000000Z" },
    };
    const pods = [
      pod("default", "ds-f6j72", "2026-11-21T10:30:19Z"),
      pod("default", "full", "2026-11-21T10:30:19Z", full),
      pod("default", "web-596556dd5f-dmgj6", "2026-11-21T10:30:19Z"),
      pod("kube-system", "kube-proxy-cqbbs", "2026-11-21T10:29:07Z"),
    ];
    const related = { ...NO_EVENTS, lease: { items: [lease] }, pods: { items: pods } };
    expect(text(node, related)).toBe(recording.outputs["node node01"]);
  });
});

describe("describe endpoints and endpointslices, as recorded", () => {
  const metadata = (name: string, labels: Record<string, string>) => ({
    name,
    namespace: "default",
    labels,
    annotations: { "endpoints.kubernetes.io/last-change-trigger-time": "2026-11-21T10:30:21Z" },
  });

  it("endpoints web", () => {
    const endpoints: KubeObject = {
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: metadata("web", { "endpoints.kubernetes.io/managed-by": "endpoint-controller" }),
      subsets: [
        {
          addresses: [{ ip: "10.244.1.19" }, { ip: "10.244.2.18" }],
          ports: [
            { name: "http", port: 80, protocol: "TCP" },
            { name: "alt", port: 80, protocol: "TCP" },
          ],
        },
      ],
    };
    expect(text(endpoints)).toBe(recording.outputs["endpoints web"]);
  });

  it("endpointslices of web", () => {
    const endpoint = (address: string, pod: string, nodeName: string) => ({
      addresses: [address],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName,
      targetRef: { kind: "Pod", name: pod },
    });
    const endpointSlice: KubeObject = {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: metadata("web-wl8tw", {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": "web",
      }),
      addressType: "IPv4",
      ports: [
        { name: "alt", port: 80, protocol: "TCP" },
        { name: "http", port: 80, protocol: "TCP" },
      ],
      endpoints: [
        endpoint("10.244.2.18", "web-596556dd5f-7v29t", "node02"),
        endpoint("10.244.1.19", "web-596556dd5f-dmgj6", "node01"),
      ],
    };
    expect(text(endpointSlice)).toBe(recording.outputs["endpointslices -l kubernetes.io/service-name=web"]);
  });
});

describe("describe of kinds without a describer", () => {
  it("writes every field under its name in words", () => {
    const lease: KubeObject = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "l", namespace: "default", uid: "u", creationTimestamp: CREATED },
      spec: { holderIdentity: "node01", list: ["a", { inner: 1 }] },
    };
    expect(text(lease)).toBe(
      [
        "Name:         l",
        "Namespace:    default",
        "Labels:       <none>",
        "Annotations:  <none>",
        "API Version:  coordination.k8s.io/v1",
        "Kind:         Lease",
        "Metadata:",
        "  Creation Timestamp:  2026-11-21T10:30:20Z",
        "  UID:                 u",
        "Spec:",
        "  Holder Identity:  node01",
        "  List:",
        "    a",
        "    Inner:  1",
        "Events:     <none>",
        "",
      ].join("\n"),
    );
  });
});

describe("describe csr", () => {
  it("shows the subject of the request", () => {
    // The DER of a request by CN=jane, O=devs: only the parts up to the subject matter.
    const name = [0x31, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 4, 3, 0x0c, 4, ...new TextEncoder().encode("jane")];
    const organization = [0x31, 0x0d, 0x30, 0x0b, 6, 3, 0x55, 4, 10, 0x0c, 4, ...new TextEncoder().encode("devs")];
    const subject = [0x30, name.length + organization.length, ...name, ...organization];
    const info = [0x30, subject.length + 3, 2, 1, 0, ...subject];
    const der = [0x30, 0x81, info.length, ...info];
    const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${btoa(String.fromCharCode(...der))}\n-----END CERTIFICATE REQUEST-----\n`;
    const request: KubeObject = {
      apiVersion: "certificates.k8s.io/v1",
      kind: "CertificateSigningRequest",
      metadata: { name: "jane", creationTimestamp: CREATED },
      spec: { request: btoa(pem), signerName: "kubernetes.io/kube-apiserver-client", username: "kubernetes-admin" },
    };
    expect(text(request)).toBe(
      [
        "Name:               jane",
        "Labels:             <none>",
        "Annotations:        <none>",
        "CreationTimestamp:  Sat, 21 Nov 2026 10:30:20 +0000",
        "Requesting User:    kubernetes-admin",
        "Signer:             kubernetes.io/kube-apiserver-client",
        "Status:             Pending",
        "Subject:",
        "         Common Name:    jane",
        "         Serial Number:  ",
        "         Organization:   devs",
        "Events:  <none>",
        "",
      ].join("\n"),
    );
  });
});

describe("a template by itself", () => {
  it("keeps its tabs", () => {
    const template = { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image: "nginx" }] } };
    expect(describePodTemplate(template).split("\n").slice(0, 5)).toEqual([
      "Pod Template:",
      "  Labels:\tapp=web",
      "  Containers:",
      "   web:",
      "    Image:\tnginx",
    ]);
  });
});
