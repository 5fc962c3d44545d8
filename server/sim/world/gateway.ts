/** The router of a world's network, with the name server that hosts and CoreDNS forward to. */
import {
  decodeDnsMessage,
  type DnsMessage,
  dnsResponse,
  encodeDnsMessage,
  RESPONSE_CODES,
} from "../machine/dns-message.ts";
import { createFileSystem } from "../machine/fs/file-system.ts";
import { createMachine, type MachineKernel } from "../machine/machine.ts";
import { createNetworkNamespace } from "../machine/sockets.ts";
import type { Clock, Process, Random } from "../machine/types.ts";
import type { NetworkFabric } from "../net/index.ts";

export const GATEWAY_ADDRESS = "172.30.1.1";

export interface GatewayOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly fabric: NetworkFabric;
  /** Hosts of the world by name. */
  readonly names: ReadonlyMap<string, string>;
  reportFault(error: unknown, context: string): void;
}

export function createGateway(options: GatewayOptions): MachineKernel {
  const { clock, random, fabric, names, reportFault } = options;
  const machine = createMachine({
    hostname: "gateway",
    fs: createFileSystem(),
    network: createNetworkNamespace({
      id: "external:gateway",
      kind: "external",
      addresses: [GATEWAY_ADDRESS],
      fabric,
      clock,
      random,
    }),
    clock,
    random,
    libc: "glibc",
    programs: { get: () => undefined },
    reportFault,
  });
  machine.startFunction(["dnsmasq"], (process) => serveNames(process, names), {
    env: new Map(),
    cwd: "/",
    credentials: { uid: 0, gid: 0, groups: [0] },
    fds: new Map(),
  });
  return machine;
}

async function serveNames(process: Process, names: ReadonlyMap<string, string>): Promise<number> {
  const socket = process.net.datagram({ port: 53 });
  for (;;) {
    const datagram = await socket.receive(undefined, process.interruption);
    const query = datagram && decodeDnsMessage(datagram.bytes);
    if (datagram && query) socket.send(datagram.address, datagram.port, encodeDnsMessage(answer(query, names)));
  }
}

/** There is no internet behind this world: what is no host of it does not exist. */
function answer(query: DnsMessage, names: ReadonlyMap<string, string>): DnsMessage {
  const [question] = query.questions;
  const address = question && names.get(question.name.toLowerCase());
  const common = { isAuthoritative: false, recursionAvailable: true };
  if (question === undefined || address === undefined) {
    return dnsResponse(query, { ...common, responseCode: RESPONSE_CODES.NXDOMAIN });
  }
  const isAddressQuestion = question.type === "A" || question.type === 1;
  const answers = isAddressQuestion ? [{ name: question.name, ttl: 60, type: "A" as const, address }] : [];
  return dnsResponse(query, { ...common, answers });
}
