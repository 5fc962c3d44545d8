/** Components that only have to run; what they do is in `kube/controllers`. */
import type { Program } from "../../machine/types.ts";
import { component, klog } from "./component.ts";

const version = (process: { readonly program: { readonly version?: string } }): string =>
  `v${process.program.version ?? "1.36.3"}`;

export const components: readonly Program[] = [
  component({ name: "pause" }),
  component({
    name: "etcd",
    banner: (process) => [
      `{"level":"info","ts":"${new Date(process.clock.now()).toISOString()}","caller":"etcdmain/etcd.go:64","msg":"Running: ","args":${JSON.stringify(process.argv)}}`,
      `{"level":"info","ts":"${new Date(process.clock.now()).toISOString()}","caller":"embed/serve.go:210","msg":"serving client traffic securely","traffic":"grpc+http","address":"127.0.0.1:2379"}`,
    ],
  }),
  component({
    name: "kube-controller-manager",
    banner: (process) => [
      klog(process, "serving.go:392", "Generated self-signed cert in-memory"),
      klog(process, "controllermanager.go:203", `"Starting" version="${version(process)}"`),
    ],
    healthPorts: [10257],
  }),
  component({
    name: "kube-scheduler",
    banner: (process) => [
      klog(process, "server.go:175", `"Starting Kubernetes Scheduler" version="${version(process)}"`),
    ],
    healthPorts: [10259],
  }),
  component({
    name: "kube-proxy",
    banner: (process) => [
      klog(process, "server_linux.go:53", '"Using iptables proxy"'),
      klog(process, "server.go:702", `"Version info" version="${version(process)}"`),
    ],
    healthPorts: [10256],
  }),
  component({ name: "calico-node", banner: () => ["Calico node started successfully"], healthPorts: [9099] }),
  component({ name: "calico-kube-controllers" }),
  component({
    name: "flanneld",
    banner: (process) => [
      klog(process, "main.go:211", "CLI flags config: {etcdEndpoints: kubeSubnetMgr:true ipMasq:true}"),
    ],
  }),
  {
    name: "cni-install",
    run: async () => 0,
  },
];
