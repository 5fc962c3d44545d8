/** Go's own resolver: each name of the search list, two attempts of five seconds each. Source: recordings. */
import { dnsQuery, RESPONSE_CODES } from "../../machine/dns-message.ts";
import { lookupHosts, readResolverConfig } from "../../machine/resolver.ts";
import type { Process } from "../../machine/types.ts";
import { isIpv4, isIpv6 } from "../../machine/addresses.ts";
import { askServer, queryId } from "../toolkit/name-service.ts";

const ATTEMPTS = 2;
const ATTEMPT_MS = 5000;
const FIRST_EPHEMERAL_PORT = 32_768;
const EPHEMERAL_PORTS = 28_232;

export type GoLookup = { readonly addresses: readonly string[] } | { readonly error: string };

export function ephemeralPort(process: Process): number {
  return FIRST_EPHEMERAL_PORT + process.random.integer(EPHEMERAL_PORTS);
}

export async function goLookup(process: Process, name: string): Promise<GoLookup> {
  if (isIpv4(name) || isIpv6(name)) return { addresses: [name] };
  const local = lookupHosts(process.machine.fs, name);
  if (local) return local;
  const config = readResolverConfig(process.machine.fs);
  const [server = "127.0.0.1"] = config.nameservers;
  const isRooted = name.endsWith(".");
  const searched = isRooted ? [] : config.search.map((domain) => `${name}.${domain}`);
  const bare = isRooted ? name.slice(0, -1) : name;
  const hasManyDots = name.split(".").length - 1 >= config.ndots;
  let failure: string | undefined;
  for (const candidate of hasManyDots ? [bare, ...searched] : [...searched, bare]) {
    const answer = await askTwice(process, server, candidate);
    if ("addresses" in answer && answer.addresses.length > 0) return answer;
    if ("error" in answer) failure ??= answer.error;
  }
  return { error: `lookup ${name} on ${server}:53: ${failure ?? "no such host"}` };
}

async function askTwice(process: Process, server: string, name: string): Promise<GoLookup> {
  const own = process.machine.network.addresses[0] ?? "0.0.0.0";
  const place = `read udp ${own}:${ephemeralPort(process)}->${server}:53`;
  let error = "";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const outcome = await askServer(process, server, dnsQuery(queryId(process), name, "A"), ATTEMPT_MS);
    switch (outcome.kind) {
      case "answer": {
        const { answers, responseCode } = outcome.message;
        if (responseCode === RESPONSE_CODES.SERVFAIL) return { error: "server misbehaving" };
        return { addresses: answers.flatMap((record) => ("address" in record ? [record.address] : [])) };
      }
      case "timed-out":
        error = `${place}: i/o timeout`;
        break;
      case "refused":
        error = `${place}: read: connection refused`;
        break;
      case "unreachable":
        return { error: `dial udp ${server}:53: connect: network is unreachable` };
    }
  }
  return { error };
}
