import { describe, expect, it } from "vitest";
import { createBed } from "../testing/pod-bed.ts";

async function inPod(command: string, image = "debian:12"): Promise<string> {
  const bed = createBed();
  const pod = bed.pod(image, "10.244.2.7", null);
  for (const name of ["ip", "ss", "netstat", "ifconfig", "route", "arp", "traceroute"]) {
    if (image.startsWith("debian")) pod.install(`/usr/bin/${name}`, { name });
  }
  pod.install("/usr/bin/listener", { name: "nc.openbsd" });
  void pod.exec("listener -lk -p 80 & sleep 1000");
  await bed.clock.sleep(50);
  const { stdout, stderr } = await pod.exec(command);
  return stdout + stderr;
}

describe("tools that show a pod's network", () => {
  it.each([
    [
      "ip a show lo",
      "debian:12",
      "1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000\n    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00\n" +
        "    inet 127.0.0.1/8 scope host lo\n       valid_lft forever preferred_lft forever\n    inet6 ::1/128 scope host \n       valid_lft forever preferred_lft forever\n",
    ],
    ["ip r", "debian:12", "default via 169.254.1.1 dev eth0 \n169.254.1.1 dev eth0 scope link \n"],
    ["ip route get 10.96.0.10", "debian:12", "10.96.0.10 via 169.254.1.1 dev eth0 src 10.244.2.7 uid 0 \n    cache \n"],
    ["ip -4 -br a show lo", "debian:12", "lo               UNKNOWN        127.0.0.1/8 \n"],
    [
      "ss -s",
      "debian:12",
      "Total: 1\nTCP:   1 (estab 0, closed 0, orphaned 0, timewait 0)\n\nTransport Total     IP        IPv6\n" +
        "RAW\t  0         0         0        \nUDP\t  0         0         0        \nTCP\t  1         1         0        \n" +
        "INET\t  1         1         0        \nFRAG\t  0         0         0        \n\n",
    ],
    ["ip -4 -br a s lo", "debian:12", "lo               UNKNOWN        127.0.0.1/8 \n"],
    ["ip link add x type dummy", "debian:12", "RTNETLINK answers: Operation not permitted\n"],
    [
      "route -n",
      "debian:12",
      "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n" +
        "0.0.0.0         169.254.1.1     0.0.0.0         UG    0      0        0 eth0\n169.254.1.1     0.0.0.0         255.255.255.255 UH    0      0        0 eth0\n",
    ],
    [
      "netstat -rn",
      "debian:12",
      "Kernel IP routing table\nDestination     Gateway         Genmask         Flags   MSS Window  irtt Iface\n" +
        "0.0.0.0         169.254.1.1     0.0.0.0         UG        0 0          0 eth0\n169.254.1.1     0.0.0.0         255.255.255.255 UH        0 0          0 eth0\n",
    ],
    [
      "ss -tan",
      "debian:12",
      "State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\nLISTEN 0      4096         0.0.0.0:80        0.0.0.0:*          \n",
    ],
    [
      "netstat -tln",
      "busybox:1.36",
      "Active Internet connections (only servers)\nProto Recv-Q Send-Q Local Address           Foreign Address         State       \n" +
        "tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN      \n",
    ],
    [
      "netstat -an | head -3",
      "debian:12",
      "Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State      \n" +
        "tcp        0      0 0.0.0.0:80              0.0.0.0:*               LISTEN     \n",
    ],
  ])("%s in %s prints what the real one does", async (command, image, expected) => {
    expect(await inPod(command, image)).toBe(expected);
  });

  it("ifconfig of net-tools describes both interfaces", async () => {
    expect(await inPod("ifconfig lo")).toBe(
      "lo: flags=73<UP,LOOPBACK,RUNNING>  mtu 65536\n        inet 127.0.0.1  netmask 255.0.0.0\n        inet6 ::1  prefixlen 128  scopeid 0x10<host>\n" +
        "        loop  txqueuelen 1000  (Local Loopback)\n        RX packets 0  bytes 0 (0.0 B)\n        RX errors 0  dropped 0  overruns 0  frame 0\n" +
        "        TX packets 0  bytes 0 (0.0 B)\n        TX errors 0  dropped 0 overruns 0  carrier 0  collisions 0\n\n",
    );
  });
});
