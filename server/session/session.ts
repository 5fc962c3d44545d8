import { checksOf, gradeCheck } from "../lesson/grade.ts";
import type { CheckResult, Lesson } from "../lesson/types.ts";
import type { HistoryView, SessionEvent, TerminalView } from "../protocol.ts";
import type { TtySize } from "../sim/machine/types.ts";
import type { HostEnvironment, World, WorldSnapshot } from "../sim/world-types.ts";
import { isLearnersFlow, viewFlow } from "./flow-view.ts";
import { limits } from "./limits.ts";
import { countChange, PictureFeed } from "./picture-feed.ts";
import { ScreenLog } from "./screen-log.ts";
import { type MadeWorld, type SessionServices, SessionError } from "./services.ts";
import { parseSessionState, type SessionState, type StoredTerminal, type UndoPoint } from "./session-state.ts";
import { TerminalChannel } from "./terminal-channel.ts";

const defaultSize: TtySize = { columns: 80, rows: 24 };

const faultMessage = "The simulator itself failed here, not your cluster. It has been noted; undo brings you back.";

export interface SessionOptions {
  readonly learner: string;
  readonly lesson: Lesson;
  readonly services: SessionServices;
  /** Called whenever somebody begins or stops to look. */
  readonly onSeenChanged: () => void;
}

/**
 * One learner's world in one lesson, kept alive: its terminals, what can be undone,
 * the picture and the flows. Everybody who looks (several terminals, several tabs)
 * shares it. Open with `Session.open`; end with `hibernate`.
 */
export class Session {
  readonly learner: string;
  readonly lesson: Lesson;
  readonly #services: SessionServices;
  readonly #onSeenChanged: () => void;
  readonly #edge: FaultEdge;
  readonly #terminals = new Map<string, TerminalChannel>();
  readonly #listeners = new Set<(event: SessionEvent) => void>();
  #world: World;
  #imageMs: number;
  #feed: PictureFeed;
  #unsubscribeFlows: () => void;
  #undo: UndoPoint[] = [];
  /** The world after the last command: what the next one would go back to. */
  #latest: WorldSnapshot;
  #lastCommand: { readonly terminal: string; readonly command: string } | null = null;
  #saveTimer: (() => void) | null = null;
  #replacing: Promise<void> | null = null;
  #isClosed = false;

  private constructor(options: SessionOptions, { world, imageMs }: MadeWorld, edge: FaultEdge) {
    this.learner = options.learner;
    this.lesson = options.lesson;
    this.#services = options.services;
    this.#onSeenChanged = options.onSeenChanged;
    this.#edge = edge;
    edge.onFault = () => this.#emit({ type: "fault", message: faultMessage });
    this.#world = world;
    this.#imageMs = imageMs;
    this.#latest = world.snapshot();
    this.#feed = this.#newFeed();
    this.#unsubscribeFlows = this.#hearFlows();
  }

  /** Wakes the stored world, or boots a new one. */
  static async open(options: SessionOptions): Promise<Session> {
    const { services, learner, lesson } = options;
    const stored = await services.store.loadSession(learner, lesson.id);
    const state = stored && parseSessionState(stored.state);
    if (state) {
      try {
        return await Session.#wake(options, state);
      } catch (error) {
        // A snapshot of an older version must not lock the learner out of the lesson.
        services.host.reportFault(error, `waking ${lesson.id}; starting it anew`);
      }
    }
    const edge = new FaultEdge(options);
    const made = await services.makeWorld({ scenario: lesson.scenario, host: edge.host });
    const session = new Session(options, made, edge);
    session.openTerminal();
    return session;
  }

  static async #wake(options: SessionOptions, state: SessionState): Promise<Session> {
    const { services, lesson } = options;
    const { snapshot, imageMs } = state;
    const edge = new FaultEdge(options);
    const made = await services.makeWorld({
      scenario: lesson.scenario,
      host: edge.host,
      stored: { snapshot, imageMs },
    });
    const session = new Session(options, made, edge);
    session.#undo = [...state.undo];
    for (const terminal of state.terminals) session.#restoreTerminal(terminal, state.snapshot);
    if (session.#terminals.size === 0) session.openTerminal();
    return session;
  }

  get world(): World {
    return this.#world;
  }

