/** What each tool prints for each outcome of a connection, compared with recordings of the real ones. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Bed, type BedPod, createBed } from "./testing/pod-bed.ts";

interface Row {
  readonly tool: string;
  readonly cmd: string;
  readonly outcome: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number | string;
  readonly seconds?: number | string;
  readonly version?: string;
  readonly libc?: string;
}

const fixture = new URL("../../../test/fixtures/network/tool-outcomes.json", import.meta.url);
const { rows } = JSON.parse(readFileSync(fixture, "utf8")) as { readonly rows: readonly Row[] };

interface Target {
  readonly host: string;
  readonly ip: string;
  readonly port: number;
}

/** Who plays which outcome in the test bed. */
const TARGETS: Readonly<Record<string, Target>> = {
  open: { host: "web", ip: "10.96.45.12", port: 80 },
  http404: { host: "web", ip: "10.96.45.12", port: 80 },
  refused: { host: "10.244.2.7", ip: "10.244.2.7", port: 81 },
  dropped: { host: "denied", ip: "10.96.45.15", port: 80 },
  nxdomain: { host: "nosuch", ip: "", port: 80 },
  dnsdrop: { host: "web", ip: "10.96.45.12", port: 80 },
  dnsrefused: { host: "web", ip: "10.96.45.12", port: 80 },
};

const IMAGES: Readonly<Record<string, string>> = {
  "busybox-nc": "busybox:1.36.1",
  "busybox-wget": "busybox:1.36.1",
  "busybox-ping": "busybox:1.36.1",
  "nslookup-busybox>=1.29": "busybox:1.36.1",
  "nslookup-busybox-1.28": "busybox:1.28",
  curl: "debian-bed",
  "nc-openbsd": "debian-bed",
  ncat: "debian-bed",
  dig: "debian-bed",
  "nslookup-bind": "debian-bed",
  "iputils-ping": "debian-bed",
  "agnhost-connect": "registry.k8s.io/e2e-test-images/agnhost:2.53",
};

const PROGRAMS: Readonly<Record<string, string>> = {
  curl: "curl",
  "nc-openbsd": "nc.openbsd",
  ncat: "ncat",
  dig: "dig",
  "nslookup-bind": "nslookup",
  "iputils-ping": "ping",
};

function createTestBed(outcome: string): Bed {
  const bed = createBed();
  bed.nameServer({
    "web.default.svc.cluster.local": "10.96.45.12",
    "denied.default.svc.cluster.local": "10.96.45.15",
    "noep.default.svc.cluster.local": "10.96.45.13",
    "10.0.96.10.in-addr.arpa": "kube-dns.kube-system.svc.cluster.local",
  });
  bed.pod("nginx:1.22.1", "10.244.2.7", ["nginx", "-g", "daemon off;"]);
  bed.pod("busybox:1.36", "10.244.3.9", null);
  bed.fabric.services.set("10.96.45.12:80", { address: "10.244.2.7", port: 80 });
  bed.fabric.services.set("10.96.45.15:80", { address: "10.244.3.9", port: 80 });
  bed.fabric.judge = (request, destination) => {
    if (outcome === "dnsdrop" && request.port === 53) return "dropped";
    if (outcome === "dnsrefused" && request.port === 53) return "refused";
    if (request.address === "10.96.45.13") return "refused";
    return destination?.addresses.includes("10.244.3.9") ? "dropped" : undefined;
  };
  return bed;
}

function clientOf(bed: Bed, row: Row): BedPod {
  const image = IMAGES[row.tool] ?? "";
  if (image !== "debian-bed")
    return bed.pod(row.libc?.startsWith("musl") ? "busybox:1.36.1-musl" : image, "10.244.1.5", null);
  const pod = bed.pod("debian:12", "10.244.1.5", null);
  const program = PROGRAMS[row.tool] ?? "";
  const version = row.tool === "curl" ? { version: row.version === "7.88" ? "7.88.1" : "8.14.1" } : {};
  pod.install(`/usr/local/bin/${row.cmd.split(" ")[0]}`, { name: program, ...version });
  return pod;
}

