import type { SessionEvent } from "../../server/protocol.ts";
import { sockets } from "../api.ts";
import { Backoff } from "./backoff.ts";

/** `closeCodes.asleep` of the protocol. */
const asleep = 4499;

/** Hears what happens in one session; comes back by itself. */
export class SessionFeed {
  readonly #lesson: string;
  readonly #onEvent: (event: SessionEvent) => void;
  readonly #onState: (isLive: boolean) => void;
  readonly #backoff = new Backoff();
  #socket: WebSocket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(lesson: string, onEvent: (event: SessionEvent) => void, onState: (isLive: boolean) => void) {
    this.#lesson = lesson;
    this.#onEvent = onEvent;
    this.#onState = onState;
    this.#connect();
  }

  reconnect(): void {
    if (this.#isClosed || this.#socket) return;
    clearTimeout(this.#retry);
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = null;
  }

  #connect(): void {
    const socket = new WebSocket(sockets.events(this.#lesson));
    this.#socket = socket;
    socket.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (this.#socket !== socket || typeof data !== "string") return;
      this.#backoff.reset();
      this.#onState(true);
      this.#onEvent(JSON.parse(data) as SessionEvent);
    };
    socket.onclose = ({ code }) => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#onState(false);
      // A world that was put to sleep to make room wakes only when somebody wants it.
      if (!this.#isClosed && code !== asleep) this.#retry = setTimeout(() => this.#connect(), this.#backoff.nextMs());
    };
  }
}
