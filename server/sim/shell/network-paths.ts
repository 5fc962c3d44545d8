/** bash's own `/dev/tcp/HOST/PORT` and `/dev/udp/HOST/PORT`. */
import { Errno, isErrno } from "../machine/errno.ts";
import { BaseFile } from "../machine/open-file.ts";
import type { DatagramSocket, Interruption, OpenFile } from "../machine/types.ts";
import type { Interpreter } from "./interpreter.ts";

const SERVICES: Readonly<Record<string, number>> = {
  http: 80,
  https: 443,
  ssh: 22,
  domain: 53,
  smtp: 25,
  ftp: 21,
  telnet: 23,
  ntp: 123,
  mysql: 3306,
  postgresql: 5432,
};

/** Throws Errno, after the message of the failed call. */
export async function openNetworkPath(shell: Interpreter, path: string): Promise<OpenFile> {
  const [, , kind = "", host = "", service = ""] = path.split("/");
  const port = /^[0-9]+$/.test(service) ? Number(service) : (SERVICES[service] ?? 0);
  const { net } = shell.process;
  const resolved = await net.resolve(host, { interruption: shell.process.interruption });
  const address = resolved.kind === "addresses" ? resolved.addresses[0] : undefined;
  if (address === undefined) {
    await shell.reportPlain(
      `${host}: ${resolved.kind === "failed" && resolved.failure === "timed-out" ? "Temporary failure in name resolution" : "Name or service not known"}`,
    );
    throw new Errno("EINVAL");
  }
  if (kind === "udp") return new UdpFile(net.datagram(), address, port, host);
  try {
    return await net.connect(address, port, { requestedName: host, interruption: shell.process.interruption });
  } catch (error) {
    if (isErrno(error)) await shell.reportPlain(`connect: ${error.message}`);
    throw error;
  }
}

class UdpFile extends BaseFile {
  readonly kind = "socket";

  constructor(
    private readonly socket: DatagramSocket,
    private readonly address: string,
    private readonly port: number,
    private readonly host: string,
  ) {
    super();
  }

  override async write(bytes: Uint8Array): Promise<void> {
    this.socket.send(this.address, this.port, bytes, this.host);
  }

  override async read(_maxBytes?: number, interruption?: Interruption): Promise<Uint8Array> {
    const datagram = await this.socket.receive(undefined, interruption);
    return datagram?.bytes ?? new Uint8Array(0);
  }

  protected override closed(): void {
    this.socket.close();
  }
}
