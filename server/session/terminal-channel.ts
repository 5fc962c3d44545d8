import type { TtySize } from "../sim/machine/types.ts";
import type { HostEnvironment, Terminal } from "../sim/world-types.ts";
import { limits } from "./limits.ts";
import { OutputBudget } from "./output-budget.ts";
import type { ScreenLog, Replay, StoredScreen } from "./screen-log.ts";

/** One page that shows a terminal. */
export interface Viewer {
  /** Stays the same over reconnects of one page. */
  readonly client: string;
  write(bytes: Uint8Array): void;
  /** What follows was made for a screen of this size. */
  size(size: TtySize): void;
  /** The past was forgotten; this replaces it. */
  replace(replay: Replay): void;
  /** `input` of this client that has arrived, in all. */
  received(bytes: number): void;
  /** This viewer will hear nothing more. */
  end(reason: ViewerEnd): void;
}

export type ViewerEnd = "closed" | "too-slow" | "asleep";

export interface Attachment {
  readonly replay: Replay;
  readonly received: number;
  readonly size: TtySize;
  input(bytes: Uint8Array): void;
  resize(size: TtySize): void;
  /** Bytes this viewer has put on its screen since it was attached, the replay included. */
  ack(bytes: number): void;
  detach(): void;
}

interface AttachedViewer {
  readonly viewer: Viewer;
  sent: number;
  acked: number;
  stall: (() => void) | null;
}

export interface ChannelOptions {
  readonly id: string;
  readonly title: string;
  readonly screen: ScreenLog;
  readonly host: HostEnvironment;
  readonly onCommand: (command: { readonly line: string; readonly exitCode: number }) => void;
  /** The person typed at a shell that has ended. */
  readonly onRevive: () => void;
  readonly onViewersChanged: () => void;
}

/** What the screen is doing, as far as it matters when another shell takes it over. */
type ScreenState = "at-prompt" | "busy";

/**
 * One terminal of a session: the world's side, the screen's past, and all the pages
 * that show it. Survives the world's replacement by undo, reset and hibernation.
 */
export class TerminalChannel {
  readonly id: string;
  title: string;
  readonly #options: ChannelOptions;
  readonly #screen: ScreenLog;
  readonly #budget: OutputBudget;
  readonly #viewers = new Set<AttachedViewer>();
  readonly #receivedByClient = new Map<string, number>();
  #terminal: Terminal | null = null;
  #unsubscribe: (() => void)[] = [];
  #state: ScreenState = "busy";
  #hasEnded = false;
  #drained: { readonly promise: Promise<void>; readonly resolve: () => void } | null = null;

  constructor(options: ChannelOptions) {
    this.id = options.id;
    this.title = options.title;
    this.#options = options;
    this.#screen = options.screen;
    this.#budget = new OutputBudget(options.host.now);
  }

