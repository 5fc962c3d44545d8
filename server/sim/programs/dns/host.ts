/** BIND 9.18 host. Source: recordings in `captures/dns-*.txt`, host(1). Left out: -v, -C, zone transfers. */
import { type DnsRecord, type DnsTypeName, RESPONSE_CODES } from "../../machine/dns-message.ts";
import { readResolverConfig } from "../../machine/resolver.ts";
import type { Process } from "../../machine/types.ts";
import { isIpv4, isIpv6 } from "../../machine/addresses.ts";
import { reverseName } from "../toolkit/name-service.ts";
import { o } from "../toolkit/options.ts";
import { defineTool } from "../toolkit/tool.ts";
import { type Answer, ask, type AskOptions, searchedNames } from "./lookups.ts";
import { parseType, recordData, statusName, typeName } from "./records.ts";

const USAGE = `Usage: host [-aCdilrTvVw] [-c class] [-N ndots] [-t type] [-W time]
            [-R number] [-m flag] [-p port] hostname [server]`;

const DEFAULT_TYPES = ["A", "AAAA", "MX"] as const;

export const host = defineTool({
  name: "host",
  usage: USAGE,
  options: [
    ...[..."aCdilrsTvVw46"].map((letter) => o(letter)),
    ...[..."cNtWRmp"].map((letter) => o(letter, "", "required")),
  ],
  async run(process, options) {
    const [name, server] = options.operands;
    if (name === undefined) {
      await process.stderr.write(`${USAGE}\n`);
      return 1;
    }
    const config = readResolverConfig(process.machine.fs);
    let servers = config.nameservers;
    if (server !== undefined) {
      const resolved = await process.net.resolve(server);
      if (resolved.kind === "failed") {
        await process.stderr.write(`host: couldn't get address for '${server}': not found\n`);
        return 1;
      }
      servers = resolved.addresses.slice(0, 1);
      await process.stdout.write(`Using domain server:\nName: ${server}\nAddress: ${servers[0]}#53\nAliases: \n\n`);
    }
    const asked: AskOptions = {
      servers,
      port: Number(options.value("p") ?? 53),
      timeoutMs: Number(options.value("W") ?? 5) * 1000,
      tries: Number(options.value("R") ?? 1) + 1,
      usesTcp: options.has("T"),
    };
    const typed = options.value("t");
    const type = typed === undefined ? undefined : parseType(typed);
    if (typed !== undefined && type === undefined) {
      await process.stderr.write(`host: invalid type: ${typed}\n`);
      return 1;
    }
    if (type === undefined && (isIpv4(name) || isIpv6(name))) {
      return one(process, [reverseName(name)], "PTR", asked, name);
    }
    const names = searchedNames(name, config).map((candidate) => candidate.name);
    if (type !== undefined) return one(process, names, type, asked, name);
    return all(process, names, asked, name);
  },
});

/** The first name that exists, or the last answer. */
async function search(process: Process, names: readonly string[], type: DnsTypeName | number, options: AskOptions) {
  let found: { readonly name: string; readonly answer: Answer } | undefined;
  for (const name of names) {
    const answer = await ask(process, name, type, options);
    if (!answer) return undefined;
    found = { name, answer };
    if (answer.message.responseCode !== RESPONSE_CODES.NXDOMAIN) break;
  }
  return found;
}

async function one(
  process: Process,
  names: readonly string[],
  type: DnsTypeName | number,
  options: AskOptions,
  typed: string,
): Promise<number> {
  const found = await search(process, names, type, options);
  if (!found) return silent(process);
  const { message } = found.answer;
  if (message.responseCode !== RESPONSE_CODES.NOERROR)
    return notFound(process, type === "PTR" ? found.name : typed, message.responseCode);
  const text = message.answers.map(recordText).join("");
  await process.stdout.write(text === "" ? `${found.name} has no ${typeName(type)} record\n` : text);
  return text === "" ? 1 : 0;
}

async function all(process: Process, names: readonly string[], options: AskOptions, typed: string): Promise<number> {
  const found = await search(process, names, "A", options);
  if (!found) return silent(process);
  const { responseCode, answers } = found.answer.message;
  if (responseCode !== RESPONSE_CODES.NOERROR) return notFound(process, typed, responseCode);
  await process.stdout.write(answers.map(recordText).join(""));
  for (const type of DEFAULT_TYPES.slice(1)) {
    const answer = await ask(process, found.name, type, options);
    if (!answer) return silent(process);
    await process.stdout.write(
      answer.message.answers
        .filter((record) => record.type === type)
        .map(recordText)
        .join(""),
    );
  }
  return 0;
}

async function silent(process: Process): Promise<number> {
  await process.stdout.write(";; no servers could be reached\n");
  return 1;
}

async function notFound(process: Process, name: string, code: number): Promise<number> {
  await process.stdout.write(`Host ${name} not found: ${code}(${statusName(code)})\n`);
  return 1;
}

const PHRASES: Readonly<Record<string, string>> = {
  A: "has address",
  AAAA: "has IPv6 address",
  MX: "mail is handled by",
  CNAME: "is an alias for",
  PTR: "domain name pointer",
  NS: "name server",
  TXT: "descriptive text",
  SRV: "has SRV record",
  SOA: "has SOA record",
};

function recordText(record: DnsRecord): string {
  return `${record.name} ${PHRASES[record.type] ?? `has ${typeName(record.type)} record`} ${recordData(record)}\n`;
}
