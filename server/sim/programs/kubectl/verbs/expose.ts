/** `kubectl expose`: a Service in front of a workload, pod or Service. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { forEachTarget } from "../resources/select.ts";
import { nameOf, stringMap, type Target } from "../resources/target.ts";
import { dryRunOf, fileSelection, ResultPrinter, writeQuery } from "./common.ts";
import { override, parseLabels } from "./run.ts";
import type { DryRun, Verb } from "./verb.ts";

const EXPOSABLE = ["ReplicationController", "Service", "Pod", "Deployment", "ReplicaSet"];

interface Port {
  readonly number: number;
  readonly protocol: string;
}

export const expose: Verb = {
  words: "expose",
  async run(kubectl) {
    const dryRun = await dryRunOf(kubectl);
    const results = new ResultPrinter(kubectl, dryRun, { keepsOrder: dryRun === "client" });
    await forEachTarget(
      kubectl,
      { ...fileSelection(kubectl), args: kubectl.args, continuesOnError: true, isLatest: true },
      (target) => exposeTarget(kubectl, target, dryRun, results),
    );
    return 0;
  },
};

async function exposeTarget(kubectl: Kubectl, target: Target, dryRun: DryRun, results: ResultPrinter): Promise<void> {
  const { kind } = target.type;
  if (!EXPOSABLE.includes(kind))
    throw new KubectlError(`cannot expose a ${kind}${target.type.group === "" ? "" : `.${target.type.group}`}`);
  const service = override(kubectl, buildService(kubectl, target));
  const created =
    dryRun === "client"
      ? service
      : await kubectl.client().request("POST", `/api/v1/namespaces/${target.namespace}/services`, {
          query: writeQuery(kubectl, dryRun),
          body: service,
        });
  await results.print({ group: "", kind: "Service" }, nameOf(created), "exposed", created);
}

function buildService(kubectl: Kubectl, target: Target): ApiObject {
  const { flags } = kubectl;
  const selector = flags.string("selector") === "" ? selectorOf(target) : parseLabels(flags.string("selector"));
  const isHeadless = flags.string("cluster-ip") === "None";
  const known = portsOf(target);
  const given = flags.string("port");
  const numbers = given === "" ? known.map(({ number }) => number) : given.split(",").map(parsePort);
  if (numbers.length === 0 && !isHeadless)
    throw new KubectlError("couldn't find port via --port flag or introspection");
  const labels =
    flags.string("labels") === "" ? stringMap(target.object, "labels") : parseLabels(flags.string("labels"));
  const name = flags.string("name") || target.name;
  const type = flags.string("type");
  const externalIp = flags.string("external-ip");
  const affinity = flags.string("session-affinity");
  const { namespace, isNamespaceExplicit } = kubectl.connection();
  return {
    kind: "Service",
    apiVersion: "v1",
    metadata: {
      name,
      ...(isNamespaceExplicit ? { namespace } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
    },
    spec: {
      ...(numbers.length === 0
        ? {}
        : { ports: numbers.map((port, index) => servicePort(kubectl, port, index, numbers.length, known)) }),
      selector,
      ...(flags.string("cluster-ip") === "" ? {} : { clusterIP: flags.string("cluster-ip") }),
      ...(type === "" ? {} : { type }),
      ...(externalIp === "" ? {} : { externalIPs: [externalIp] }),
      ...(affinity === "" ? {} : { sessionAffinity: affinity }),
      ...(flags.string("load-balancer-ip") === "" ? {} : { loadBalancerIP: flags.string("load-balancer-ip") }),
    },
    status: { loadBalancer: {} },
  };
}

function parsePort(text: string): number {
  if (!/^\d+$/.test(text.trim()))
    throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function servicePort(kubectl: Kubectl, port: number, index: number, count: number, known: readonly Port[]) {
  const target = kubectl.flags.string("target-port");
  const protocol = kubectl.flags.string("protocol") || known.find(({ number }) => number === port)?.protocol || "TCP";
  const targetPort = target === "" ? port : /^\d+$/.test(target) ? Number(target) : target;
  return { ...(count > 1 ? { name: `port-${index + 1}` } : {}), protocol, port, targetPort };
}

interface Spec {
  readonly selector?: unknown;
  readonly ports?: readonly { readonly port: number; readonly protocol?: string }[];
  readonly containers?: readonly {
    readonly ports?: readonly { readonly containerPort: number; readonly protocol?: string }[];
  }[];
  readonly template?: { readonly spec?: Spec };
}

function selectorOf(target: Target): Readonly<Record<string, string>> {
  const spec = (target.object["spec"] ?? {}) as Spec;
  if (target.type.kind === "Pod") {
    const labels = stringMap(target.object, "labels");
    if (Object.keys(labels).length === 0)
      throw new KubectlError(
        "couldn't retrieve selectors via --selector flag or introspection: the pod has no labels and cannot be exposed",
      );
    return labels;
  }
  if (target.type.kind === "Service" || target.type.kind === "ReplicationController") {
    const selector = (spec.selector ?? {}) as Readonly<Record<string, string>>;
    if (Object.keys(selector).length === 0) {
      throw new KubectlError(
        "couldn't retrieve selectors via --selector flag or introspection: the service has no pod selector set",
      );
    }
    return selector;
  }
  const selector = (spec.selector ?? {}) as {
    matchLabels?: Readonly<Record<string, string>>;
    matchExpressions?: readonly unknown[];
  };
  if ((selector.matchExpressions ?? []).length > 0) {
    throw new KubectlError(
      `couldn't retrieve selectors via --selector flag or introspection: couldn't convert expressions - "${JSON.stringify(selector.matchExpressions)}" to map-based selector format`,
    );
  }
  return selector.matchLabels ?? {};
}

function portsOf(target: Target): readonly Port[] {
  const spec = (target.object["spec"] ?? {}) as Spec;
  if (target.type.kind === "Service")
    return (spec.ports ?? []).map(({ port, protocol = "TCP" }) => ({ number: port, protocol }));
  const containers = (target.type.kind === "Pod" ? spec : spec.template?.spec)?.containers ?? [];
  return containers.flatMap(({ ports = [] }) =>
    ports.map(({ containerPort, protocol = "TCP" }) => ({ number: containerPort, protocol })),
  );
}
