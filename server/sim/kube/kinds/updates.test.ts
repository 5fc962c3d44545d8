import { describe, expect, it } from "vitest";
import { KindHarness } from "./testing/harness.ts";
import type { Draft } from "./types.ts";

const template = (labels: Draft, more: Draft = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "nginx" }], ...more },
});

function workload(kind: string, spec: Draft, apiVersion = "apps/v1"): Draft {
  return { apiVersion, kind, metadata: { name: "x" }, spec };
}

/** The errors of the second manifest, applied over the first. */
function errorsOf(first: Draft, second: Draft): readonly string[] {
  const harness = new KindHarness();
  expect(harness.apply(first).errors).toEqual([]);
  return harness.apply(second).errors;
}

describe("updates", () => {
  it.each(["Deployment", "ReplicaSet", "DaemonSet"])("of a %s cannot change the selector", (kind) => {
    const before = workload(kind, { selector: { matchLabels: { app: "a" } }, template: template({ app: "a" }) });
    const after = workload(kind, { selector: { matchLabels: { app: "b" } }, template: template({ app: "b" }) });
    expect(errorsOf(before, after)).toEqual([
      'spec.selector: Invalid value: {"matchLabels":{"app":"b"}}: field is immutable',
    ]);
  });

  it("of a StatefulSet change only what may change", () => {
    const before = workload("StatefulSet", {
      selector: { matchLabels: { app: "a" } },
      template: template({ app: "a" }),
      serviceName: "a",
    });
    const spec = before["spec"] as Draft;
    expect(errorsOf(before, workload("StatefulSet", { ...spec, replicas: 3 }))).toEqual([]);
    expect(errorsOf(before, workload("StatefulSet", { ...spec, serviceName: "b" }))).toEqual([
      "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ]);
  });

  it("of a Job cannot change the template", () => {
    const before = workload("Job", { template: template({}, { restartPolicy: "Never" }) }, "batch/v1");
    const after = workload("Job", { template: template({}, { restartPolicy: "OnFailure" }) }, "batch/v1");
    const harness = new KindHarness();
    const created = harness.apply(before).object["spec"] as Draft;
    const changed = {
      ...created,
      template: {
        ...(created["template"] as Draft),
        ...(after["spec"] as { template: Draft }).template,
        metadata: (created["template"] as Draft)["metadata"],
      },
    };
    const [error, ...more] = harness.apply(workload("Job", changed, "batch/v1")).errors;
    expect(more).toEqual([]);
    expect(error).toMatch(
      /^spec\.template: Invalid value: \{"labels":\{.*"Spec":\{"Volumes":null,.*"RestartPolicy":"OnFailure",.*: field is immutable$/,
    );
  });

  it("of an immutable ConfigMap are refused", () => {
    const cm = (data: Draft) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "c" },
      data,
      immutable: true,
    });
    expect(errorsOf(cm({ a: "1" }), cm({ a: "2" }))).toEqual([
      "data: Forbidden: field is immutable when `immutable` is set",
    ]);
  });

  it("of a Secret cannot change its type", () => {
    const secret = (type: string) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, type });
    expect(errorsOf(secret("Opaque"), secret("example.com/x"))).toEqual([
      'type: Invalid value: "example.com/x": field is immutable',
    ]);
  });

  it("of a RoleBinding cannot change the role", () => {
    const binding = (name: string) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "rb" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
    });
    expect(errorsOf(binding("a"), binding("b"))).toEqual([
      'roleRef: Invalid value: {"apiGroup":"rbac.authorization.k8s.io","kind":"Role","name":"b"}: cannot change roleRef',
    ]);
  });

  it("keep the status and count template generations of a DaemonSet", () => {
    const harness = new KindHarness();
    const daemonSet = (image: string) =>
      workload("DaemonSet", {
        selector: { matchLabels: { app: "a" } },
        template: template({ app: "a" }, { containers: [{ name: "c", image }] }),
      });
    const generation = (image: string) =>
      harness.apply(daemonSet(image)).object.metadata.annotations?.["deprecated.daemonset.template.generation"];
    expect([generation("nginx:1"), generation("nginx:1"), generation("nginx:2")]).toEqual(["1", "1", "2"]);
  });
});

