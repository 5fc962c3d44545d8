import { describe, expect, it } from "vitest";
import { createTestMachine, type TestMachine } from "../../machine/testing/machine.ts";
import { FsImageBuilder } from "../../machine/fs/image.ts";
import { createNetworkNamespace } from "../../machine/sockets.ts";
import { createRandom } from "../../machine/random.ts";
import { programs } from "../index.ts";

/** A pod with both pings, a peer that answers, and one whose packets are dropped. */
function bed(): TestMachine & {
  sh(script: string): Promise<{ code: number; stdout: string; stderr: string; ms: number }>;
} {
  const image = new FsImageBuilder()
    .executable("/usr/bin/ping", "ping")
    .executable("/bin/busybox", { name: "busybox", version: "1.36.1" })
    .link("/bin/ping", "/bin/busybox")
    .file("/etc/hosts", "10.244.2.7 web.example web\n")
    .build();
  const box = createTestMachine({
    image,
    programs: [...["ping", "busybox"].flatMap((name) => programs.get(name) ?? [])],
  });
  const { fabric, clock } = box;
  for (const address of ["10.244.2.7", "10.244.3.9"]) {
    createNetworkNamespace({
      id: `pod:x/${address}`,
      kind: "pod",
      addresses: [address],
      fabric,
      clock,
      random: createRandom(1),
    });
  }
  fabric.judge = (request) => (request.address === "10.244.3.9" ? "dropped" : undefined);
  return {
    ...box,
    async sh(command) {
      const [path = "", ...rest] = command.split(" ");
      const startMs = clock.now();
      const result = await box.run(async (process) => {
        const child = process.spawn(path, [path, ...rest]);
        const status = await child.exit;
        return status.kind === "exited" ? status.code : 128;
      });
      return { ...result, ms: clock.now() - startMs };
    },
  };
}

const masked = (text: string): string =>
  text.replace(/(?<=[=/ ])\d+\.\d{3}(?=[/ ])/g, "T").replace(/time \d+ms/, "time Nms");

describe("ping of busybox", () => {
  it("prints a line a reply and the statistics", async () => {
    const { code, stdout, stderr } = await bed().sh("/bin/ping -c 2 10.244.2.7");
    expect(masked(stdout)).toBe(
      "PING 10.244.2.7 (10.244.2.7): 56 data bytes\n" +
        "64 bytes from 10.244.2.7: seq=0 ttl=62 time=T ms\n64 bytes from 10.244.2.7: seq=1 ttl=62 time=T ms\n\n" +
        "--- 10.244.2.7 ping statistics ---\n2 packets transmitted, 2 packets received, 0% packet loss\n" +
        "round-trip min/avg/max = T/T/T ms\n",
    );
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("waits -W seconds for the first answer after the last request", async () => {
    const { code, stdout, ms } = await bed().sh("/bin/ping -c 2 -W 1 10.244.3.9");
    expect(stdout).toBe(
      "PING 10.244.3.9 (10.244.3.9): 56 data bytes\n\n--- 10.244.3.9 ping statistics ---\n" +
        "2 packets transmitted, 0 packets received, 100% packet loss\n",
    );
    expect([code, ms]).toEqual([1, 2000]);
  });

  it("does not let -w shorten the wait for the last of -c", async () => {
    const { code, ms } = await bed().sh("/bin/ping -c 1 -w 2 10.244.3.9");
    expect([code, ms]).toEqual([1, 10_000]);
  });

  it("calls a name without address a bad address", async () => {
    const box = bed();
    box.fs.writeFile("/etc/resolv.conf", "nameserver 10.244.2.7\n");
    expect(await box.sh("/bin/ping -c 1 nosuch")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "ping: bad address 'nosuch'\n",
    });
  });
});

describe("ping of iputils", () => {
  it("prints a line a reply and the statistics", async () => {
    const { code, stdout } = await bed().sh("/usr/bin/ping -c 2 10.244.2.7");
    expect(masked(stdout)).toBe(
      "PING 10.244.2.7 (10.244.2.7) 56(84) bytes of data.\n" +
        "64 bytes from 10.244.2.7: icmp_seq=1 ttl=62 time=T ms\n64 bytes from 10.244.2.7: icmp_seq=2 ttl=62 time=T ms\n\n" +
        "--- 10.244.2.7 ping statistics ---\n2 packets transmitted, 2 received, 0% packet loss, time Nms\n" +
        "rtt min/avg/max/mdev = T/T/T/T ms\n",
    );
    expect(code).toBe(0);
  });

  it("ends with an empty line when nothing was received", async () => {
    const { code, stdout } = await bed().sh("/usr/bin/ping -c 2 -W 1 10.244.3.9");
    expect(masked(stdout)).toBe(
      "PING 10.244.3.9 (10.244.3.9) 56(84) bytes of data.\n\n--- 10.244.3.9 ping statistics ---\n" +
        "2 packets transmitted, 0 received, 100% packet loss, time Nms\n\n",
    );
    expect(code).toBe(1);
  });

  it("shows names of replies to a name", async () => {
    const { stdout } = await bed().sh("/usr/bin/ping -c 1 web");
    expect(masked(stdout)).toContain(
      "PING web.example (10.244.2.7) 56(84) bytes of data.\n64 bytes from web.example (10.244.2.7): icmp_seq=1",
    );
  });

  it("says which number it cannot take", async () => {
    expect(await bed().sh("/usr/bin/ping -c 0 10.244.2.7")).toMatchObject({
      code: 1,
      stderr: "ping: invalid argument: '0': out of range: 1 <= value <= 9223372036854775807\n",
    });
  });
});

describe("an interrupted ping", () => {
  it.each(["/bin/ping", "/usr/bin/ping"])("of %s prints its statistics", async (path) => {
    const box = bed();
    const result = await box.run(async (process) => {
      const child = process.spawn(path, ["ping", "10.244.2.7"]);
      await process.sleep(2500);
      process.kill(child.pid, "SIGINT");
      const status = await child.exit;
      return status.kind === "exited" ? status.code : 128;
    });
    expect(masked(result.stdout)).toMatch(/\n\n--- 10\.244\.2\.7 ping statistics ---\n3 packets transmitted, 3 /);
    expect(result.code).toBe(0);
  });
});
