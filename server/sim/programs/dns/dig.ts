/** BIND 9.18 dig. Source: recordings in `captures/dns-*.txt`, dig(1). Left out: DNSSEC, zone transfers, batch files, IDN. */
import type { DnsTypeName } from "../../machine/dns-message.ts";
import { DNS_TYPES, RESPONSE_CODES } from "../../machine/dns-message.ts";
import { readResolverConfig } from "../../machine/resolver.ts";
import type { Process, Program } from "../../machine/types.ts";
import { formatDate } from "../toolkit/dates.ts";
import { libcOf } from "../toolkit/libc.ts";
import { reverseName } from "../toolkit/name-service.ts";
import { type Answer, ask, searchedNames } from "./lookups.ts";
import { hex, parseType, questionLine, recordData, recordLine, statusName } from "./records.ts";

const COOKIE_OPTION = 10;
const NO_SERVERS = 9;
const BAD_SERVER = 10;

interface Lookup {
  readonly name: string;
  readonly type: DnsTypeName | number;
}

/** What `+name` and `+noname` turn on and off; `all` sets the display flags together. */
const DISPLAY = ["cmd", "comments", "question", "answer", "authority", "additional", "stats"] as const;

class Settings {
  readonly flags = new Map<string, boolean>([
    ...DISPLAY.map((name) => [name, true] as const),
    ["recurse", true],
    ["edns", true],
    ["cookie", true],
  ]);
  timeoutMs = 5000;
  tries = 3;
  port = 53;
  servers: readonly string[] = [];

  isOn(name: string): boolean {
    return this.flags.get(name) ?? false;
  }

  /** False when there is no such option. */
  apply(text: string): boolean {
    const [name = "", value] = text.split("=");
    if (name === "time" || name === "timeout") this.timeoutMs = Math.max(1, Number(value)) * 1000;
    else if (name === "tries") this.tries = Math.max(1, Number(value));
    else if (name === "retry") this.tries = Number(value) + 1;
    else if (name === "all" || name === "noall") for (const flag of DISPLAY) this.flags.set(flag, name === "all");
    else {
      const isOff = name.startsWith("no") && name !== "norecurse-";
      const bare = isOff ? name.slice(2) : name;
      const known =
        FLAGS.find((flag) => flag === bare) ?? FLAGS.find((flag) => flag.startsWith(bare) && bare.length > 2);
      if (known === undefined) return false;
      this.flags.set(known, !isOff);
    }
    return true;
  }
}

const FLAGS = [
  ...DISPLAY,
  "short",
  "search",
  "recurse",
  "edns",
  "cookie",
  "tcp",
  "vc",
  "ttlid",
  "multiline",
  "dnssec",
  "identify",
  "trace",
  "nssearch",
  "adflag",
  "cdflag",
  "qr",
  "ignore",
  "fail",
  "badcookie",
  "showsearch",
  "defname",
  "bufsize",
  "subnet",
  "ndots",
  "split",
  "crypto",
  "rrcomments",
  "yaml",
  "keepopen",
  "aaonly",
  "domain",
  "idnin",
  "idnout",
];