const N = 2;
const filled = (text: string, target: Target): string =>
  text
    .replaceAll("{N}", String(N))
    .replaceAll("{host}", target.host)
    .replaceAll("{ip}", target.ip)
    .replaceAll("{port}", String(target.port))
    .replaceAll("{N*1000}", "2000")
    .replaceAll("{fqdn}", target.host);

/** Numbers that differ from run to run. */
const masked = (text: string): string =>
  text
    .replace(/after (\d+|\{ms\}|129xxx) (ms|milliseconds)/g, "after MS $2")
    .replace(/\b\d+\.\d{3}(?=[ /])/g, "T")
    .replace(/time \d+ms/, "time Nms")
    .replace(/ttl=\d+/g, "ttl=N")
    .replace(/in \d+\.\d\d seconds/, "in T seconds")
    .replace(/(?:\{podip\}|10\.244\.1\.5):\d+->/, "POD->")
    .replace(/(read udp .*?): (read: )?/, "$1: ");

/** curl's progress meter, which the table leaves out. */
const withoutMeter = (text: string): string => text.replace(/^ {2}% Total[\s\S]*?(?=curl: |$)/, "");

function expectedSeconds(row: Row): number | undefined {
  if (typeof row.seconds === "number") return row.seconds;
  if (row.seconds === "N") return N;
  const match = /^~?(\d+)/.exec(row.seconds ?? "");
  return match ? Number(match[1]) : undefined;
}

const isRunnable = (row: Row): boolean =>
  row.tool in IMAGES && row.outcome in TARGETS && !/\^C|-w '%|\.\.\.$/.test(row.cmd) && typeof row.exit === "number";

describe.each(Object.keys(IMAGES))("%s", (tool) => {
  const own = rows.filter((row) => row.tool === tool && isRunnable(row));
  it.each(
    own.map(
      (row) =>
        [
          `${row.cmd}, ${row.outcome}${row.libc ? `, ${row.libc}` : ""}${row.version ? `, ${row.version}` : ""}`,
          row,
        ] as const,
    ),
  )("%s", async (_, row) => {
    const bed = createTestBed(row.outcome);
    // Rows that name an address rather than a host are asked for the address.
    const named = TARGETS[row.outcome] ?? { host: "", ip: "", port: 0 };
    const needsAddress = row.cmd.includes("{ip}");
    const target: Target = needsAddress
      ? row.outcome === "dropped"
        ? { host: "10.244.3.9", ip: "10.244.3.9", port: 80 }
        : { host: "10.244.2.7", ip: "10.244.2.7", port: named.port }
      : row.outcome === "refused" && !row.cmd.includes("{port}")
        ? { host: "noep", ip: "10.96.45.13", port: 80 }
        : named;
    const client = clientOf(bed, row);
    await bed.clock.sleep(100);
    const command = filled(row.cmd.replace(/ \((?!.*\{).*\)$/, ""), target);
    const result = await client.exec(command);
    expect(bed.faults).toEqual([]);
    // Recorded with both streams in one.
    if (row.stdout !== undefined && row.stderr === undefined && result.stderr !== "") {
      expect([result.stderr + result.stdout, result.stdout + result.stderr].map(masked)).toContain(
        masked(filled(row.stdout, target)),
      );
      return;
    }
    expect({
      stdout: masked(row.stdout === undefined ? "" : result.stdout),
      stderr: masked(withoutMeter(result.stderr)),
      exit: result.code,
    }).toEqual({
      stdout: masked(filled(row.stdout ?? "", target)),
      stderr: masked(filled(row.stderr ?? "", target)),
      exit: row.exit,
    });
    const seconds = expectedSeconds(row);
    if (seconds !== undefined) expect(Math.abs(result.seconds - seconds)).toBeLessThanOrEqual(seconds > 100 ? 4 : 0.2);
  });
});
