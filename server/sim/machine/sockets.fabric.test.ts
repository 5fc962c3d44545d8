import { describe, expect, it } from "vitest";
import { createFabric } from "../net/fabric/network.ts";
import { isErrno } from "./errno.ts";
import { createRandom } from "./random.ts";
import { createNetworkNamespace } from "./sockets.ts";
import { createTestClock, createTestMachine } from "./testing/machine.ts";

function cluster() {
  const clock = createTestClock();
  const random = createRandom(3);
  const fabric = createFabric({
    profile: {
      enforcesPolicies: true,
      denial: "drop",
      ipBlockMatchesPods: false,
      icmp: "by-policy",
      establishedConnections: "kept",
    },
    now: () => clock.now(),
    random: () => random.next(),
  });
  fabric.setNamespace({ name: "default", labels: {} });
  const pod = (name: string, address: string, nodeName: string) => {
    fabric.setPod({
      namespace: "default",
      name,
      labels: { app: name },
      addresses: [address],
      nodeName,
      hostNetwork: false,
      ports: [],
      isFinished: false,
    });
    const id = `pod:default/${name}`;
    const network = createNetworkNamespace({
      id,
      kind: "pod",
      addresses: [address],
      fabric,
      clock,
      random,
      nodeName,
      namespace: "default",
      podName: name,
    });
    return { ...createTestMachine({ clock, network, random }), network };
  };
  return { fabric, pod, client: pod("client", "10.244.1.5", "node01"), web: pod("web", "10.244.2.7", "node02") };
}

describe("sockets over the packet filter", () => {
  it("go through a Service to its endpoint, and are dropped by a policy", async () => {
    const { fabric, client, web } = cluster();
    fabric.setService({
      namespace: "default",
      name: "web",
      addresses: ["10.96.45.12"],
      ports: [
        {
          name: "http",
          protocol: "TCP",
          port: 80,
          endpoints: [{ address: "10.244.2.7", port: 8080, nodeName: "node02" }],
        },
      ],
      sessionAffinityClientIp: false,
      externalTrafficPolicy: "Cluster",
      internalTrafficPolicy: "Cluster",
    });
    void web.run(async (process) => {
      const listener = process.net.listen(8080);
      for (;;) {
        const socket = await listener.accept();
        await socket.write(new TextEncoder().encode(`hello ${socket.remoteAddress}`));
        socket.release();
      }
    });
    const outcomes: string[] = [];
    await client.run(async (process) => {
      await process.sleep(1);
      const socket = await process.net.connect("10.96.45.12", 80);
      outcomes.push(new TextDecoder().decode(await socket.read()));
      const echo = await process.net.echo("10.244.2.7", 1000);
      outcomes.push(echo.kind === "reply" ? `ttl ${echo.ttl}` : echo.kind);
      fabric.setPolicy({
        metadata: { name: "deny", namespace: "default" },
        spec: { podSelector: {}, policyTypes: ["Ingress"] },
      });
      await process.net.connect("10.96.45.12", 80, { timeoutMs: 2000 }).catch((error: unknown) => {
        if (isErrno(error)) outcomes.push(error.code);
      });
      return 0;
    });
    expect(outcomes).toEqual(["hello 10.244.1.5", "ttl 62", "ETIMEDOUT"]);
    expect(fabric.recentFlows.map((flow) => flow.outcome)).toEqual(["connected", "connected", "dropped"]);
  });

  it("keeps a pod that took a name while the old one of that name is torn down", async () => {
    const { pod, client, web } = cluster();
    const successor = pod("web", "10.244.2.8", "node02");
    web.network.detach();
    void successor.run(async (process) => {
      const socket = await process.net.listen(8080).accept();
      await socket.write(new TextEncoder().encode("successor"));
      socket.release();
      return 0;
    });
    let heard = "";
    await client.run(async (process) => {
      await process.sleep(1);
      heard = new TextDecoder().decode(await (await process.net.connect("10.244.2.8", 8080)).read());
      return 0;
    });
    expect(heard).toBe("successor");
  });
});
