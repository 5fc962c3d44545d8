/** `agnhost connect`: one connection, its outcome as a word. Source: recordings in `captures/agnhost-connect.txt`. */
import type { Process } from "../../machine/types.ts";
import type { Protocol } from "../../net/types.ts";
import { isErrno } from "../toolkit/tool.ts";
import { ephemeralPort, goLookup } from "./go-resolver.ts";

const DEFAULT_TIMEOUT_MS = 1000;

async function fail(process: Process, text: string): Promise<number> {
  await process.stderr.write(`${text}\n`);
  return 1;
}

/** `3s`, `500ms`, `1m30s`. */
function goDurationMs(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount = "0", unit = "s"] of text.matchAll(/([\d.]+)(ms|s|m|h)/g)) {
    total += Number(amount) * ({ ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit] ?? 1000);
  }
  return total;
}

export async function connect(
  process: Process,
  operands: readonly string[],
  flags: ReadonlyMap<string, string>,
): Promise<number> {
  const destination = operands[0] ?? "";
  const protocol = flags.get("protocol") ?? "tcp";
  const timeoutMs = goDurationMs(flags.get("timeout") ?? "") ?? DEFAULT_TIMEOUT_MS;
  const colon = destination.lastIndexOf(":");
  if (colon === -1) return fail(process, `UNKNOWN: address ${destination}: missing port in address`);
  const host = destination.slice(0, colon).replace(/^\[|\]$/g, "");
  const port = Number(destination.slice(colon + 1));
  if (!["tcp", "udp", "sctp"].includes(protocol)) {
    return fail(process, `Unsupported protocol "${protocol}", supported protocols are "tcp", "udp" and "sctp"`);
  }
  // The timeout does not cover the name.
  const found = await goLookup(process, host);
  if ("error" in found) return fail(process, `DNS: ${found.error}`);
  const [address = ""] = found.addresses;
  const requestedName = address === host ? {} : { requestedName: host };
  if (protocol === "udp") return connectUdp(process, address, port, timeoutMs);
  try {
    const socket = await process.net.connect(address, port, {
      timeoutMs,
      protocol: protocol.toUpperCase() as Protocol,
      ...requestedName,
    });
    socket.release();
    return 0;
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ECONNREFUSED") return fail(process, "REFUSED");
    if (error.code === "ETIMEDOUT") return fail(process, "TIMEOUT");
    return fail(process, `OTHER: dial ${protocol} ${address}:${port}: connect: ${error.message.toLowerCase()}`);
  }
}

async function connectUdp(process: Process, address: string, port: number, timeoutMs: number): Promise<number> {
  const own = process.machine.network.addresses[0] ?? "0.0.0.0";
  const socket = process.net.datagram();
  const place = `read udp ${own}:${socket.localPort || ephemeralPort(process)}->${address}:${port}`;
  try {
    socket.send(address, port, new TextEncoder().encode("hostname\n"));
    const answer = await socket.receive(timeoutMs, process.interruption);
    return answer ? 0 : await fail(process, `TIMEOUT: ${place}: i/o timeout`);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.code === "ECONNREFUSED") return fail(process, `REFUSED: ${place}: read: connection refused`);
    return fail(process, `OTHER: ${place}: ${error.message.toLowerCase()}`);
  } finally {
    socket.close();
  }
}
