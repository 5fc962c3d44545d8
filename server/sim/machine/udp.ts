/** UDP sockets of one network namespace. */
import { Errno } from "./errno.ts";
import { WaitQueue } from "./interruption.ts";
import { DATAGRAM_QUEUE } from "./limits.ts";
import type { SocketOwner } from "./tcp.ts";
import type { Flow } from "../net/types.ts";
import type { Clock, Datagram, DatagramSocket, Interruption } from "./types.ts";

export interface DatagramCarrier {
  readonly clock: Clock;
  carry(socket: UdpSocket, address: string, port: number, bytes: Uint8Array, requestedName?: string): Flow;
  closed(socket: UdpSocket): void;
}

export class UdpSocket implements DatagramSocket {
  readonly localPort: number;
  readonly address: string;
  readonly owner: SocketOwner;
  readonly #carrier: DatagramCarrier;
  #queue: Datagram[] = [];
  #receivers: WaitQueue | null = null;
  #isRefused = false;
  #isClosed = false;

  constructor(address: string, port: number, owner: SocketOwner, carrier: DatagramCarrier) {
    this.address = address;
    this.localPort = port;
    this.owner = owner;
    this.#carrier = carrier;
  }

  send(address: string, port: number, bytes: Uint8Array, requestedName?: string): Flow {
    if (this.#isClosed) throw new Errno("EBADF");
    return this.#carrier.carry(this, address, port, bytes, requestedName);
  }

  /** A datagram arrives; beyond the bound it is lost, as UDP may. */
  arrived(datagram: Datagram): void {
    if (this.#isClosed || this.#queue.length >= DATAGRAM_QUEUE) return;
    this.#queue.push(datagram);
    this.#receivers?.wakeOne();
  }

  /** An ICMP port unreachable arrives. */
  refused(): void {
    this.#isRefused = true;
    this.#receivers?.wakeAll();
  }

  async receive(timeoutMs?: number, interruption?: Interruption): Promise<Datagram | null> {
    const { clock } = this.#carrier;
    const deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + timeoutMs;
    for (;;) {
      const datagram = this.#queue.shift();
      if (datagram) return datagram;
      if (this.#isRefused) {
        this.#isRefused = false;
        throw new Errno("ECONNREFUSED");
      }
      if (this.#isClosed) throw new Errno("EBADF");
      const leftMs = deadlineMs - clock.now();
      if (leftMs <= 0) return null;
      await this.#waitFor(leftMs, interruption);
    }
  }

  async #waitFor(leftMs: number, interruption?: Interruption): Promise<void> {
    this.#receivers ??= new WaitQueue();
    const receivers = this.#receivers;
    const cancel = Number.isFinite(leftMs)
      ? this.#carrier.clock.setTimer(leftMs, () => receivers.wakeAll())
      : undefined;
    try {
      await receivers.wait(interruption);
    } finally {
      cancel?.();
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue = [];
    this.#carrier.closed(this);
    this.#receivers?.wakeAll();
  }
}
