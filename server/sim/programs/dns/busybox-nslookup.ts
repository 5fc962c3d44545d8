/**
 * busybox nslookup. Since 1.29 it asks the server itself, A and AAAA for each name of the search
 * list; 1.28 and older ask the C library. Source: recordings in `captures/busybox-*.txt`.
 * Left out: -debug, -stats.
 */
import {
  type DnsMessage,
  dnsQuery,
  type DnsRecord,
  type DnsTypeName,
  RESPONSE_CODES,
} from "../../machine/dns-message.ts";
import { readResolverConfig } from "../../machine/resolver.ts";
import type { Process } from "../../machine/types.ts";
import { isIpv4, isIpv6 } from "../../machine/addresses.ts";
import { askServer, queryId, reverseLookup, reverseName } from "../toolkit/name-service.ts";
import { busyboxVersion } from "../toolkit/tool.ts";
import { parseType, statusName } from "./records.ts";

const USAGE = `Usage: nslookup [-type=QUERY_TYPE] [-debug] HOST [DNS_SERVER]

Query DNS about HOST

QUERY_TYPE: soa,ns,a,aaaa,cname,mx,txt,ptr,srv,any`;

const OLD_USAGE = `Usage: nslookup [HOST] [SERVER]

Query the nameserver for the IP address of the given HOST
optionally using a specified DNS server`;

const WAIT_MS = 5000;
const RETRIES = 2;

export async function busyboxNslookup(process: Process): Promise<number> {
  const version = busyboxVersion(process);
  const minor = Number(version.split(".")[1] ?? 36);
  const isOld = minor < 29;
  const options = process.argv.slice(1).filter((argument) => argument.startsWith("-"));
  const [host, server] = process.argv.slice(1).filter((argument) => !argument.startsWith("-"));
  if (host === undefined || options.includes("--help")) {
    await process.stderr.write(`BusyBox v${version} multi-call binary.\n\n${isOld ? OLD_USAGE : USAGE}\n`);
    return options.includes("--help") ? 0 : 1;
  }
  return isOld ? askLibrary(process, host, server) : askDirectly(process, options, host, server);
}

// ------------------------------------------------------------------- since 1.29

interface Question {
  readonly name: string;
  readonly type: DnsTypeName | number;
}

async function askDirectly(
  process: Process,
  options: readonly string[],
  host: string,
  server: string | undefined,
): Promise<number> {
  let type: DnsTypeName | number | undefined;
  for (const option of options) {
    const value = /^-(?:type|querytype|t|q\w*)=(.*)$/.exec(option)?.[1];
    if (value === undefined) continue;
    type = parseType(value);
    if (type === undefined) {
      await process.stderr.write(`nslookup: invalid query type "${value}"\n`);
      return 1;
    }
  }
  const config = readResolverConfig(process.machine.fs);
  const servers = server === undefined ? config.nameservers : [await addressOf(process, server)];
  const questions = questionsFor(host, type, config.search);
  for (const address of servers) {
    if (address === undefined) {
      await process.stderr.write(`nslookup: bad address '${server}'\n`);
      return 1;
    }
    const answers = await askAll(process, address, questions);
    if (answers.size > 0) return report(process, server ?? address, address, questions, answers);
  }
  await process.stdout.write(";; connection timed out; no servers could be reached\n\n");
  return 1;
}

async function addressOf(process: Process, server: string): Promise<string | undefined> {
  const resolved = await process.net.resolve(server);
  return resolved.kind === "addresses" ? resolved.addresses[0] : undefined;
}

/** A name with a dot is not searched for, whatever `ndots` says. */
function questionsFor(
  host: string,
  type: DnsTypeName | number | undefined,
  search: readonly string[],
): readonly Question[] {
  if (type === undefined && (isIpv4(host) || isIpv6(host))) return [{ name: reverseName(host), type: "PTR" }];
  const isSearched = !host.includes(".") && search.length > 0;
  const bare = host.replace(/\.$/, "");
  const names = isSearched ? search.map((domain) => `${bare}.${domain}`) : [bare];
  const types = type === undefined ? (["A", "AAAA"] as const) : [type];
  return types.flatMap((one) => names.map((name) => ({ name, type: one })));
}