  get size(): TtySize {
    return this.#screen.size;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Puts a terminal of the world behind the screen. */
  connect(terminal: Terminal): void {
    this.disconnect();
    this.#terminal = terminal;
    this.#hasEnded = false;
    this.#state = "busy";
    this.#unsubscribe = [
      terminal.onOutput((bytes) => this.#print(bytes)),
      terminal.onCommand((command) => {
        this.#state = "at-prompt";
        this.#options.onCommand(command);
      }),
      terminal.onExit(() => this.#shellEnded()),
    ];
  }

  /** Leaves the world's terminal, which its world closes. */
  disconnect(): void {
    for (const unsubscribe of this.#unsubscribe.splice(0)) unsubscribe();
    this.#terminal = null;
  }

  /**
   * Makes room on the screen for another shell: an idle prompt is taken away (the new
   * shell prints its own), a running program is left with a line that says what happened.
   */
  interrupt(note: string): void {
    const isIdle = this.#state === "at-prompt" || this.#hasEnded;
    if (isIdle && note === "") this.#say("\r\x1b[K");
    else
      this.#say(`${isIdle ? "\r\x1b[K" : "\x1b[?1049l\x1b[?25h\x1b[0m\r\n"}\x1b[2m[${note || "stopped"}]\x1b[0m\r\n`);
  }

  /** What is on the screen ends with a prompt. */
  markIdle(): void {
    this.#state = "at-prompt";
  }

  clear(): void {
    this.#screen.clear();
    const replay = this.#screen.replay();
    for (const attached of this.#viewers) {
      attached.sent = 0;
      attached.acked = 0;
      attached.viewer.replace(replay);
    }
    this.#releaseIfDrained();
  }

  storeScreen(): Promise<StoredScreen> {
    return this.#screen.store();
  }

  get isAtPrompt(): boolean {
    return this.#state === "at-prompt";
  }

  /** Null when too many look already. `inputBase`: what of this client's input was acknowledged before. */
  attach(
    viewer: Viewer,
    since: { readonly epoch: string; readonly offset: number } | undefined,
    inputBase: number,
  ): Attachment | null {
    for (const other of this.#viewers) if (other.viewer.client === viewer.client) this.#drop(other, null);
    if (this.#viewers.size >= limits.viewersPerTerminal) return null;
    const replay = this.#screen.replay(since);
    const attached: AttachedViewer = { viewer, sent: bytesIn(replay), acked: 0, stall: null };
    this.#viewers.add(attached);
    const received = this.#receivedByClient.get(viewer.client) ?? inputBase;
    this.#remember(viewer.client, received);
    this.#options.onViewersChanged();
    return {
      replay,
      received,
      size: this.#screen.size,
      input: (bytes) => this.#input(attached, bytes),
      resize: (size) => this.#resize(size, attached),
      ack: (bytes) => this.#ack(attached, bytes),
      detach: () => this.#drop(attached, null),
    };
  }

  /** Types as a person would. */
  type(text: string): void {
    this.#terminal?.input(text);
  }

  close(): void {
    const terminal = this.#terminal;
    this.disconnect();
    terminal?.close();
    this.endViewers("closed");
  }

  endViewers(reason: ViewerEnd): void {
    for (const attached of this.#viewers) this.#drop(attached, reason);
  }

  #input(attached: AttachedViewer, bytes: Uint8Array): void {
    if (!this.#viewers.has(attached)) return;
    const received = (this.#receivedByClient.get(attached.viewer.client) ?? 0) + bytes.length;
    this.#remember(attached.viewer.client, received);
    attached.viewer.received(received);
    if (this.#hasEnded) this.#options.onRevive();
    else this.#terminal?.input(bytes);
  }

  #resize(size: TtySize, from: AttachedViewer): void {
    if (size.columns === this.#screen.size.columns && size.rows === this.#screen.size.rows) return;
    this.#screen.resize(size);
    this.#terminal?.resize(size);
    for (const attached of this.#viewers) if (attached !== from) attached.viewer.size(size);
  }

  #print(bytes: Uint8Array): void | Promise<void> {
    this.#show(bytes);
    const isSeen = this.#viewers.size > 0;
    const waitMs = this.#budget.take(
      bytes.length,
      isSeen ? limits.outputBytesPerSecond : limits.unseenOutputBytesPerSecond,
    );
    const waits = [this.#screen.pressure, this.#waitForViewers(), waitMs > 0 ? this.#pause(waitMs) : null];
    const pending = waits.filter((wait) => wait !== null);
    return pending.length === 0 ? undefined : Promise.all(pending).then(() => undefined);
  }

  #show(bytes: Uint8Array): void {
    this.#screen.append(bytes);
    for (const attached of this.#viewers) {
      attached.sent += bytes.length;
      attached.viewer.write(bytes);
    }
  }

  #say(text: string): void {
    this.#show(new TextEncoder().encode(text));
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => this.#options.host.setTimer(waitMs, resolve));
  }

  #waitForViewers(): Promise<void> | null {
    let mustWait = false;
    for (const attached of this.#viewers) {
      if (attached.sent - attached.acked <= limits.unackedHighBytes) continue;
      mustWait = true;
      attached.stall ??= this.#options.host.setTimer(limits.stallMs, () => this.#drop(attached, "too-slow"));
    }
    if (!mustWait) return null;
    if (!this.#drained) {
      let resolve: () => void = () => undefined;
      const promise = new Promise<void>((done) => {
        resolve = done;
      });
      this.#drained = { promise, resolve };
    }
    return this.#drained.promise;
  }

  #ack(attached: AttachedViewer, bytes: number): void {
    // More than was sent cannot have been shown; less than before is old news.
    if (bytes <= attached.acked) return;
    attached.acked = Math.min(bytes, attached.sent);
    if (attached.sent - attached.acked > limits.unackedLowBytes) return;
    attached.stall?.();
    attached.stall = null;
    this.#releaseIfDrained();
  }

  #releaseIfDrained(): void {
    for (const { sent, acked } of this.#viewers) if (sent - acked > limits.unackedHighBytes) return;
    this.#drained?.resolve();
    this.#drained = null;
  }

  #drop(attached: AttachedViewer, reason: ViewerEnd | null): void {
    if (!this.#viewers.delete(attached)) return;
    attached.stall?.();
    if (reason) attached.viewer.end(reason);
    this.#releaseIfDrained();
    this.#options.onViewersChanged();
  }

  #shellEnded(): void {
    this.disconnect();
    this.#hasEnded = true;
    this.#say("\x1b[2m[the shell has ended; press a key for a new one]\x1b[0m");
  }

  #remember(client: string, received: number): void {
    this.#receivedByClient.delete(client);
    this.#receivedByClient.set(client, received);
    if (this.#receivedByClient.size <= limits.rememberedClients) return;
    const oldest = this.#receivedByClient.keys().next().value;
    if (oldest !== undefined) this.#receivedByClient.delete(oldest);
  }
}

function bytesIn(replay: Replay): number {
  let sum = 0;
  for (const entry of replay.entries) if (entry.kind === "bytes") sum += entry.bytes.length;
  return sum;
}
