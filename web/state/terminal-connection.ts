import type { TerminalClientMessage, TerminalServerMessage } from "../../server/protocol.ts";
import { Backoff } from "./backoff.ts";

export type ConnectionState = "connecting" | "live" | "reconnecting" | "asleep" | "closed";

/** What shows the terminal. Calls come in the order in which the screen must take them. */
export interface TerminalScreen {
  /** Forget the screen: all of it follows. */
  clear(): void;
  /** `shown` must be called when the bytes are on the screen. */
  write(bytes: Uint8Array, shown: () => void): void;
  size(columns: number, rows: number): void;
  /** From now on queries in the output are answered again; before, they were the past. */
  live(): void;
  stateChanged(state: ConnectionState): void;
}

/** The part of `WebSocket` used here, so that tests can do without a browser. */
export interface SocketLike {
  binaryType: string;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(): void;
}

export interface ConnectionOptions {
  readonly address: string;
  readonly screen: TerminalScreen;
  readonly client: string;
  readonly openSocket?: (address: string) => SocketLike;
}

const frameBytes = 16 * 1024;
const windowBytes = 64 * 1024;
const ackEveryBytes = 16 * 1024;
const open = 1;

/**
 * One terminal's socket that comes back by itself. What is typed is numbered and kept
 * until the server has it; what was printed is asked for from the first byte missed. So
 * a dropped connection neither loses nor doubles anything.
 */
export class TerminalConnection {
  readonly #options: ConnectionOptions;
  readonly #backoff = new Backoff();
  readonly #encoder = new TextEncoder();
  #socket: SocketLike | null = null;
  #state: ConnectionState = "connecting";
  #retry: ReturnType<typeof setTimeout> | undefined;
  /** Typed and not known to have arrived; the first byte has number `#arrived`. */
  #pending: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #arrived = 0;
  #sent = 0;
  #epoch = "";
  /** Offset of the next byte of output. */
  #offset = 0;
  #wholeReplay: { readonly epoch: string; readonly offset: number } | null = null;
  #shown = 0;
  #acked = 0;
  #isAttached = false;
  #generation = 0;
  #size: { readonly columns: number; readonly rows: number } | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#connect();
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Bytes typed that the server has not confirmed. */
  get pendingBytes(): number {
    return this.#pending.length;
  }

  type(data: string | Uint8Array): void {
    if (this.#state === "closed") return;
    const bytes = typeof data === "string" ? this.#encoder.encode(data) : data;
    const pending = new Uint8Array(this.#pending.length + bytes.length);
    pending.set(this.#pending);
    pending.set(bytes, this.#pending.length);
    this.#pending = pending;
    if (this.#state === "asleep") this.reconnect();
    this.#flush();
  }

  resize(columns: number, rows: number): void {
    this.#size = { columns, rows };
    if (this.#isAttached) this.#tell({ type: "resize", columns, rows });
  }

  /** Tries at once instead of when its time comes. */
  reconnect(): void {
    if (this.#state === "closed" || this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  close(): void {
    this.#setState("closed");
    clearTimeout(this.#retry);
    this.#detach()?.close();
  }

  /** As a network that fails: for tests of coming back. */
  drop(): void {
    this.#socket?.close();
  }

  #connect(): void {
    const query = new URLSearchParams({ client: this.#options.client, acked: String(this.#arrived) });
    if (this.#epoch) {
      query.set("epoch", this.#epoch);
      query.set("offset", String(this.#offset));
    }
    const openSocket = this.#options.openSocket ?? ((address) => new WebSocket(address) as SocketLike);
    const socket = openSocket(`${this.#options.address}?${query}`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#isAttached = false;
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#hear(JSON.parse(data) as TerminalServerMessage);
      else if (data instanceof ArrayBuffer) this.#print(new Uint8Array(data));
    };
    socket.onclose = ({ code }) => {
      if (this.#socket === socket) this.#lost(code);
    };
  }

  #lost(code: number): void {
    this.#detach();
    if (code === 4410 || code === 4404) return this.#setState("closed");
    if (code === 4499) return this.#setState("asleep");
    this.#setState("reconnecting");
    this.#retry = setTimeout(() => this.#connect(), this.#backoff.nextMs());
  }

  #detach(): SocketLike | null {
    const socket = this.#socket;
    this.#socket = null;
    this.#isAttached = false;
    if (socket) {
      socket.onmessage = null;
      socket.onclose = null;
    }
    return socket;
  }

  #hear(message: TerminalServerMessage): void {
    switch (message.type) {
      case "attached":
        this.#attached(message);
        break;
      case "size":
        this.#options.screen.size(message.columns, message.rows);
        break;
      case "live":
        if (this.#wholeReplay) ({ epoch: this.#epoch, offset: this.#offset } = this.#wholeReplay);
        this.#wholeReplay = null;
        this.#options.screen.live();
        this.#isAttached = true;
        this.#backoff.reset();
        this.#setState("live");
        if (this.#size) this.#tell({ type: "resize", ...this.#size });
        this.#flush();
        break;
      case "received":
        this.#confirm(message.bytes);
        this.#flush();
        break;
      case "pong":
        break;
    }
  }

  #attached(message: Extract<TerminalServerMessage, { type: "attached" }>): void {
    this.#generation++;
    this.#shown = 0;
    this.#acked = 0;
    if (message.isWhole) this.#options.screen.clear();
    // Until the whole replay has arrived there is nothing that could be resumed.
    if (message.isWhole) this.#epoch = "";
    this.#wholeReplay = message.isWhole ? { epoch: message.epoch, offset: message.offset } : null;
    this.#confirm(message.received);
    this.#sent = this.#arrived;
  }

  #print(bytes: Uint8Array): void {
    if (!this.#wholeReplay) this.#offset += bytes.length;
    const generation = this.#generation;
    this.#options.screen.write(bytes, () => {
      if (generation !== this.#generation) return;
      this.#shown += bytes.length;
      if (this.#shown - this.#acked < ackEveryBytes) return;
      this.#acked = this.#shown;
      this.#tell({ type: "ack", bytes: this.#shown });
    });
  }

  #confirm(arrived: number): void {
    const gained = Math.min(Math.max(0, arrived - this.#arrived), this.#pending.length);
    this.#pending = this.#pending.slice(gained);
    this.#arrived += gained;
    this.#sent = Math.max(this.#sent, this.#arrived);
  }

  #flush(): void {
    if (!this.#isAttached || !this.#socket || this.#socket.readyState !== open) return;
    const end = Math.min(this.#arrived + this.#pending.length, this.#arrived + windowBytes);
    while (this.#sent < end) {
      const from = this.#sent - this.#arrived;
      const part = this.#pending.slice(from, Math.min(from + frameBytes, end - this.#arrived));
      this.#socket.send(part);
      this.#sent += part.length;
    }
  }

  #tell(message: TerminalClientMessage): void {
    if (this.#socket?.readyState === open) this.#socket.send(JSON.stringify(message));
  }

  #setState(state: ConnectionState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.screen.stateChanged(state);
  }
}
