/** agnhost's servers, http-echo, python's http.server, redis and tcpdump, each talked to by a client. */
import { describe, expect, it } from "vitest";
import { type BedPod, createBed } from "./testing/pod-bed.ts";

async function serving(
  image: string,
  command?: readonly string[],
): Promise<{ server: BedPod; client: BedPod; faults: unknown[] }> {
  const bed = createBed();
  const server = bed.pod(image, "10.244.2.7", command);
  const client = bed.pod("busybox:1.36.1", "10.244.1.5", null);
  client.install("/bin/redis-cli", { name: "redis-cli" });
  client.install("/bin/tcpdump", { name: "tcpdump" });
  await bed.clock.sleep(100);
  return { server, client, faults: bed.faults };
}

describe("small servers", () => {
  it("agnhost netexec tells its name over HTTP and UDP", async () => {
    const { server, client, faults } = await serving("registry.k8s.io/e2e-test-images/agnhost:2.53", [
      "/agnhost",
      "netexec",
      "--http-port=80",
    ]);
    expect((await client.exec("wget -qO- http://10.244.2.7/hostname")).stdout).toBe("box");
    expect((await client.exec("wget -qO- 'http://10.244.2.7/echo?msg=hi+there'")).stdout).toBe("hi there");
    expect((await client.exec("wget -qO- http://10.244.2.7/clientip")).stdout).toMatch(/^10\.244\.1\.5:\d+$/);
    expect((await client.exec("echo hostname | nc -u -w 1 10.244.2.7 8081")).stdout).toBe("box");
    expect(server.log()).toMatch(/log\.go:245\] Started HTTP server on port 80\n/);
    expect(faults).toEqual([]);
  });

  it("agnhost porter serves what its environment says", async () => {
    const command = ["/bin/sh", "-c", "export SERVE_PORT_80=foo SERVE_PORT_81=bar; exec /agnhost porter"];
    const { client } = await serving("registry.k8s.io/e2e-test-images/agnhost:2.53", command);
    expect((await client.exec("wget -qO- http://10.244.2.7:80; wget -qO- http://10.244.2.7:81")).stdout).toBe("foobar");
  });

  it("http-echo answers everything with its text", async () => {
    const { server, client } = await serving("hashicorp/http-echo:1.0", ["/http-echo", "-text=hello", "-listen=:8080"]);
    expect((await client.exec("wget -qO- http://10.244.2.7:8080/any")).stdout).toBe("hello\n");
    expect(server.log()).toMatch(
      /^2026\/01\/15 10:00:00 \[INFO\] server is listening on :8080\n.* "GET \/any HTTP\/1\.1" 200 6 "Wget" /,
    );
  });

  it("python3 says that it has no interpreter", async () => {
    const { server } = await serving("python:3.12", ["sleep", "infinity"]);
    expect(await server.exec("python3 -c 'print(1)'")).toMatchObject({
      code: 1,
      stderr: "python3: there is no interpreter in this sandbox, only -m http.server\n",
    });
  });

  it("python3 -m http.server lists a folder and logs", async () => {
    const { server, client } = await serving("python:3.12", [
      "sh",
      "-c",
      "mkdir /s; echo a > /s/a.txt; cd /s; exec python3 -m http.server 8000",
    ]);
    expect((await client.exec("wget -qO- http://10.244.2.7:8000/")).stdout).toContain(
      '<li><a href="a.txt">a.txt</a></li>\n',
    );
    expect((await client.exec("wget -qO- http://10.244.2.7:8000/a.txt")).stdout).toBe("a\n");
    expect(server.log()).toContain("Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...\n");
    expect(server.log()).toContain('10.244.1.5 - - [15/Jan/2026 10:00:00] "GET /a.txt HTTP/1.1" 200 -\n');
  });

  it("redis answers its client", async () => {
    const { client } = await serving("redis:7");
    expect((await client.exec("redis-cli -h 10.244.2.7 ping")).stdout).toBe("PONG\n");
    expect((await client.exec("redis-cli -h 10.244.2.7 set k v; redis-cli -h 10.244.2.7 get k")).stdout).toBe(
      "OK\nv\n",
    );
    expect(await client.exec("redis-cli -h 10.244.2.7 -p 1 ping")).toMatchObject({
      code: 1,
      stderr: "Could not connect to Redis at 10.244.2.7:1: Connection refused\n",
    });
  });
});

describe("tcpdump", () => {
  it("lists what it can capture on", async () => {
    const { client } = await serving("redis:7");
    expect((await client.exec("tcpdump -D")).stdout).toBe(
      "1.eth0 [Up, Running, Connected]\n2.any (Pseudo-device that captures on all interfaces) [Up, Running]\n" +
        "3.lo [Up, Running, Loopback]\n",
    );
  });

  it("shows the handshake of a connection of its pod, and ends after -c packets", async () => {
    const { client } = await serving("redis:7");
    const { stdout, stderr, code } = await client.exec(
      "tcpdump -ni eth0 -c 3 tcp port 6379 & sleep 0.1; nc -z 10.244.2.7 6379; wait",
    );
    expect(code).toBe(0);
    expect(
      stdout.split("\n").map((line) =>
        line
          .replace(/^[\d:.]+ /, "")
          .replace(/\.\d{5}(?=[ :])/g, ".PORT")
          .replace(/(seq|ack) .*/, ""),
      ),
    ).toEqual([
      "IP 10.244.1.5.PORT > 10.244.2.7.6379: Flags [S], ",
      "IP 10.244.2.7.6379 > 10.244.1.5.PORT: Flags [S.], ",
      "IP 10.244.1.5.PORT > 10.244.2.7.6379: Flags [.], ",
      "",
    ]);
    expect(stderr).toContain(
      "listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes\n3 packets captured\n",
    );
  });
});
