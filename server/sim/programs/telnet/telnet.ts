/** telnet of busybox and of Debian (inetutils). Source: recordings. Left out: option negotiation, the command prompt. */
import type { Process, Program, Socket } from "../../machine/types.ts";
import { relay } from "../nc/relay.ts";
import { resolveHost } from "../nc/resolve-host.ts";
import { reasonOf, resolveFailureText } from "../toolkit/libc.ts";
import { busyboxVersion, isBusybox, isErrno } from "../toolkit/tool.ts";

const DEFAULT_PORT = 23;

export const telnet: Program = {
  name: "telnet",
  async run(process) {
    const operands = process.argv.slice(1).filter((word) => !word.startsWith("-"));
    const [host, portText] = operands;
    const isOld = isBusybox(process);
    if (host === undefined) {
      await process.stderr.write(
        isOld
          ? `BusyBox v${busyboxVersion(process)} multi-call binary.\n\nUsage: telnet [-a] [-l USER] HOST [PORT]\n\nConnect to telnet server\n\n	-a	Automatic login with $USER variable\n	-l USER	Automatic login as USER\n`
          : "telnet: no host given\n",
      );
      return 1;
    }
    const port = portText === undefined ? DEFAULT_PORT : Number(portText);
    if (!Number.isInteger(port) || port < 1 || port > 65535) {
      await process.stderr.write(isOld ? `telnet: bad port '${portText}'\n` : `telnet: bad port ${portText}\n`);
      return 1;
    }
    return isOld ? talkAsBusybox(process, host, port) : talkAsDebian(process, host, port, portText ?? "telnet");
  },
};

async function talkAsBusybox(process: Process, host: string, port: number): Promise<number> {
  const resolved = await resolveHost(process, host);
  if ("failure" in resolved) {
    await process.stderr.write(`telnet: bad address '${host}'\n`);
    return 1;
  }
  let socket: Socket;
  try {
    socket = await process.net.connect(resolved.address, port, { requestedName: host });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(
      `telnet: can't connect to remote host (${resolved.address}): ${reasonOf(process, error)}\n`,
    );
    return 1;
  }
  const minor = Number(busyboxVersion(process).split(".")[1] ?? 36);
  if (minor > 28) await process.stdout.write(`Connected to ${host}\n`);
  await relay(process, socket, { shutsDown: true });
  if (minor > 28) await process.stderr.write("Connection closed by foreign host\n");
  return minor > 28 ? 1 : 0;
}

async function talkAsDebian(process: Process, host: string, port: number, shownPort: string): Promise<number> {
  const resolved = await resolveHost(process, host);
  if ("failure" in resolved) {
    await process.stderr.write(
      `Server lookup failure:  ${host}:${shownPort}, ${resolveFailureText(process, resolved.failure)}\n`,
    );
    return 1;
  }
  await process.stdout.write(`Trying ${resolved.address}...\n`);
  let socket: Socket;
  try {
    socket = await process.net.connect(resolved.address, port, { requestedName: host });
  } catch (error) {
    if (!isErrno(error)) throw error;
    await process.stderr.write(`telnet: Unable to connect to remote host: ${reasonOf(process, error)}\n`);
    return 1;
  }
  await process.stdout.write(`Connected to ${host}.\nEscape character is '^]'.\n`);
  await relay(process, socket, { shutsDown: true });
  await process.stdout.write("Connection closed by foreign host.\n");
  return 0;
}
