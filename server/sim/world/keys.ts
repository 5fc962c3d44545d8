/** What the world lends to programs that stand for the cluster's own components. */
import { serviceKey } from "../machine/services.ts";
import type { ApiServer } from "../kube/api/types.ts";
import type { Controller } from "../kube/controllers/context.ts";
import type { DnsZone } from "../kube/controllers/cluster-dns.ts";

/** The API function, for the process of kube-apiserver. */
export const API_SERVER = serviceKey<ApiServer>("cluster/api-server");

/** Components that run inside a process: started with it, stopped when it ends. */
export interface ComponentStarter {
  start(component: ComponentName): Controller;
  isRunning(component: ComponentName): boolean;
}

export type ComponentName =
  /** Without it the API server answers nothing. */
  | "etcd"
  | "kube-apiserver"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kube-proxy"
  /** Routes between pods: knows nodes, pods and policies. */
  | "network-plugin"
  /** Makes policies count. */
  | "policy-agent";

export const COMPONENTS = serviceKey<ComponentStarter>("cluster/components");

/** The cluster's names, for the process of CoreDNS. */
export const DNS_ZONE = serviceKey<(domain: string, ttlSeconds: number) => DnsZone>("cluster/dns-zone");
