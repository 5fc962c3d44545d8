import { describe, expect, it } from "vitest";
import { type DnsZone, dnsAnswer } from "./cluster-dns.ts";
import type { EndpointSlice, Namespace, Service } from "./objects.ts";

const service = (name: string, spec: Service["spec"]): Service => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace: "shop" },
  spec,
});
const services = [
  service("web", { clusterIP: "10.96.7.7", clusterIPs: ["10.96.7.7"], ports: [{ name: "http", port: 80 }] }),
  service("db", { clusterIP: "None", ports: [{ name: "sql", port: 5432 }] }),
  service("empty", { clusterIP: "None" }),
  service("outside", { type: "ExternalName", externalName: "example.org" }),
];
const dbSlice: EndpointSlice = {
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: "db-1", namespace: "shop", labels: { "kubernetes.io/service-name": "db" } },
  addressType: "IPv4",
  ports: [{ name: "sql", port: 5432, protocol: "TCP" }],
  endpoints: [
    { addresses: ["10.244.1.5"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.244.2.6"], conditions: { ready: true } },
    { addresses: ["10.244.2.7"], conditions: { ready: false } },
  ],
};
const zone: DnsZone = {
  domain: "cluster.local",
  ttlSeconds: 30,
  namespace: (name) =>
    name === "shop" ? ({ apiVersion: "v1", kind: "Namespace", metadata: { name } } as Namespace) : undefined,
  service: (namespace, name) =>
    services.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name),
  services: () => services,
  slices: (_, name) => (name === "db" ? [dbSlice] : []),
  allSlices: () => [dbSlice],
};
const ask = (name: string, type = "A"): unknown => {
  const answer = dnsAnswer(zone, { name, type });
  return answer.kind === "answer" ? answer.records.map((record) => `${record.type} ${record.data}`) : answer.kind;
};

describe("cluster DNS", () => {
  it.each([
    ["web.shop.svc.cluster.local", "A", ["A 10.96.7.7"]],
    ["web.shop.svc.cluster.local", "AAAA", "no-data"],
    ["_http._tcp.web.shop.svc.cluster.local", "SRV", ["SRV 0 100 80 web.shop.svc.cluster.local"]],
    ["db.shop.svc.cluster.local", "A", ["A 10.244.1.5", "A 10.244.2.6"]],
    ["db-0.db.shop.svc.cluster.local", "A", ["A 10.244.1.5"]],
    ["10-244-2-6.db.shop.svc.cluster.local", "A", ["A 10.244.2.6"]],
    ["db-9.db.shop.svc.cluster.local", "A", "no-such-name"],
    ["empty.shop.svc.cluster.local", "A", "no-such-name"],
    ["outside.shop.svc.cluster.local", "A", ["CNAME example.org"]],
    ["none.shop.svc.cluster.local", "A", "no-such-name"],
    ["web.nowhere.svc.cluster.local", "A", "no-such-name"],
    ["shop.svc.cluster.local", "A", "no-data"],
    ["10-244-9-9.shop.pod.cluster.local", "A", ["A 10.244.9.9"]],
    ["10-244-9-9.nowhere.pod.cluster.local", "A", "no-such-name"],
    ["7.7.96.10.in-addr.arpa", "PTR", ["PTR web.shop.svc.cluster.local"]],
    ["5.1.244.10.in-addr.arpa", "PTR", ["PTR db-0.db.shop.svc.cluster.local"]],
    ["1.1.1.1.in-addr.arpa", "PTR", "not-mine"],
    ["example.org", "A", "not-mine"],
    ["web.shop.svc.cluster.local.shop.svc.cluster.local", "A", "no-such-name"],
  ])("%s %s is %j", (name, type, expected) => {
    expect(ask(name, type)).toEqual(expected);
  });
});
