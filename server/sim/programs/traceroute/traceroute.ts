/**
 * traceroute 2.1 (Debian) and busybox's. Hops are told from the TTL that is left of a reply; a
 * router's answer always comes back, the destination's only where policies let the probe through.
 * Source: recordings in `captures/ping-traceroute-*.txt`. Left out: TCP and ICMP modes' differences.
 */
import type { Process } from "../../machine/types.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { isPodNamespace } from "../net-tools/interfaces.ts";
import { resolveFailureText } from "../toolkit/libc.ts";
import { reverseLookup } from "../toolkit/name-service.ts";
import { o, type ParsedOptions } from "../toolkit/options.ts";
import { defineTool, isBusybox } from "../toolkit/tool.ts";

const FIRST_TTL = 64;
/** Probes that traceroute keeps under way; busybox has one. */
const SIMULTANEOUS_PROBES = 16;

export const traceroute = defineTool({
  name: "traceroute",
  options: [
    ...[..."4678nITUFldrvAe"].map((letter) => o(letter)),
    ...[..."mwqpfNsitgz"].map((letter) => o(letter, "", "required")),
  ],
  async run(process, options) {
    const [host, sizeText] = options.operands;
    if (host === undefined) {
      await process.stderr.write('Specify "host" missing argument.\n');
      return 2;
    }
    const isOld = isBusybox(process);
    const resolved = await resolveHost(process, host);
    if ("failure" in resolved) {
      const position = process.argv.indexOf(host);
      await process.stderr.write(
        isOld
          ? `traceroute: bad address '${host}'\n`
          : `${host}: ${resolveFailureText(process, resolved.failure)}\nCannot handle "host" cmdline arg \`${host}' on position ${position} (argc ${process.argv.length - 1})\n`,
      );
      return isOld ? 1 : 2;
    }
    const { address } = resolved;
    const hops = Number(options.value("m") ?? 30);
    const size = Number(sizeText ?? (isOld ? 46 : 60));
    await process.stdout.write(`traceroute to ${host} (${address}), ${hops} hops max, ${size} byte packets\n`);
    return trace(process, options, host, address, hops);
  },
});

async function trace(
  process: Process,
  options: ParsedOptions,
  host: string,
  address: string,
  hops: number,
): Promise<number> {
  const isOld = isBusybox(process);
  const waitMs = Number(options.value("w") ?? 5) * 1000;
  const probes = Number(options.value("q") ?? 3);
  const outcome = await process.net.echo(address, 1, { requestedName: host });
  const isReached = outcome.kind === "reply";
  const routers = routersTo(process, isReached ? FIRST_TTL - outcome.ttl : 1, address);
  const length = isReached ? routers.length + 1 : hops;
  let silentProbes = 0;
  for (let hop = 1; hop <= Math.min(length, hops); hop++) {
    const at = hop <= routers.length ? routers[hop - 1] : isReached ? address : undefined;
    if (at === undefined) {
      // Silence costs its wait once for each round of probes.
      silentProbes += probes;
      const round = isOld ? 1 : SIMULTANEOUS_PROBES;
      const rounds = Math.floor(silentProbes / round);
      silentProbes -= rounds * round;
      await process.sleep(rounds * waitMs);
      const stars = Array.from({ length: probes }, () => "*").join(isOld ? "  " : " ");
      await process.stdout.write(`${String(hop).padStart(2)}  ${stars}\n`);
      continue;
    }
    const name = options.has("n") ? at : `${(await reverseLookup(process, at)) ?? at} (${at})`;
    const times = Array.from(
      { length: probes },
      () => `  ${(0.01 * hop + process.random.next() * 0.05).toFixed(3)} ms`,
    );
    await process.stdout.write(`${String(hop).padStart(2)}  ${name}${times.join("")}\n`);
  }
  if (!isReached && silentProbes > 0) await process.sleep(waitMs);
  return 0;
}

/** The node's end of the pair, then the tunnel's end of the other node. */
function routersTo(process: Process, hops: number, address: string): readonly string[] {
  const { network } = process.machine;
  const gateway = network.routes.find(({ destination }) => destination === "default")?.gateway;
  const own = network.addresses.find((one) => !one.includes(":")) ?? "10.0.0.1";
  const prefix = own.split(".").slice(0, 3).join(".");
  const first = gateway && !gateway.startsWith("169.254.") ? gateway : `${prefix}.1`;
  const isPod = isPodNamespace(network);
  const count = Math.max(0, hops);
  const all = isPod || count > 0 ? [first, `${address.split(".").slice(0, 3).join(".")}.0`] : [];
  return all.slice(0, count);
}
