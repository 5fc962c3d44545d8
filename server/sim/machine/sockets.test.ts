import { describe, expect, it } from "vitest";
import { dnsResponse, decodeDnsMessage, encodeDnsMessage, type DnsRecord } from "./dns-message.ts";
import { isErrno } from "./errno.ts";
import { createFakeFabric } from "./testing/fake-fabric.ts";
import { createTestClock, createTestMachine, LEARNER, type TestMachine } from "./testing/machine.ts";
import { createNetworkNamespace } from "./sockets.ts";
import { createRandom } from "./random.ts";
import type { Process } from "./types.ts";

function twoMachines(): { client: TestMachine; server: TestMachine } {
  const clock = createTestClock();
  const fabric = createFakeFabric(() => clock.now());
  return {
    client: createTestMachine({ clock, fabric, address: "10.244.1.5" }),
    server: createTestMachine({ clock, fabric, address: "10.244.2.7" }),
  };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A server that answers each connection with what it read, in capitals. */
async function shout(process: Process): Promise<number> {
  const listener = process.net.listen(80);
  for (;;) {
    const socket = await listener.accept();
    process.fork(["worker"], async (self) => {
      await self.writeTo(socket, bytes(text(await self.readFrom(socket)).toUpperCase()));
      socket.release();
      return 0;
    });
  }
}

describe("connections", () => {
  it("carry bytes both ways and end", async () => {
    const { client, server } = twoMachines();
    void server.run(shout);
    const result = await client.run(async (process) => {
      await process.sleep(1);
      const socket = await process.net.connect("10.244.2.7", 80);
      await socket.write(bytes("hello"));
      const answer = text(await socket.read());
      expect((await socket.read()).length).toBe(0);
      await process.stdout.write(`${answer} ${socket.localAddress} ${socket.remotePort}`);
      return 0;
    });
    expect(result.stdout).toBe("HELLO 10.244.1.5 80");
  });

  it("are refused at once, or wait for their timeout or the kernel's 127 s", async () => {
    const { client } = twoMachines();
    client.fabric.judge = (request) => (request.address === "10.244.3.9" ? "dropped" : undefined);
    const outcomes: string[] = [];
    await client.run(async (process) => {
      const attempt = async (address: string, timeoutMs?: number): Promise<void> => {
        const startMs = process.clock.now();
        try {
          await process.net.connect(address, 80, timeoutMs === undefined ? {} : { timeoutMs });
        } catch (error) {
          if (isErrno(error)) outcomes.push(`${error.code} ${process.clock.now() - startMs}`);
        }
      };
      await attempt("10.244.2.7");
      await attempt("10.244.3.9", 2000);
      await attempt("10.244.3.9");
      await attempt("10.244.9.9", 1000);
      client.fabric.judge = () => "no-route";
      await attempt("1.2.3.4");
      return 0;
    });
    expect(outcomes).toEqual([
      "ECONNREFUSED 0",
      "ETIMEDOUT 2000",
      "ETIMEDOUT 127000",
      "ETIMEDOUT 1000",
      "ENETUNREACH 0",
    ]);
  });

  it("get through when a policy is lifted while they wait", async () => {
    const { client, server } = twoMachines();
    void server.run(shout);
    client.fabric.judge = () => "dropped";
    const startMs = client.clock.now();
    client.clock.setTimer(2000, () => {
      client.fabric.judge = () => undefined;
    });
    await client.run(async (process) => {
      await process.net.connect("10.244.2.7", 80);
      return 0;
    });
    expect(client.clock.now() - startMs).toBe(3000);
  });

  it("that a policy change denies are cut where the plugin does so, and go on when it is undone", async () => {
    const { client, server } = twoMachines();
    void server.run(shout);
    await client.run(async (process) => {
      await process.sleep(1);
      const socket = await process.net.connect("10.244.2.7", 80);
      client.fabric.profile = { ...client.fabric.profile, establishedConnections: "cut" };
      client.fabric.judge = () => "dropped";
      const startMs = process.clock.now();
      client.clock.setTimer(500, () => {
        client.fabric.judge = () => undefined;
      });
      await socket.write(bytes("late"));
      expect(text(await socket.read())).toBe("LATE");
      expect(process.clock.now() - startMs).toBe(600);
      return 0;
    });
  });

  it("close with the process that holds them, and its port is free again", async () => {
    const { client, server } = twoMachines();
    await server.run(async (process) => {
      process.net.listen(80);
      expect(() => process.net.listen(80)).toThrow("Address already in use");
      return 0;
    });
    await server.run(async (process) => {
      const listener = process.net.listen(80);
      const accepted = listener.accept();
      const done = client.run(async (other) => {
        const socket = await other.net.connect("10.244.2.7", 80);
        return (await socket.read()).length;
      });
      await accepted;
      expect(process.net.namespace.sockets().map((socket) => socket.state)).toEqual(["LISTEN", "ESTABLISHED"]);
      void done.then((result) => expect(result.code).toBe(0));
      return 0;
    });
    expect(server.machine.network.sockets()).toEqual([]);
    await client.clock.sleep(1);
    expect(client.machine.processes.size).toBe(0);
  });

  it("within a host need no fabric", async () => {
    const { client } = twoMachines();
    await client.run(async (process) => {
      const listener = process.net.listen(8080, { address: "127.0.0.1" });
      const socket = await process.net.connect("127.0.0.1", 8080);
      const accepted = await listener.accept();
      await accepted.write(bytes("local"));
      expect(text(await socket.read())).toBe("local");
      expect(socket.flow).toBeNull();
      return 0;
    });
  });

  it("on low ports are for root on hosts, for everybody in pods", async () => {
    const clock = createTestClock();
    const fabric = createFakeFabric(() => clock.now());
    const network = createNetworkNamespace({
      id: "external:terminal",
      kind: "external",
      addresses: ["192.168.1.2"],
      fabric,
      clock,
      random: createRandom(1),
    });
    const host = createTestMachine({ clock, fabric, network });
    const result = await host.run(
      async (process) => {
        try {
          process.net.listen(80);
        } catch (error) {
          return isErrno(error, "EACCES") ? 13 : 1;
        }
        return 0;
      },
      { credentials: LEARNER },
    );
    expect(result.code).toBe(13);
  });
});

describe("datagrams", () => {
  it("through a Service come back from the Service's address", async () => {
    const { client, server } = twoMachines();
    client.fabric.services.set("10.96.0.10:53", { address: "10.244.2.7", port: 53 });
    void server.run(async (process) => {
      const socket = process.net.datagram({ port: 53 });
      const query = await socket.receive();
      if (query) socket.send(query.address, query.port, bytes(`re: ${text(query.bytes)}`));
      await process.sleep(1000);
      return 0;
    });
    const result = await client.run(async (process) => {
      await process.sleep(1);
      const socket = process.net.datagram();
      socket.send("10.96.0.10", 53, bytes("hi"));
      const answer = await socket.receive(1000);
      await process.stdout.write(`${answer?.address}:${answer?.port} ${text(answer?.bytes ?? bytes(""))}`);
      return 0;
    });
    expect(result.stdout).toBe("10.96.0.10:53 re: hi");
    expect(client.fabric.recentFlows).toHaveLength(1);
  });

  it("are lost in silence when dropped, and refused by the next receive when nobody listens", async () => {
    const { client } = twoMachines();
    await client.run(async (process) => {
      const socket = process.net.datagram();
      socket.send("10.244.2.7", 53, bytes("x"));
      await expect(socket.receive(1000)).rejects.toThrow("Connection refused");
      client.fabric.judge = () => "dropped";
      const startMs = process.clock.now();
      socket.send("10.244.2.7", 53, bytes("x"));
      expect(await socket.receive(3000)).toBeNull();
      expect(process.clock.now() - startMs).toBe(3000);
      return 0;
    });
  });
});

describe("echo", () => {
  it("replies with the TTL of the way, or is lost after the timeout", async () => {
    const { client } = twoMachines();
    await client.run(async (process) => {
      const across = await process.net.echo("10.244.2.7", 1000);
      const own = await process.net.echo("127.0.0.1", 1000);
      expect([across.kind === "reply" && across.ttl, own.kind === "reply" && own.ttl]).toEqual([62, 64]);
      client.fabric.judge = () => "dropped";
      expect(await process.net.echo("10.244.2.7", 1000)).toEqual({ kind: "lost" });
      return 0;
    });
  });
});

/** A DNS server that knows some names and counts what it is asked. */
function serveDns(machine: TestMachine, zone: Readonly<Record<string, string>>, asked: string[]): void {
  void machine.run(async (process) => {
    const socket = process.net.datagram({ port: 53 });
    for (;;) {
      const datagram = await socket.receive();
      const query = datagram && decodeDnsMessage(datagram.bytes);
      const question = query?.questions[0];
      if (!datagram || !query || !question) continue;
      asked.push(`${question.type} ${question.name}`);
      const address = zone[question.name];
      const answers: DnsRecord[] =
        address && question.type === "A" ? [{ name: question.name, ttl: 5, type: "A", address }] : [];
      const response = dnsResponse(query, { answers, responseCode: address ? 0 : 3 });
      socket.send(datagram.address, datagram.port, encodeDnsMessage(response));
    }
  });
}

const RESOLV_CONF =
  "nameserver 10.244.2.7\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";

describe("the resolver", () => {
  function resolving(libc: "glibc" | "musl") {
    const { client: plain, server } = twoMachines();
    const { clock, fabric } = plain;
    const client = createTestMachine({ clock, fabric, address: "10.244.1.6", libc });
    client.fs.mkdir("/etc", { recursive: true });
    client.fs.writeFile("/etc/resolv.conf", RESOLV_CONF);
    client.fs.writeFile("/etc/hosts", "127.0.0.1 localhost\n10.244.1.6\tbox box.local\n");
    return { client, server, clock };
  }

  it.each(["glibc", "musl"] as const)("of %s walks the search list and asks for both families", async (libc) => {
    const { client, server } = resolving(libc);
    const asked: string[] = [];
    serveDns(server, { "web.other.svc.cluster.local": "10.96.45.12" }, asked);
    await client.run(async (process) => {
      await process.sleep(1);
      expect(await process.net.resolve("web.other")).toEqual({
        kind: "addresses",
        addresses: ["10.96.45.12"],
        canonicalName: "web.other.svc.cluster.local",
      });
      return 0;
    });
    expect(asked).toEqual([
      "A web.other.default.svc.cluster.local",
      "AAAA web.other.default.svc.cluster.local",
      "A web.other.svc.cluster.local",
      "AAAA web.other.svc.cluster.local",
    ]);
  });

  it("does not ask for a short name as it stands with glibc, but does with musl", async () => {
    for (const libc of ["glibc", "musl"] as const) {
      const { client, server } = resolving(libc);
      const asked: string[] = [];
      serveDns(server, {}, asked);
      await client.run(async (process) => {
        await process.sleep(1);
        expect(await process.net.resolve("nosuch")).toEqual({ kind: "failed", failure: "not-found" });
        return 0;
      });
      expect(asked.includes("A nosuch")).toBe(libc === "musl");
    }
  });

  it.each([
    ["glibc", 20_000],
    ["musl", 5000],
  ] as const)("of %s waits %i ms for a short name when packets are dropped", async (libc, waitMs) => {
    const { client, clock } = resolving(libc);
    client.fabric.judge = () => "dropped";
    const startMs = clock.now();
    await client.run(async (process) => {
      expect(await process.net.resolve("web")).toEqual({ kind: "failed", failure: "timed-out" });
      return 0;
    });
    expect(clock.now() - startMs).toBe(waitMs);
  });

  it("knows /etc/hosts and numbers without asking, and fails at once when refused", async () => {
    const { client, clock } = resolving("glibc");
    const startMs = clock.now();
    await client.run(async (process) => {
      expect(await process.net.resolve("box.local")).toEqual({
        kind: "addresses",
        addresses: ["10.244.1.6"],
        canonicalName: "box",
      });
      expect(await process.net.resolve("fd00::1")).toMatchObject({ kind: "addresses" });
      expect(await process.net.resolve("web")).toEqual({ kind: "failed", failure: "refused" });
      return 0;
    });
    expect(clock.now()).toBe(startMs);
  });
});