  get isSeen(): boolean {
    if (this.#listeners.size > 0) return true;
    for (const terminal of this.#terminals.values()) if (terminal.viewerCount > 0) return true;
    return false;
  }

  get terminalViews(): readonly TerminalView[] {
    return [...this.#terminals.values()].map(({ id, title }) => ({ id, title }));
  }

  get history(): HistoryView {
    return { undo: this.#undo.map(({ command }) => command) };
  }

  terminal(id: string): TerminalChannel | undefined {
    return this.#terminals.get(id);
  }

  openTerminal(): TerminalView {
    this.#assertOpen();
    if (this.#terminals.size >= limits.terminalsPerSession) {
      throw new SessionError(
        "too-many",
        `A world has at most ${limits.terminalsPerSession} terminals; close one first.`,
      );
    }
    const id = this.#freeTerminalId();
    const channel = this.#newChannel(id, `terminal ${id}`, new ScreenLog(this.#commonSize()));
    this.#connect(channel, undefined);
    this.#emit({ type: "terminals", terminals: this.terminalViews });
    return { id, title: channel.title };
  }

  closeTerminal(id: string): void {
    const channel = this.#terminals.get(id);
    if (!channel) throw new SessionError("not-found", `There is no terminal ${id}.`);
    this.#terminals.delete(id);
    channel.close();
    if (this.#terminals.size === 0) this.openTerminal();
    else this.#emit({ type: "terminals", terminals: this.terminalViews });
    this.#saveSoon();
  }

  /** Hears what happens; at once the present state. Returns the unsubscriber. */
  subscribe(listener: (event: SessionEvent) => void): () => void {
    this.#listeners.add(listener);
    listener({ type: "terminals", terminals: this.terminalViews });
    listener({ type: "history", history: this.history });
    listener({ type: "map", picture: this.#feed.current() });
    listener(this.#allFlows());
    this.#onSeenChanged();
    return () => {
      if (this.#listeners.delete(listener)) this.#onSeenChanged();
    };
  }

  /** Tells everybody who looks. */
  announce(event: SessionEvent): void {
    this.#emit(event);
  }

  async check(checkId: number): Promise<CheckResult> {
    const check = checksOf(this.lesson).find(({ id }) => id === checkId);
    if (!check) throw new SessionError("not-found", `This lesson has no check ${checkId}.`);
    await this.#replacing;
    return gradeCheck(check, this.#world);
  }

  /** Puts the world back to before the last command. Returns that command. */
  async undo(): Promise<string> {
    await this.#replacing;
    this.#assertOpen();
    const point = this.#undo.pop();
    if (!point) throw new SessionError("nothing-to-undo", "There is nothing to undo.");
    await this.#replaceWorld(point.before, (channel) => {
      channel.interrupt(channel.id === point.terminal ? `undone: ${point.command}` : "");
    });
    this.#emit({ type: "history", history: this.history });
    return point.command;
  }

  /** Starts the lesson's world anew; screens are cleared. */
  async reset(): Promise<void> {
    await this.#replacing;
    this.#assertOpen();
    this.#undo = [];
    await this.#replaceWorld(undefined, (channel) => channel.clear());
    this.#emit({ type: "history", history: this.history });
  }

  /** Lets simulated time run ahead by so many seconds, as fast as it can. */
  async skip(seconds: number): Promise<void> {
    const { clock } = this.#world;
    const { host } = this.#services;
    if (!clock.setScale) return;
    const targetMs = clock.now() + Math.min(seconds, limits.skipSeconds) * 1000;
    clock.setScale(Math.max(60, seconds));
    while (clock.now() < targetMs && !this.#isClosed) {
      await new Promise<void>((resolve) => void host.setTimer(20, resolve));
    }
    clock.setScale(1);
  }

  /** Writes what is not yet written. */
  async save(): Promise<void> {
    this.#saveTimer?.();
    this.#saveTimer = null;
    const state = await this.#state();
    await this.#services.store.saveSession(this.learner, this.lesson.id, {
      state: JSON.stringify(state),
      updatedMs: this.#services.host.now(),
    });
  }

  /** Puts the world to sleep in the store and stops it. */
  async hibernate(): Promise<void> {
    await this.#replacing;
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#saveTimer?.();
    this.#latest = this.#world.snapshot();
    this.#feed.stop();
    this.#unsubscribeFlows();
    for (const channel of this.#terminals.values()) channel.disconnect();
    this.#world.stop();
    for (const channel of this.#terminals.values()) channel.endViewers("asleep");
    this.#emit({ type: "asleep" });
    this.#listeners.clear();
    const state = await this.#state();
    await this.#services.store.saveSession(this.learner, this.lesson.id, {
      state: JSON.stringify(state),
      updatedMs: this.#services.host.now(),
    });
  }

  async #state(): Promise<SessionState> {
    const snapshot = this.#latest;
    const terminals: StoredTerminal[] = [];
    for (const channel of this.#terminals.values()) {
      const { id, title, isAtPrompt } = channel;
      terminals.push({ id, title, wasAtPrompt: isAtPrompt, screen: await channel.storeScreen() });
    }
    return {
      format: "netpol-session/1",
      snapshot,
      imageMs: this.#imageMs,
      terminals,
      undo: this.#undo.slice(-limits.storedUndoDepth),
    };
  }

  #restoreTerminal(stored: StoredTerminal, snapshot: WorldSnapshot): void {
    const channel = this.#newChannel(stored.id, stored.title, ScreenLog.restore(stored.screen));
    this.#takeOver(channel, stored.wasAtPrompt);
    this.#connect(channel, this.#services.terminalStateOf(snapshot, stored.id));
  }

  #takeOver(channel: TerminalChannel, wasAtPrompt: boolean): void {
    if (wasAtPrompt) channel.markIdle();
    channel.interrupt(wasAtPrompt ? "" : "the program ended while the world was asleep");
  }

  #newChannel(id: string, title: string, screen: ScreenLog): TerminalChannel {
    const channel = new TerminalChannel({
      id,
      title,
      screen,
      host: this.#services.host,
      onCommand: ({ line }) => this.#commandEnded(id, line),
      onRevive: () => this.#revive(channel),
      onViewersChanged: () => this.#onSeenChanged(),
    });
    this.#terminals.set(id, channel);
    return channel;
  }

  #connect(channel: TerminalChannel, restore: unknown): void {
    channel.connect(this.#world.openTerminal({ id: channel.id, size: channel.size, restore }));
  }

  #revive(channel: TerminalChannel): void {
    channel.interrupt("");
    this.#connect(channel, undefined);
  }

  #commandEnded(terminal: string, line: string): void {
    if (line.trim() === "") return;
    const before = this.#latest;
    try {
      this.#latest = this.#world.snapshot();
    } catch (error) {
      this.#services.host.reportFault(error, `snapshot after ${JSON.stringify(line.slice(0, 200))}`);
      return;
    }
    this.#undo.push({ command: line.trim().slice(0, 200), terminal, before });
    if (this.#undo.length > limits.undoDepth) this.#undo.shift();
    this.#lastCommand = { terminal, command: line.trim().slice(0, 200) };
    this.#edge.lastCommand = this.#lastCommand.command;
    this.#feed.touch();
    this.#emit({ type: "history", history: this.history });
    this.#saveSoon();
  }

  async #replaceWorld(snapshot: WorldSnapshot | undefined, prepare: (channel: TerminalChannel) => void): Promise<void> {
    const services = this.#services;
    const work = (async () => {
      const { world, imageMs } = await services.makeWorld({
        scenario: this.lesson.scenario,
        host: this.#edge.host,
        ...(snapshot ? { stored: { snapshot, imageMs: this.#imageMs } } : {}),
      });
      this.#feed.stop();
      this.#unsubscribeFlows();
      for (const channel of this.#terminals.values()) channel.disconnect();
      this.#world.stop();
      this.#world = world;
      this.#imageMs = imageMs;
      this.#latest = snapshot ?? world.snapshot();
      this.#lastCommand = null;
      for (const channel of this.#terminals.values()) {
        prepare(channel);
        this.#connect(channel, snapshot && services.terminalStateOf(snapshot, channel.id));
      }
      this.#feed = this.#newFeed();
      this.#unsubscribeFlows = this.#hearFlows();
      this.#emit({ type: "map", picture: this.#feed.current() });
      this.#emit(this.#allFlows());
      this.#saveSoon();
    })();
    this.#replacing = work.catch(() => undefined);
    try {
      await work;
    } finally {
      this.#replacing = null;
    }
  }

  #newFeed(): PictureFeed {
    return new PictureFeed(
      this.#world,
      this.#services,
      () => this.#listeners.size > 0,
      (picture, before) => {
        this.#emit({ type: "map", picture });
        if (!before || !this.#lastCommand) return;
        const change = countChange(before, picture);
        if (change.opened + change.closed > 0) this.#emit({ type: "change", ...this.#lastCommand, ...change });
      },
    );
  }

  #hearFlows(): () => void {
    return this.#world.fabric.onFlow((flow) => {
      if (this.#listeners.size === 0 || !isLearnersFlow(flow)) return;
      this.#emit({ type: "flows", flows: [viewFlow(flow)], isWhole: false });
    });
  }

  #allFlows(): SessionEvent {
    const flows = this.#world.fabric.recentFlows.filter(isLearnersFlow).slice(-limits.recentFlows).map(viewFlow);
    return { type: "flows", flows, isWhole: true };
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #saveSoon(): void {
    if (this.#isClosed) return;
    this.#saveTimer ??= this.#services.host.setTimer(limits.saveDelayMs, () => {
      this.#saveTimer = null;
      this.save().catch((error: unknown) => this.#services.host.reportFault(error, "saving a session"));
    });
  }

  #freeTerminalId(): string {
    for (let id = 1; ; id++) if (!this.#terminals.has(String(id))) return String(id);
  }

  #commonSize(): TtySize {
    for (const channel of this.#terminals.values()) return channel.size;
    return defaultSize;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new SessionError("closing", "This world is going to sleep; try again.");
  }
}

/** Where faults of the simulator end: logged once with the place, and owned up to on the page. */
class FaultEdge {
  readonly host: HostEnvironment;
  lastCommand = "";
  onFault: () => void = () => undefined;

  constructor({ learner, lesson, services }: SessionOptions) {
    this.host = {
      ...services.host,
      reportFault: (error, context) => {
        const place = `${learner.slice(0, 6)}… in ${lesson.id}, after ${JSON.stringify(this.lastCommand)}`;
        services.host.reportFault(error, `${context} (${place})`);
        this.onFault();
      },
    };
  }
}
