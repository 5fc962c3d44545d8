import { describe, expect, it } from "vitest";
import { decodeText, encodeText } from "../../../machine/bytes.ts";
import { createFileSystem } from "../../../machine/fs/file-system.ts";
import type { Pod } from "../objects.ts";
import { ContainerLog, LOG_BYTES } from "./container-log.ts";
import { expand } from "./environment.ts";
import { goDuration } from "./image-store.ts";
import { resolvConf } from "./pod-files.ts";

describe("a container's log", () => {
  const at = Date.UTC(2026, 0, 15, 10);
  const filled = (): ContainerLog => {
    let nowMs = at;
    const log = new ContainerLog(() => nowMs);
    for (const line of ["one\n", "two\n", "thr", "ee\n"]) {
      log.append(encodeText(line));
      nowMs += 1000;
    }
    return log;
  };

  it("gives the last lines, and those since a time", () => {
    expect(decodeText(filled().read({ tailLines: 2 }))).toBe("two\nthree\n");
    expect(decodeText(filled().read({ tailLines: 0 }))).toBe("");
    expect(decodeText(filled().read({ sinceSeconds: 2 }))).toBe("three\n");
    expect(decodeText(filled().read({ limitBytes: 5 }))).toBe("one\nt");
  });

  it("survives a snapshot with its times", () => {
    const log = filled();
    const again = ContainerLog.restore(() => at, JSON.parse(JSON.stringify(log.snapshot())));
    const options = { timestamps: true };
    expect(decodeText(again.read(options))).toBe(decodeText(log.read(options)));
    expect(decodeText(again.read({ ...options, tailLines: 2 })).split(" ")[0]).toBe("2026-01-15T10:00:01.000000000Z");
  });

  it("keeps no more than its bound", () => {
    const log = new ContainerLog(() => at);
    const line = encodeText(`${"x".repeat(999)}\n`);
    for (let count = 0; count < 400; count++) log.append(line);
    expect(log.read({}).length).toBeLessThanOrEqual(LOG_BYTES);
  });
});

describe("kubelet's texts", () => {
  it("expands $(NAME), keeps unknown names and takes $$ for a dollar", () => {
    const lookup = (name: string): string | undefined => (name === "A" ? "1" : undefined);
    expect(expand("$(A) $(B) $$(A) $A", lookup)).toBe("1 $(B) $(A) $A");
  });

  it("writes durations as Go does", () => {
    expect([450, 989, 1000, 3792, 63_500].map(goDuration)).toEqual(["450ms", "989ms", "1s", "3.792s", "1m3.5s"]);
  });

  it("writes resolv.conf for each DNS policy", () => {
    const hostFs = createFileSystem();
    hostFs.mkdir("/etc");
    hostFs.writeFile("/etc/resolv.conf", "nameserver 172.30.1.1\n");
    const write = (spec: Partial<Pod["spec"]>): string =>
      resolvConf({
        pod: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "p", namespace: "shop" },
          spec: { containers: [], ...spec },
        },
        podIp: "10.244.1.5",
        clusterDns: "10.96.0.10",
        clusterDomain: "cluster.local",
        hostFs,
      });
    const cluster =
      "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n";
    expect(write({})).toBe(cluster);
    expect(write({ dnsPolicy: "ClusterFirstWithHostNet", hostNetwork: true })).toBe(cluster);
    expect(write({ hostNetwork: true })).toBe("nameserver 172.30.1.1\n");
    const dnsConfig = { nameservers: ["9.9.9.9"], searches: ["a.b"], options: [{ name: "ndots", value: "2" }] };
    expect(write({ dnsPolicy: "None", dnsConfig })).toBe("search a.b\nnameserver 9.9.9.9\noptions ndots:2\n");
  });
});
