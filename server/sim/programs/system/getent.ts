/** glibc 2.36 getent: names and accounts as the name service switch finds them. musl's script takes the same words. */
import type { Process } from "../../machine/types.ts";
import { reverseLookup } from "../toolkit/name-service.ts";
import { defineTool, ToolError, toolName } from "../toolkit/tool.ts";

/** getent's status when a key has not been found. */
const NOT_FOUND = 2;

type Lookup = (process: Process, keys: readonly string[]) => Promise<number>;

const DATABASES: Readonly<Record<string, Lookup>> = {
  hosts,
  ahosts: (process, keys) => socketAddresses(process, keys),
  ahostsv4: (process, keys) => socketAddresses(process, keys, 4),
  ahostsv6: (process, keys) => socketAddresses(process, keys, 6),
  passwd: (process, keys) => rowsOf(process, "/etc/passwd", keys),
  group: (process, keys) => rowsOf(process, "/etc/group", keys),
  services,
};

export const getent = defineTool({
  name: "getent",
  options: [],
  async run(process, options) {
    const [database, ...keys] = options.operands;
    if (database === undefined) throw new ToolError("wrong number of arguments");
    const lookup = Object.hasOwn(DATABASES, database) ? DATABASES[database] : undefined;
    if (lookup) return lookup(process, keys);
    throw new ToolError(
      `Unknown database: ${database}\nTry \`${toolName(process)} --help' or \`${toolName(process)} --usage' for more information.`,
    );
  },
});

function textOf(process: Process, path: string): readonly string[] {
  const { fs } = process.machine;
  if (!fs.exists(path)) return [];
  return fs
    .readText(path)
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(Boolean);
}

const hostLine = (address: string, names: readonly string[]): string => `${address.padEnd(15)} ${names.join(" ")}\n`;

async function hosts(process: Process, keys: readonly string[]): Promise<number> {
  if (keys.length === 0) {
    for (const line of textOf(process, "/etc/hosts")) {
      const [address = "", ...names] = line.split(/\s+/);
      await process.stdout.write(hostLine(address, names));
    }
    return 0;
  }
  let status = 0;
  for (const key of keys) {
    const text = await hostText(process, key);
    if (text === undefined) status = NOT_FOUND;
    else await process.stdout.write(text);
  }
  return status;
}

/** An address is looked up backwards, as gethostbyaddr does. */
async function hostText(process: Process, key: string): Promise<string | undefined> {
  if (/^[\d.]+$|:/.test(key)) {
    const name = await reverseLookup(process, key);
    return name === undefined ? undefined : hostLine(key, [name.replace(/\.$/, "")]);
  }
  const result = await process.net.resolve(key, { family: 4 });
  if (result.kind === "failed") return undefined;
  return result.addresses.map((address) => hostLine(address, [result.canonicalName])).join("");
}

/** One line a socket type; only the very first says the name. */
async function socketAddresses(process: Process, keys: readonly string[], family?: 4 | 6): Promise<number> {
  let status = 0;
  for (const key of keys) {
    const result = await process.net.resolve(key, family === undefined ? {} : { family });
    if (result.kind === "failed") {
      status = NOT_FOUND;
      continue;
    }
    let name = result.canonicalName;
    for (const address of result.addresses) {
      for (const type of ["STREAM", "DGRAM", "RAW"]) {
        await process.stdout.write(`${address.padEnd(15)} ${type.padEnd(6)} ${name}\n`);
        name = "";
      }
    }
  }
  return status;
}

async function rowsOf(process: Process, path: string, keys: readonly string[]): Promise<number> {
  const rows = textOf(process, path);
  const isAsked = (row: string): boolean => {
    const [name, , id] = row.split(":");
    return keys.some((key) => key === name || key === id);
  };
  const found = keys.length === 0 ? rows : rows.filter(isAsked);
  await process.stdout.write(found.map((row) => `${row}\n`).join(""));
  return keys.length === 0 || found.length > 0 ? 0 : NOT_FOUND;
}

async function services(process: Process, keys: readonly string[]): Promise<number> {
  let status = keys.length === 0 ? 0 : NOT_FOUND;
  for (const row of textOf(process, "/etc/services")) {
    const [name = "", port = "", ...aliases] = row.split(/\s+/);
    const isAsked = keys.some((key) => [name, port, port.split("/")[0], ...aliases].includes(key));
    if (keys.length > 0 && !isAsked) continue;
    status = 0;
    await process.stdout.write(`${name.padEnd(21)} ${[port, ...aliases].join(" ")}\n`);
    if (keys.length === 1) break;
  }
  return status;
}