describe("creation", () => {
  const errors = (manifest: Draft) => new KindHarness().apply(manifest).errors;

  it("of a Job needs a restart policy that lets pods end", () => {
    expect(errors(workload("Job", { template: template({}) }, "batch/v1"))).toEqual([
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ]);
  });

  it("of a CronJob needs a schedule of five fields", () => {
    const jobTemplate = { spec: { template: template({}, { restartPolicy: "Never" }) } };
    const cronJob = (schedule: string) => workload("CronJob", { schedule, jobTemplate }, "batch/v1");
    expect(errors(cronJob("* * * *"))).toEqual([
      'spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]',
    ]);
    expect(errors(cronJob("61 * * * *"))).toEqual([
      'spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61',
    ]);
    for (const schedule of ["*/5 * * * *", "@hourly", "@every 5m", "0 0 1-5 jan mon-fri"]) {
      expect(errors(cronJob(schedule))).toEqual([]);
    }
  });

  it("of an Ingress needs path types and backends", () => {
    const ingress = (spec: Draft) => workload("Ingress", spec, "networking.k8s.io/v1");
    expect(errors(ingress({}))).toEqual([
      "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    ]);
    const backend = { service: { name: "s", port: { number: 80 } } };
    expect(errors(ingress({ rules: [{ http: { paths: [{ path: "/", backend }] } }] }))).toEqual([
      "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
    ]);
    expect(
      errors(ingress({ rules: [{ host: "1.2.3.4", http: { paths: [{ path: "x", pathType: "Prefix", backend }] } }] })),
    ).toEqual([
      'spec.rules[0].host: Invalid value: "1.2.3.4": must be a DNS name, not an IP address',
      'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
    ]);
  });

  it("of a Role needs verbs", () => {
    const role = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "r" },
      rules: [{ apiGroups: [""], resources: ["pods"] }],
    };
    expect(errors(role)).toEqual(["rules[0].verbs: Required value: verbs must contain at least one value"]);
  });

  it("labels a namespace with its name", () => {
    const { object } = new KindHarness().apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "dev" } });
    expect(object.metadata.labels).toEqual({ "kubernetes.io/metadata.name": "dev" });
  });
});

describe("warnings", () => {
  const warnings = (manifest: Draft) => new KindHarness().apply(manifest).warnings;

  it("come for memory in thousandths of a byte", () => {
    const containers = [{ name: "c", image: "nginx", resources: { limits: { memory: "100m" } } }];
    const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { containers } };
    expect(warnings(pod)).toEqual([
      'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
      'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an integer',
    ]);
  });

  it("come for names that make poor hostnames", () => {
    const deployment = workload("Deployment", {
      selector: { matchLabels: { app: "a" } },
      template: template({ app: "a" }),
    });
    expect(warnings({ ...deployment, metadata: { name: "a.b" } })).toEqual([
      "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ]);
  });

  it("come for fields without effect on a Service", () => {
    const service = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "s" },
      spec: { externalName: "x.org", ports: [{ port: 80 }] },
    };
    expect(warnings(service)).toEqual(['spec.externalName is ignored when spec.type is not "ExternalName"']);
  });
});

describe("names of Services", () => {
  it("may begin with a digit since v1.35", () => {
    const service = { apiVersion: "v1", kind: "Service", metadata: { name: "1st" }, spec: { ports: [{ port: 80 }] } };
    expect(new KindHarness("v1.36").apply(service).errors).toEqual([]);
    expect(new KindHarness("v1.30").apply(service).errors).toEqual([
      "metadata.name: Invalid value: \"1st\": a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ]);
  });
});
