/** A small pod network for tests of programs: containers of real images, Services, a name server, judged flows. */
import { createVirtualClock } from "../../machine/clock.ts";
import {
  decodeDnsMessage,
  type DnsRecord,
  dnsResponse,
  encodeDnsMessage,
  RESPONSE_CODES,
} from "../../machine/dns-message.ts";
import { encodeExecutable } from "../../machine/fs/executable.ts";
import { createMachine, type MachineKernel } from "../../machine/machine.ts";
import { collectOutput, openInput } from "../../machine/open-file.ts";
import { createRandom } from "../../machine/random.ts";
import { exitCode } from "../../machine/signals.ts";
import { createNetworkNamespace } from "../../machine/sockets.ts";
import { createFakeFabric, type FakeFabric } from "../../machine/testing/fake-fabric.ts";
import { ROOT, TEST_START_MS, testHost } from "../../machine/testing/machine.ts";
import type { ChildProcess, Clock, Credentials, Process, ProgramReference } from "../../machine/types.ts";
import { images } from "../../images/index.ts";
import { programs } from "../index.ts";

export const CLUSTER_RESOLV_CONF =
  "nameserver 10.96.0.10\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";

export interface ExecResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface ExecOptions {
  readonly stdin?: string;
  /** Called when the program has been started. */
  readonly during?: (child: ChildProcess, clock: Clock) => Promise<void>;
  readonly credentials?: Credentials;
}

export interface BedPod {
  readonly machine: MachineKernel;
  readonly address: string;
  /** What the entry point has printed so far. */
  readonly log: () => string;
  readonly main: ChildProcess | null;
  /** Puts a program where the image has none. */
  install(path: string, program: ProgramReference): void;
  /** Runs a command line in the container's shell, as `kubectl exec POD -- sh -c` does. */
  exec(command: string, options?: ExecOptions): Promise<ExecResult>;
}

export interface Bed {
  readonly fabric: FakeFabric;
  readonly clock: Clock;
  readonly faults: unknown[];
  /** A container that runs `command`, or, when null, nothing; default: what the image says. */
  pod(image: string, address: string, command?: readonly string[] | null): BedPod;
  /** Answers at 10.96.0.10 like CoreDNS: names of the cluster, NXDOMAIN for the rest. */
  nameServer(records: Readonly<Record<string, string>>): void;
}

export function createBed(): Bed {
  const clock = createVirtualClock(testHost, TEST_START_MS);
  const fabric = createFakeFabric(() => clock.now());
  const random = createRandom(11);
  const faults: unknown[] = [];

  function boot(image: string, address: string): MachineKernel {
    const found = images.find(image);
    if (!found) throw new Error(`no image ${image}`);
    const fs = found.createRootFileSystem();
    fs.writeFile("/etc/resolv.conf", CLUSTER_RESOLV_CONF);
    fs.writeFile("/etc/hosts", `127.0.0.1\tlocalhost\n${address}\tbox\n`);
    const network = createNetworkNamespace({
      id: `pod:default/${address}`,
      kind: "pod",
      addresses: [address],
      fabric,
      clock,
      random,
    });
    return createMachine({
      hostname: "box",
      libc: found.libc,
      reportFault: (error) => faults.push(error),
      network,
      clock,
      random,
      fs,
      programs,
    });
  }

  function pod(image: string, address: string, command?: readonly string[] | null): BedPod {
    const machine = boot(image, address);
    const found = images.find(image);
    const environment = (found?.env ?? []).map((pair) => pair.split("=", 2) as [string, string]);
    const env = new Map([...environment, ["HOSTNAME", "box"], ["HOME", "/root"]] as const);
    const output = collectOutput();
    const argv = command ?? [...(found?.entrypoint ?? []), ...(found?.command ?? [])];
    const start = (
      words: readonly string[],
      fds: ReadonlyMap<number, ReturnType<typeof openInput>>,
      credentials: Credentials,
    ) => {
      const [name = ""] = words;
      const folders = (env.get("PATH") ?? "/bin").split(":");
      const path = name.includes("/")
        ? name
        : folders.map((folder) => `${folder}/${name}`).find((one) => machine.fs.exists(one));
      if (path === undefined) throw new Error(`${name} not found in ${image}`);
      return machine.start(path, words, { env, cwd: found?.workingDir ?? "/", credentials, fds });
    };
    const user = found?.user ?? { uid: 0, gid: 0 };
    const main =
      command === null
        ? null
        : start(
            argv,
            new Map([
              [0, openInput("")],
              [1, output],
              [2, output],
            ]),
            { ...user, groups: [user.gid] },
          );
    return {
      machine,
      address,
      log: () => output.text(),
      install(path, program) {
        machine.fs.writeFile(path, encodeExecutable(program), { mode: 0o755 });
      },
      main,
      async exec(text, options = {}) {
        const stdout = collectOutput();
        const stderr = collectOutput();
        const startedMs = clock.now();
        const fds = new Map([
          [0, openInput(options.stdin ?? "")],
          [1, stdout],
          [2, stderr],
        ]);
        const shell = machine.fs.exists("/bin/sh") ? ["/bin/sh", "-c", text] : text.split(" ");
        const child = start(shell, fds, options.credentials ?? ROOT);
        if (options.during) await options.during(child, clock);
        const status = await child.exit;
        return {
          code: exitCode(status),
          stdout: stdout.text(),
          stderr: stderr.text(),
          seconds: Math.round((clock.now() - startedMs) / 100) / 10,
        };
      },
    };
  }

  function nameServer(records: Readonly<Record<string, string>>): void {
    const server = pod("busybox:1.36", "10.244.0.53", null);
    fabric.services.set("10.96.0.10:53", { address: server.address, port: 53 });
    server.machine.startFunction(["coredns"], (process) => serveNames(process, new Map(Object.entries(records))), {
      env: new Map(),
      cwd: "/",
      credentials: ROOT,
      fds: new Map(),
    });
  }
  return { fabric, clock, faults, pod, nameServer };
}

const SOA = {
  name: "cluster.local",
  ttl: 30,
  type: "SOA",
  primary: "ns.dns.cluster.local",
  mailbox: "hostmaster.cluster.local",
  serial: 1_763_708_400,
  refresh: 7200,
  retry: 1800,
  expire: 86_400,
  minimum: 30,
} as const;

async function serveNames(process: Process, records: ReadonlyMap<string, string>): Promise<number> {
  const socket = process.net.datagram({ port: 53 });
  for (;;) {
    const datagram = await socket.receive();
    const query = datagram ? decodeDnsMessage(datagram.bytes) : undefined;
    const [question] = query?.questions ?? [];
    if (!datagram || !query || !question) continue;
    const value = records.get(question.name.toLowerCase());
    const head = { name: question.name, ttl: 30 };
    const answers: DnsRecord[] = [];
    if (value !== undefined && question.type === "A" && !value.includes(".local"))
      answers.push({ ...head, type: "A", address: value });
    if (value !== undefined && question.type === "PTR") answers.push({ ...head, type: "PTR", target: value });
    const parts = {
      answers,
      responseCode: value === undefined ? RESPONSE_CODES.NXDOMAIN : RESPONSE_CODES.NOERROR,
      authorities: answers.length === 0 ? [SOA] : [],
      ...(query.edns ? { edns: { ...query.edns, udpSizeBytes: 1232 } } : {}),
    };
    socket.send(datagram.address, datagram.port, encodeDnsMessage(dnsResponse(query, parts)));
  }
}
