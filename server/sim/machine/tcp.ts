/** Connections and listeners. Both ends of a connection share two bounded queues; no packets are made. */
import { Errno } from "./errno.ts";
import { WaitQueue } from "./interruption.ts";
import { LISTEN_BACKLOG, SOCKET_BUFFER_BYTES } from "./limits.ts";
import { PipeBuffer } from "./pipe.ts";
import type { AuditSession, Flow, Protocol } from "../net/types.ts";
import type { Interruption, Listener, Socket } from "./types.ts";

/** The process that a socket is shown with, and whose end closes it. */
export interface SocketOwner {
  readonly pid: number;
  readonly name: string;
  readonly audit: AuditSession;
}

export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

interface ConnectedSocketParts {
  readonly protocol: Protocol;
  readonly local: Endpoint;
  readonly remote: Endpoint;
  readonly flow: Flow | null;
  readonly incoming: PipeBuffer;
  readonly outgoing: PipeBuffer;
  readonly closed: (socket: ConnectedSocket) => void;
  /** A wait, for a connection whose packets a policy drops now; null for one whose packets pass. */
  readonly delayed?: ((interruption?: Interruption) => Promise<void> | null) | undefined;
}

export class ConnectedSocket implements Socket {
  readonly kind = "socket";
  readonly protocol: Protocol;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly flow: Flow | null;
  owner: SocketOwner | null = null;
  readonly #parts: ConnectedSocketParts;
  #references = 1;
  #isOwnersReference = true;
  #wasResetNoticed = false;

  constructor(parts: ConnectedSocketParts) {
    this.#parts = parts;
    this.protocol = parts.protocol;
    this.localAddress = parts.local.address;
    this.localPort = parts.local.port;
    this.remoteAddress = parts.remote.address;
    this.remotePort = parts.remote.port;
    this.flow = parts.flow;
  }

  read(maxBytes = SOCKET_BUFFER_BYTES, interruption?: Interruption): Promise<Uint8Array> {
    return this.#parts.incoming.read(maxBytes, interruption);
  }

  readThrough(delimiter: number, maxBytes: number, interruption?: Interruption): Promise<Uint8Array> {
    return this.#parts.incoming.readThrough(delimiter, maxBytes, interruption);
  }

  /** The first write after the peer has closed is lost in silence: only its reset tells. Then EPIPE. */
  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    const { outgoing } = this.#parts;
    if (outgoing.isReadingClosed && !this.#wasResetNoticed) {
      this.#wasResetNoticed = true;
      return Promise.resolve();
    }
    const delay = this.#parts.delayed?.(interruption);
    if (delay) return delay.then(() => outgoing.write(bytes, interruption));
    return outgoing.write(bytes, interruption);
  }

  shutdownWrite(): void {
    this.#parts.outgoing.closeWriting();
  }

  /** Breaks the connection: both ends fail with ECONNRESET. */
  reset(): void {
    this.#parts.incoming.fail(new Errno("ECONNRESET"));
    this.#parts.outgoing.fail(new Errno("ECONNRESET"));
    this.#parts.closed(this);
  }

  retain(): this {
    this.#references++;
    return this;
  }

  release(): void {
    this.#isOwnersReference = false;
    if (--this.#references === 0) this.#close();
  }

  /** The owner has ended; its reference goes unless the program has given it back already. */
  releaseByOwner(): void {
    if (this.#isOwnersReference) this.release();
  }

  #close(): void {
    this.#parts.outgoing.closeWriting();
    this.#parts.incoming.closeReading();
    this.#parts.closed(this);
  }
}

/** The two ends of a new connection. */
export function connectPair(
  protocol: Protocol,
  flow: Flow | null,
  delayed: ConnectedSocketParts["delayed"],
  client: { readonly local: Endpoint; readonly remote: Endpoint; readonly closed: (socket: ConnectedSocket) => void },
  server: { readonly local: Endpoint; readonly remote: Endpoint; readonly closed: (socket: ConnectedSocket) => void },
): readonly [client: ConnectedSocket, server: ConnectedSocket] {
  const up = new PipeBuffer(SOCKET_BUFFER_BYTES);
  const down = new PipeBuffer(SOCKET_BUFFER_BYTES);
  return [
    new ConnectedSocket({ protocol, flow, delayed, incoming: down, outgoing: up, ...client }),
    new ConnectedSocket({ protocol, flow, delayed, incoming: up, outgoing: down, ...server }),
  ];
}

export class ListeningSocket implements Listener {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly owner: SocketOwner;
  /** Told of each connection that is accepted, for the table of sockets. */
  readonly #accepted: (socket: ConnectedSocket, owner: SocketOwner) => void;
  readonly #closed: (listener: ListeningSocket) => void;
  #backlog: ConnectedSocket[] = [];
  #acceptors: WaitQueue | null = null;
  #isClosed = false;

  constructor(
    endpoint: Endpoint,
    protocol: Protocol,
    owner: SocketOwner,
    accepted: (socket: ConnectedSocket, owner: SocketOwner) => void,
    closed: (listener: ListeningSocket) => void,
  ) {
    this.address = endpoint.address;
    this.port = endpoint.port;
    this.protocol = protocol;
    this.owner = owner;
    this.#accepted = accepted;
    this.#closed = closed;
  }

  /** False when the backlog is full. */
  offer(socket: ConnectedSocket): boolean {
    if (this.#isClosed || this.#backlog.length >= LISTEN_BACKLOG) return false;
    this.#backlog.push(socket);
    this.#acceptors?.wakeOne();
    return true;
  }

  async accept(interruption?: Interruption): Promise<Socket> {
    for (;;) {
      if (this.#isClosed) throw new Errno("EBADF");
      const socket = this.#backlog.shift();
      if (socket) {
        this.#accepted(socket, this.owner);
        return socket;
      }
      this.#acceptors ??= new WaitQueue();
      await this.#acceptors.wait(interruption);
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#closed(this);
    for (const socket of this.#backlog) socket.reset();
    this.#backlog = [];
    this.#acceptors?.wakeAll();
  }
}