/** All questions go out together; the answers come in any order. */
async function askAll(
  process: Process,
  server: string,
  questions: readonly Question[],
): Promise<ReadonlyMap<Question, DnsMessage>> {
  const answers = new Map<Question, DnsMessage>();
  let isRefused = false;
  for (let attempt = 0; attempt < RETRIES && !isRefused; attempt++) {
    const open = questions.filter((question) => !answers.has(question));
    await Promise.all(
      open.map(async (question) => {
        const query = dnsQuery(queryId(process), question.name, question.type);
        const outcome = await askServer(process, server, query, WAIT_MS / RETRIES);
        if (outcome.kind === "answer") answers.set(question, outcome.message);
        if (outcome.kind === "refused") isRefused = true;
      }),
    );
    if (answers.size === questions.length) break;
  }
  if (isRefused) await process.stderr.write(`nslookup: write to '${server}': Connection refused\n`);
  return answers;
}

async function report(
  process: Process,
  shownServer: string,
  address: string,
  questions: readonly Question[],
  answers: ReadonlyMap<Question, DnsMessage>,
): Promise<number> {
  const place = address.includes(":") ? `[${address}]:53` : `${address}:53`;
  let text = `Server:\t\t${shownServer}\nAddress:\t${place}\n\n`;
  let status = 0;
  for (const question of questions) {
    const message = answers.get(question);
    if (!message) {
      text += `*** Can't find ${question.name}: No answer\n`;
      status = 1;
    } else if (message.responseCode !== RESPONSE_CODES.NOERROR) {
      text += `** server can't find ${question.name}: ${statusName(message.responseCode)}\n`;
      status = 1;
    } else {
      if (!message.isAuthoritative) text += "Non-authoritative answer:\n";
      text += message.answers.map(recordText).join("");
    }
    text += "\n";
  }
  await process.stdout.write(text);
  return status;
}

function recordText(record: DnsRecord): string {
  const { name } = record;
  if ("address" in record) return `Name:\t${name}\nAddress: ${record.address}\n`;
  if ("texts" in record) return `${name}\ttext = "${record.texts.join("")}"\n`;
  if ("serial" in record) {
    const { primary, mailbox, serial, refresh, retry, expire, minimum } = record;
    return `${name}\n\torigin = ${primary}\n\tmail addr = ${mailbox}\n\tserial = ${serial}\n\trefresh = ${refresh}\n\tretry = ${retry}\n\texpire = ${expire}\n\tminimum = ${minimum}\n`;
  }
  if ("port" in record)
    return `${name}\tservice = ${record.priority} ${record.weight} ${record.port} ${record.target}\n`;
  if ("preference" in record) return `${name}\tmail exchanger = ${record.preference} ${record.target}\n`;
  if (!("target" in record)) return "";
  const word = record.type === "CNAME" ? "canonical name" : record.type === "NS" ? "nameserver" : "name";
  return `${name}\t${word} = ${record.target}\n`;
}

// ------------------------------------------------------------------- up to 1.28

async function askLibrary(process: Process, host: string, server: string | undefined): Promise<number> {
  const shownServer = server ?? readResolverConfig(process.machine.fs).nameservers[0] ?? "127.0.0.1";
  await process.stdout.write(`Server:    ${shownServer}\n${await addressLine(process, 1, shownServer)}\n`);
  const result = await process.net.resolve(host);
  if (result.kind === "failed") {
    await process.stderr.write(`nslookup: can't resolve '${host}'\n`);
    return 1;
  }
  await process.stdout.write(`Name:      ${host}\n`);
  for (const [index, address] of result.addresses.entries()) {
    await process.stdout.write(await addressLine(process, index + 1, address));
  }
  return 0;
}

async function addressLine(process: Process, number: number, address: string): Promise<string> {
  const name = await reverseLookup(process, address);
  return `Address ${number}: ${address}${name === undefined ? "" : ` ${name}`}\n`;
}