export const dig: Program = {
  name: "dig",
  async run(process) {
    const settings = new Settings();
    const version = libcOf(process) === "musl" ? "9.20.15" : "9.18.49-1~deb12u3-Debian";
    const lookups: Lookup[] = [];
    const args = process.argv.slice(1);
    let pendingType: DnsTypeName | number | undefined;
    let server: string | undefined;
    for (let index = 0; index < args.length; index++) {
      const argument = args[index] ?? "";
      const following = (): string => args[++index] ?? "";
      if (argument.startsWith("@")) server = argument.slice(1);
      else if (argument.startsWith("+")) {
        if (settings.apply(argument.slice(1))) continue;
        await process.stderr.write(`Invalid option: ${argument}\n${USAGE}`);
        return 1;
      } else if (argument === "-v") {
        await process.stderr.write(`DiG ${version}\n`);
        return 0;
      } else if (argument === "-h") {
        await process.stdout.write(HELP);
        return 0;
      } else if (argument.startsWith("-x")) {
        const address = argument.length > 2 ? argument.slice(2) : following();
        lookups.push({ name: reverseName(address), type: "PTR" });
      } else if (argument.startsWith("-p")) settings.port = Number(argument.slice(2) || following());
      else if (argument.startsWith("-t"))
        pendingType = setType(lookups, parseType(argument.slice(2) || following())) ?? pendingType;
      else if (argument.startsWith("-q"))
        lookups.push({ name: argument.slice(2) || following(), type: pendingType ?? "A" });
      else if (argument.startsWith("-b") || argument.startsWith("-c") || argument.startsWith("-k")) following();
      else if (/^-[46uimr]$/.test(argument)) continue;
      else if (argument.startsWith("-")) {
        await process.stderr.write(`Invalid option: ${argument}\n${USAGE}`);
        return 1;
      } else if (argument.toUpperCase() === "IN") continue;
      else if (isTypeWord(argument)) {
        pendingType = setType(lookups, parseType(argument)) ?? pendingType;
      } else {
        lookups.push({ name: argument, type: pendingType ?? "A" });
        pendingType = undefined;
      }
    }
    if (lookups.length === 0) lookups.push({ name: ".", type: pendingType ?? "NS" });
    const resolved = server === undefined ? undefined : await process.net.resolve(server);
    if (resolved?.kind === "failed") {
      await process.stderr.write(`dig: couldn't get address for '${server}': not found\n`);
      return BAD_SERVER;
    }
    settings.servers = resolved ? resolved.addresses.slice(0, 1) : readResolverConfig(process.machine.fs).nameservers;
    let status = 0;
    for (const [index, lookup] of lookups.entries()) {
      const banner = index === 0 ? `\n; <<>> DiG ${version} <<>> ${args.join(" ")}\n;; global options: +cmd\n` : "";
      status = Math.max(status, await run(process, settings, lookup, banner, server));
    }
    return status;
  },
};

/** A type behind a name is that name's; before any, the next one's (returned). */
function setType(lookups: Lookup[], type: DnsTypeName | number | undefined): DnsTypeName | number | undefined {
  const last = lookups.at(-1);
  if (type === undefined || !last) return type;
  lookups[lookups.length - 1] = { ...last, type };
  return undefined;
}

const isTypeWord = (text: string): boolean => /^(TYPE\d+)$/i.test(text) || text.toUpperCase() in DNS_TYPES;

async function run(
  process: Process,
  settings: Settings,
  lookup: Lookup,
  banner: string,
  server: string | undefined,
): Promise<number> {
  const config = readResolverConfig(process.machine.fs);
  const names = settings.isOn("search")
    ? searchedNames(lookup.name, config).map(({ name }) => name)
    : [lookup.name.replace(/\.$/, "")];
  const isShort = settings.isOn("short");
  const cookie = settings.isOn("edns") && settings.isOn("cookie") ? process.random.bytes(8) : undefined;
  let answer: Answer | undefined;
  for (const name of names) {
    answer = await ask(process, name, lookup.type, {
      servers: settings.servers,
      port: settings.port,
      timeoutMs: settings.timeoutMs,
      tries: settings.tries,
      recurses: settings.isOn("recurse"),
      usesTcp: settings.isOn("tcp") || settings.isOn("vc"),
      usesEdns: settings.isOn("edns"),
      ...(cookie ? { cookie } : {}),
    });
    if (!answer || answer.message.responseCode !== RESPONSE_CODES.NXDOMAIN) break;
  }
  if (!answer) {
    await process.stdout.write(
      isShort || !settings.isOn("cmd")
        ? ";; no servers could be reached\n"
        : `${banner};; no servers could be reached\n`,
    );
    return NO_SERVERS;
  }
  if (isShort) {
    await process.stdout.write(answer.message.answers.map((record) => `${recordData(record)}\n`).join(""));
    return 0;
  }
  const shownServer = server ?? answer.server;
  await process.stdout.write(
    describe(process, settings, answer, settings.isOn("cmd") ? banner : "", cookie, shownServer),
  );
  return 0;
}

function describe(
  process: Process,
  settings: Settings,
  answer: Answer,
  banner: string,
  cookie: Uint8Array | undefined,
  shownServer: string,
): string {
  const { message } = answer;
  const [question] = message.questions;
  let text = banner;
  if (settings.isOn("comments")) text += headerText(answer, cookie);
  if (settings.isOn("question") && question) {
    const title = settings.isOn("comments") ? ";; QUESTION SECTION:\n" : "";
    text += `${title}${questionLine(question.name, question.type)}\n\n`;
  }
  const sections = [
    ["answer", "ANSWER", message.answers],
    ["authority", "AUTHORITY", message.authorities],
    ["additional", "ADDITIONAL", message.additionals],
  ] as const;
  for (const [flag, title, records] of sections) {
    if (!settings.isOn(flag) || records.length === 0) continue;
    const lines = records.map((record) => `${recordLine(record)}\n`).join("");
    text += settings.isOn("comments") ? `;; ${title} SECTION:\n${lines}\n` : lines;
  }
  if (settings.isOn("stats")) {
    const via = settings.isOn("tcp") || settings.isOn("vc") ? "TCP" : "UDP";
    const date = formatDate(process.clock.now(), "%a %b %d %H:%M:%S UTC %Y");
    text += `;; Query time: ${answer.milliseconds} msec\n;; SERVER: ${answer.server}#${settings.port}(${shownServer}) (${via})\n;; WHEN: ${date}\n;; MSG SIZE  rcvd: ${answer.sizeBytes}\n\n`;
  }
  return text;
}

