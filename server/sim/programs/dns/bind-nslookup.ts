/** BIND 9.18 nslookup, not interactive. Source: recordings in `captures/dns-*.txt`. Left out: `set` commands, -debug. */
import { type DnsRecord, type DnsTypeName, RESPONSE_CODES } from "../../machine/dns-message.ts";
import { readResolverConfig } from "../../machine/resolver.ts";
import type { Process } from "../../machine/types.ts";
import { isIpv4, isIpv6 } from "../../machine/addresses.ts";
import { reverseName } from "../toolkit/name-service.ts";
import { type Answer, ask, type AskOptions, searchedNames } from "./lookups.ts";
import { parseType, recordData, statusName } from "./records.ts";

const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_TRIES = 3;

interface Request {
  readonly host: string;
  readonly server: string | undefined;
  readonly type: DnsTypeName | number | undefined;
  readonly options: AskOptions;
}

export async function bindNslookup(process: Process): Promise<number> {
  const config = readResolverConfig(process.machine.fs);
  const operands: string[] = [];
  let type: DnsTypeName | number | undefined;
  let [timeoutMs, tries, port] = [DEFAULT_TIMEOUT_MS, DEFAULT_TRIES, 53];
  for (const argument of process.argv.slice(1)) {
    const [name = "", value = ""] = argument.split("=");
    if (!argument.startsWith("-")) operands.push(argument);
    else if (name === "-timeout") timeoutMs = Number(value) * 1000;
    else if (name === "-retry") tries = Math.max(1, Number(value));
    else if (name === "-port") port = Number(value);
    else if (/^-(ty|q)/.test(name)) {
      type = parseType(value);
      if (type === undefined) await process.stdout.write(`unknown query type: ${value}\n`);
    }
  }
  const [host, server] = operands;
  if (host === undefined) return 0;
  let servers = config.nameservers;
  if (server !== undefined) {
    const resolved = await process.net.resolve(server);
    if (resolved.kind === "failed") {
      await process.stdout.write(`nslookup: couldn't get address for '${server}': not found\n`);
      return 1;
    }
    servers = resolved.addresses.slice(0, 1);
  }
  return lookUp(process, { host, server, type, options: { servers, port, timeoutMs, tries } });
}

async function lookUp(process: Process, request: Request): Promise<number> {
  const { host, type, options } = request;
  if (type === undefined && (isIpv4(host) || isIpv6(host))) return lookUpReverse(process, request);
  let answer: Answer | undefined;
  let found = { name: host, isSearched: false };
  for (const candidate of searchedNames(host, readResolverConfig(process.machine.fs))) {
    answer = await ask(process, candidate.name, type ?? "A", options);
    if (!answer) return noServers(process);
    await noteAnswer(process, answer);
    found = candidate;
    if (answer.message.responseCode !== RESPONSE_CODES.NXDOMAIN) break;
  }
  if (!answer) return noServers(process);
  const { server, message } = answer;
  let text = `Server:\t\t${request.server ?? server}\nAddress:\t${server}#${options.port}\n\n`;
  if (message.responseCode !== RESPONSE_CODES.NOERROR) {
    const shown = message.responseCode === RESPONSE_CODES.NXDOMAIN ? host : found.name;
    await process.stdout.write(`${text}** server can't find ${shown}: ${statusName(message.responseCode)}\n\n`);
    return 1;
  }
  if (!message.isAuthoritative && message.answers.length > 0) text += "Non-authoritative answer:\n";
  text += message.answers.map(recordText).join("");
  if (type !== undefined) {
    if (message.answers.length === 0) text += `*** Can't find ${host}: No answer\n`;
    await process.stdout.write(`${text}\n`);
    return 0;
  }
  return lookUpIpv6(process, request, found, text, message.answers.length > 0);
}

/** Without a type, AAAA follows A; what it finds is listed behind. */
async function lookUpIpv6(
  process: Process,
  request: Request,
  found: { readonly name: string; readonly isSearched: boolean },
  text: string,
  hasAddress: boolean,
): Promise<number> {
  await process.stdout.write(text);
  const answer = await ask(process, found.name, "AAAA", request.options);
  if (!answer) return noServers(process);
  if (found.isSearched) await noteAnswer(process, answer);
  const records = answer.message.answers.filter((record) => record.type === "AAAA");
  if (records.length === 0 && !hasAddress) await process.stdout.write(`*** Can't find ${request.host}: No answer\n`);
  await process.stdout.write(`${records.map(recordText).join("")}\n`);
  return 0;
}

async function lookUpReverse(process: Process, request: Request): Promise<number> {
  const name = reverseName(request.host);
  const answer = await ask(process, name, "PTR", request.options);
  if (!answer) return noServers(process);
  await noteAnswer(process, answer);
  if (answer.message.responseCode !== RESPONSE_CODES.NOERROR) {
    await process.stdout.write(`** server can't find ${name}: ${statusName(answer.message.responseCode)}\n\n`);
    return 1;
  }
  await process.stdout.write(`${answer.message.answers.map(recordText).join("")}\n`);
  return 0;
}

/** CoreDNS offers no recursion for its own zones; nslookup finds that worth a line each time. */
async function noteAnswer(process: Process, answer: Answer): Promise<void> {
  const { message, server } = answer;
  if (message.responseCode === RESPONSE_CODES.SERVFAIL) {
    await process.stdout.write(`;; Got SERVFAIL reply from ${server}\n`);
  } else if (!message.recursionAvailable) {
    await process.stdout.write(`;; Got recursion not available from ${server}\n`);
  }
}

async function noServers(process: Process): Promise<number> {
  await process.stdout.write(";; no servers could be reached\n\n");
  return 1;
}

const WORDS: Readonly<Record<string, string>> = {
  CNAME: "canonical name",
  NS: "nameserver",
  PTR: "name",
  MX: "mail exchanger",
  SRV: "service",
  TXT: "text",
};

function recordText(record: DnsRecord): string {
  if ("address" in record) return `Name:\t${record.name}\nAddress: ${record.address}\n`;
  if ("serial" in record) {
    const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
    return `${record.name}\n\torigin = ${primary}\n\tmail addr = ${mailbox}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}\n`;
  }
  return `${record.name}\t${WORDS[record.type] ?? `rdata_${record.type}`} = ${recordData(record)}\n`;
}
