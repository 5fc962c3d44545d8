import { concatBytes, NO_BYTES } from "../bytes.ts";
import type { Flow, Protocol } from "../../net/types.ts";
import type { Interruption, Socket } from "../types.ts";

/** A connection handed over after `101 Switching Protocols`: what was read ahead comes first. */
export class PrefixedSocket implements Socket {
  readonly kind = "socket";
  readonly #socket: Socket;
  #prefix: Uint8Array;

  constructor(socket: Socket, prefix: Uint8Array) {
    this.#socket = socket;
    this.#prefix = prefix;
  }

  get protocol(): Protocol {
    return this.#socket.protocol;
  }
  get localAddress(): string {
    return this.#socket.localAddress;
  }
  get localPort(): number {
    return this.#socket.localPort;
  }
  get remoteAddress(): string {
    return this.#socket.remoteAddress;
  }
  get remotePort(): number {
    return this.#socket.remotePort;
  }
  get flow(): Flow | null {
    return this.#socket.flow;
  }

  read(maxBytes = 65_536, interruption?: Interruption): Promise<Uint8Array> {
    if (this.#prefix.length === 0) return this.#socket.read(maxBytes, interruption);
    const taken = this.#prefix.subarray(0, maxBytes);
    this.#prefix = this.#prefix.length > maxBytes ? this.#prefix.subarray(maxBytes) : NO_BYTES;
    return Promise.resolve(taken);
  }

  /** Puts bytes back, to be read next. */
  unread(bytes: Uint8Array): void {
    this.#prefix = concatBytes([bytes, this.#prefix]);
  }

  write(bytes: Uint8Array, interruption?: Interruption): Promise<void> {
    return this.#socket.write(bytes, interruption);
  }

  shutdownWrite(): void {
    this.#socket.shutdownWrite();
  }

  retain(): this {
    this.#socket.retain();
    return this;
  }

  release(): void {
    this.#socket.release();
  }
}