function headerText({ message }: Answer, cookie: Uint8Array | undefined): string {
  const flags = [
    "qr",
    ...(message.isAuthoritative ? ["aa"] : []),
    ...(message.isTruncated ? ["tc"] : []),
    ...(message.recursionDesired ? ["rd"] : []),
    ...(message.recursionAvailable ? ["ra"] : []),
    ...(message.authenticData ? ["ad"] : []),
    ...(message.checkingDisabled ? ["cd"] : []),
  ];
  const name = message.questions[0]?.name ?? "";
  let text = ";; Got answer:\n";
  if (/(^|\.)local$/i.test(name)) {
    text +=
      ";; WARNING: .local is reserved for Multicast DNS\n;; You are currently testing what happens when an mDNS query is leaked to DNS\n";
  }
  const additional = message.additionals.length + (message.edns ? 1 : 0);
  text += `;; ->>HEADER<<- opcode: QUERY, status: ${statusName(message.responseCode)}, id: ${message.id}\n`;
  text += `;; flags: ${flags.join(" ")}; QUERY: ${message.questions.length}, ANSWER: ${message.answers.length}, AUTHORITY: ${message.authorities.length}, ADDITIONAL: ${additional}\n`;
  if (message.recursionDesired && !message.recursionAvailable) {
    text += ";; WARNING: recursion requested but not available\n";
  }
  text += "\n";
  if (!message.edns) return text;
  text += `;; OPT PSEUDOSECTION:\n; EDNS: version: ${message.edns.version}, flags:${message.edns.dnssecOk ? " do" : ""}; udp: ${message.edns.udpSizeBytes}\n`;
  const returned = message.edns.options.find(({ code }) => code === COOKIE_OPTION);
  if (returned) {
    const isEcho = cookie !== undefined && hex(returned.bytes) === hex(cookie);
    text += `; COOKIE: ${hex(returned.bytes)}${isEcho ? " (echoed)" : " (good)"}\n`;
  }
  return text;
}

const USAGE = `
Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]

Use "dig -h" (or "dig -h | more") for complete list of options
`;

const HELP = `Usage:  dig [@global-server] [domain] [q-type] [q-class] {q-opt}
            {global-d-opt} host [@local-server] {local-d-opt}
            [ host [@local-server] {local-d-opt} [...]]
Where:  domain	  is in the Domain Name System
        q-class  is one of (in,hs,ch,...) [default: in]
        q-type   is one of (a,any,mx,ns,soa,hinfo,axfr,txt,...) [default:a]
        q-opt    is one of:
                 -4                  (use IPv4 query transport only)
                 -6                  (use IPv6 query transport only)
                 -p port             (specify port number)
                 -q name             (specify query name)
                 -t type             (specify query type)
                 -x dot-notation     (shortcut for reverse lookups)
        d-opt    is of the form +keyword[=value], where keyword is:
                 +[no]all            (Set or clear all display flags)
                 +[no]answer         (Control display of answer section)
                 +[no]cmd            (Control display of command line - global option)
                 +[no]comments       (Control display of packet header and section name comments)
                 +[no]question       (Control display of question section)
                 +[no]recurse        (Recursive mode (+[no]rdflag))
                 +[no]search         (Set whether to use searchlist)
                 +[no]short          (Display nothing except short form of answers - global option)
                 +[no]stats          (Control display of statistics)
                 +[no]tcp            (TCP mode (+[no]vc))
                 +time=###           (Set query timeout) [5]
                 +tries=###          (Set number of UDP attempts) [3]
        global d-opts and servers (before host name) affect all queries.
        local d-opts and servers (after host name) affect only that lookup.
        -h                           (print help and exit)
        -v                           (print version and exit)
`;
