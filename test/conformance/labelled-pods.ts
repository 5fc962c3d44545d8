/** The small clusters of the Kubernetes and Cyclonus suites: `ns/pod` with one label each, six served ports. */
import type { NetworkFabric } from "../../server/sim/net/index.ts";
import type { Labels, PodFacts, Protocol } from "../../server/sim/net/types.ts";
import { plugIn } from "./suite.ts";

const SERVED: readonly { readonly protocol: Protocol; readonly port: number }[] = [80, 81].flatMap((port) =>
  (["TCP", "UDP", "SCTP"] as const).map((protocol) => ({ protocol, port })),
);

export function servedPod(id: string, address: string, labels?: Labels): PodFacts {
  const [namespace = "", name = ""] = id.split("/");
  return {
    namespace,
    name,
    labels: labels ?? { pod: name },
    addresses: [address],
    nodeName: `node-${address.split(".")[2]}`,
    hostNetwork: false,
    ports: SERVED.map(({ protocol, port }) => ({
      name: `serve-${port}-${protocol.toLowerCase()}`,
      containerPort: port,
      protocol,
    })),
    isFinished: false,
  };
}

export function plugInServedPod(fabric: NetworkFabric, pod: PodFacts): void {
  plugIn(fabric, pod, (port, protocol) => SERVED.some((one) => one.port === port && one.protocol === protocol));
}

export function setLabelledNamespace(fabric: NetworkFabric, name: string, labels: Labels = { ns: name }): void {
  fabric.setNamespace({ name, labels });
}
