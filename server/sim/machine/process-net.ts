/** The network as one process has it: permissions, its death and its C library's resolver. */
import type { Protocol } from "../net/types.ts";
import { Errno } from "./errno.ts";
import { anyOf } from "./interruption.ts";
import type { SimulatedProcess } from "./process.ts";
import { type ResolveOptions, resolveName } from "./resolver.ts";
import type { NetworkNamespaceHandle } from "./sockets.ts";
import type {
  ConnectOptions,
  Datagram,
  DatagramSocket,
  EchoOutcome,
  Interruption,
  Listener,
  NetworkNamespace,
  ProcessNetwork,
  ResolveResult,
  Socket,
} from "./types.ts";

const FIRST_UNPRIVILEGED_PORT = 1024;

export class ProcessNet implements ProcessNetwork {
  readonly #process: SimulatedProcess;
  readonly #namespace: NetworkNamespaceHandle;

  constructor(process: SimulatedProcess, namespace: NetworkNamespaceHandle) {
    this.#process = process;
    this.#namespace = namespace;
  }

  get namespace(): NetworkNamespace {
    return this.#namespace;
  }

  #until(interruption: Interruption | undefined): Interruption {
    return anyOf(this.#process.interruption, interruption);
  }

  connect(
    address: string,
    port: number,
    options: ConnectOptions & { readonly protocol?: Protocol } = {},
  ): Promise<Socket> {
    const process = this.#process;
    process.assertRunning();
    const interruption = this.#until(options.interruption);
    return process.blocking(this.#namespace.connect(process, address, port, { ...options, interruption }));
  }

  listen(port: number, options: { readonly address?: string; readonly protocol?: Protocol } = {}): Listener {
    const process = this.#process;
    process.assertRunning();
    this.#checkPort(port);
    const listener = this.#namespace.listen(process, port, options);
    return {
      address: listener.address,
      port: listener.port,
      protocol: listener.protocol,
      accept: (interruption) => process.blocking(listener.accept(this.#until(interruption))),
      close: () => listener.close(),
    };
  }

  /** Inside containers the runtime lets everybody bind low ports; on hosts only root may. */
  #checkPort(port: number): void {
    const isPod = this.#namespace.id.startsWith("pod:");
    if (port > 0 && port < FIRST_UNPRIVILEGED_PORT && this.#process.credentials.uid !== 0 && !isPod) {
      throw new Errno("EACCES");
    }
  }

  datagram(options: { readonly port?: number; readonly address?: string } = {}): DatagramSocket {
    const process = this.#process;
    process.assertRunning();
    this.#checkPort(options.port ?? 0);
    const socket = this.#namespace.openDatagram(process, options);
    return {
      localPort: socket.localPort,
      send: (address, port, bytes, requestedName) => socket.send(address, port, bytes, requestedName),
      receive: (timeoutMs, interruption): Promise<Datagram | null> =>
        process.blocking(socket.receive(timeoutMs, this.#until(interruption))),
      close: () => socket.close(),
    };
  }

  echo(
    address: string,
    timeoutMs: number,
    options: {
      readonly interruption?: Interruption;
      readonly requestedName?: string;
      readonly sizeBytes?: number;
    } = {},
  ): Promise<EchoOutcome> {
    const process = this.#process;
    process.assertRunning();
    const interruption = this.#until(options.interruption);
    return process.blocking(this.#namespace.echo(process, address, timeoutMs, { ...options, interruption }));
  }

  async #resolve(name: string, options: ResolveOptions): Promise<ResolveResult> {
    const result = await resolveName(this.#process, name, options);
    // Who asks for both families apart wants one connection: the question for IPv4 counts.
    if (result.kind === "failed" && result.failure === "not-found" && options.family !== 6) {
      const { fabric, id, addresses } = this.#namespace;
      const [sourceAddress = ""] = addresses;
      fabric.recordUnresolved({ source: id, sourceAddress, name, audit: this.#process.audit });
    }
    return result;
  }

  resolve(
    name: string,
    options: { readonly family?: 4 | 6; readonly interruption?: Interruption; readonly timeoutMs?: number } = {},
  ): Promise<ResolveResult> {
    const process = this.#process;
    process.assertRunning();
    return process.blocking(this.#resolve(name, { ...options, interruption: this.#until(options.interruption) }));
  }
}
