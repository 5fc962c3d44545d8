import type { ReactiveController, ReactiveControllerHost } from "lit";
import type {
  CheckView,
  FlowView,
  HintsView,
  LessonView,
  MapPicture,
  SessionEvent,
  TerminalView,
} from "../../server/protocol.ts";
import { ApiError, api } from "../api.ts";
import { isLookup, stillHolds } from "../map/news.ts";
import { text } from "../text.ts";
import { SessionFeed } from "./session-feed.ts";
import { shortCommand } from "./short-command.ts";

/** What a command did to who reaches whom. */
export interface ReachChange {
  readonly command: string;
  readonly opened: number;
  readonly closed: number;
}

/** What a check found, and when. */
export interface CheckRecord {
  readonly check: CheckView;
  /** The map as it was then. */
  readonly picture: MapPicture | null;
  /** Whether a command has ended or was taken back since. */
  readonly isPast: boolean;
}

/** A lesson and its world as the page knows them. */
export interface LessonState {
  readonly lesson: LessonView | null;
  readonly terminals: readonly TerminalView[];
  /** Id of the terminal in use. */
  readonly selected: string;
  /** Commands that can be taken back, the latest last. */
  readonly undoable: readonly string[];
  readonly picture: MapPicture | null;
  /** The latest packets, oldest first. */
  readonly flows: readonly FlowView[];
  /** The packet to show, if one has travelled since the page was opened. */
  readonly news: FlowView | null;
  /** Whether the policies have changed since, so that it would fare otherwise now. */
  readonly isNewsPast: boolean;
  readonly change: ReachChange | null;
  readonly checks: ReadonlyMap<number, CheckRecord>;
  readonly isChecking: boolean;
  /** Whether the world is heard, and was heard before. */
  readonly isLive: boolean;
  readonly wasLive: boolean;
  readonly failure: { readonly message: string; readonly isMissing: boolean } | null;
}

const nothingYet: LessonState = {
  lesson: null,
  terminals: [],
  selected: "1",
  undoable: [],
  picture: null,
  flows: [],
  news: null,
  isNewsPast: false,
  change: null,
  checks: new Map(),
  isChecking: false,
  isLive: false,
  wasLive: false,
  failure: null,
};

const flowsKept = 60;

/**
 * One learner's lesson and world, held against the server: hears its events and asks for
 * what is done to it. Renders its host again when something changed. What goes wrong is
 * said through `say`, and the state stays as it was.
 */
export class LessonSession implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #say: (message: string) => void;
  #state = nothingYet;
  #id = "";
  #feed: SessionFeed | null = null;

  constructor(host: ReactiveControllerHost, say: (message: string) => void) {
    this.#host = host;
    this.#say = say;
    host.addController(this);
  }

  get state(): LessonState {
    return this.#state;
  }

  hostDisconnected(): void {
    this.#feed?.close();
    this.#feed = null;
    this.#id = "";
  }

  /** Resolves to whether the world is there; why not is in `state.failure`. */
  async open(id: string): Promise<boolean> {
    this.#id = id;
    this.#feed?.close();
    this.#feed = null;
    this.#change(nothingYet);
    try {
      const lesson = await api.lesson(id);
      if (this.#id !== id) return false;
      this.#change({ lesson });
      document.title = `${lesson.title} · ${text.product}`;
      if (lesson.progress.status === "new") void this.moveTo(0);
      const { terminals, history } = await api.session(id);
      if (this.#id !== id) return false;
      this.#change({ terminals, selected: terminals[0]?.id ?? "1", undoable: history.undo });
      this.#listen(id);
      return true;
    } catch (error) {
      if (this.#id !== id) return false;
      const isMissing = error instanceof ApiError && error.status === 404;
      this.#change({ failure: { message: messageOf(error), isMissing } });
      return false;
    }
  }

  /** Tries at once instead of when its time comes. */
  reconnect(): void {
    this.#feed?.reconnect();
  }

  // ------------------------------------------------------------------- lesson

  /** The checks of the present step. */
  get checkIds(): readonly number[] {
    const { lesson } = this.#state;
    const blocks = lesson?.steps[lesson.progress.step]?.blocks ?? [];
    return blocks.flatMap((block) => (block.kind === "check" ? [block.id] : []));
  }

  /** Resolves to whether all of the present step hold; to null when it could not be said. */
  async check(): Promise<boolean | null> {
    const ids = this.checkIds;
    if (this.#state.isChecking || ids.length === 0) return null;
    this.#change({ isChecking: true });
    try {
      for (const id of ids) this.#checked(await api.check(this.#id, id));
      return ids.every((id) => this.#state.checks.get(id)?.check.passed);
    } catch (error) {
      this.#complain(error);
      return null;
    } finally {
      this.#change({ isChecking: false });
    }
  }

  async moveTo(step: number): Promise<void> {
    const { lesson } = this.#state;
    if (!lesson || step < 0 || step >= lesson.steps.length) return;
    const status = lesson.progress.status === "new" ? "started" : lesson.progress.status;
    this.#change({ lesson: { ...lesson, progress: { ...lesson.progress, step, status } } });
    try {
      const progress = await api.moveTo(lesson.id, step);
      const now = this.#state.lesson;
      if (now?.id === lesson.id) this.#change({ lesson: { ...now, progress: { ...progress, step } } });
    } catch (error) {
      this.#complain(error);
    }
  }

  async showHint(block: string, count: number): Promise<void> {
    try {
      const hints = await api.hints(this.#id, block, count);
      const { lesson } = this.#state;
      if (lesson) this.#change({ lesson: withHints(lesson, hints) });
    } catch (error) {
      this.#complain(error);
    }
  }

  // -------------------------------------------------------------------- world

  /** Resolves to whether something was taken back. */
  async undo(): Promise<boolean> {
    const command = this.#state.undoable.at(-1);
    if (command === undefined) return false;
    try {
      await api.undo(this.#id);
      this.#say(text.errors.undone(shortCommand(command)));
      this.#change({ news: null, change: null });
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  async reset(): Promise<void> {
    try {
      await api.reset(this.#id);
      this.#change({ checks: new Map(), news: null, change: null });
      this.#say(text.errors.reset);
    } catch (error) {
      this.#complain(error);
    }
  }

  async skip(seconds: number): Promise<void> {
    await api.skip(this.#id, seconds).catch((error: unknown) => this.#complain(error));
  }

  // ---------------------------------------------------------------- terminals

  select(id: string): void {
    this.#change({ selected: id });
  }

  async openTerminal(): Promise<TerminalView | null> {
    try {
      const terminal = await api.openTerminal(this.#id);
      const { terminals } = this.#state;
      const isKnown = terminals.some(({ id }) => id === terminal.id);
      this.#change({ terminals: isKnown ? terminals : [...terminals, terminal], selected: terminal.id });
      return terminal;
    } catch (error) {
      this.#complain(error);
      return null;
    }
  }

  /** Resolves to whether it is closed. */
  async closeTerminal(id: string): Promise<boolean> {
    // Looked up before: the event of its closing may come before the answer.
    const at = this.#state.terminals.findIndex((terminal) => terminal.id === id);
    try {
      await api.closeTerminal(this.#id, id);
      const { terminals } = this.#state;
      const left = terminals.filter((terminal) => terminal.id !== id);
      this.#change({ terminals: left, selected: left[Math.max(0, at - 1)]?.id ?? "1" });
      return true;
    } catch (error) {
      this.#complain(error);
      return false;
    }
  }

  // ------------------------------------------------------------------- events

  #listen(id: string): void {
    this.#feed = new SessionFeed(
      id,
      (event) => this.#hear(event),
      (isLive) => this.#change({ isLive, wasLive: this.#state.wasLive || isLive }),
    );
  }

  #hear(event: SessionEvent): void {
    switch (event.type) {
      case "map":
        this.#pictureCame(event.picture);
        break;
      case "flows":
        this.#flowsCame(event.flows, event.isWhole);
        break;
      case "terminals":
        this.#terminalsCame(event.terminals);
        break;
      case "history":
        this.#historyCame(event.history.undo);
        break;
      case "check":
        this.#checked(event.check);
        break;
      case "progress": {
        // Another tab may stand at another step; only what was achieved is shared.
        const { lesson } = this.#state;
        if (lesson)
          this.#change({ lesson: { ...lesson, progress: { ...event.progress, step: lesson.progress.step } } });
        break;
      }
      case "change":
        this.#change({ change: event });
        break;
      case "asleep":
        break;
      case "fault":
        this.#say(event.message);
        break;
    }
  }

  #terminalsCame(terminals: readonly TerminalView[]): void {
    const isThere = terminals.some(({ id }) => id === this.#state.selected);
    this.#change({ terminals, selected: isThere ? this.#state.selected : (terminals.at(-1)?.id ?? "1") });
  }

  #flowsCame(flows: readonly FlowView[], isWhole: boolean): void {
    this.#change({ flows: (isWhole ? flows : [...this.#state.flows, ...flows]).slice(-flowsKept) });
    if (isWhole) return;
    const news = flows.filter((flow) => !isLookup(flow)).at(-1);
    if (news) this.#change({ news, isNewsPast: false });
  }

  /** Only a picture drawn after the packet can contradict it: then the policies have changed. */
  #pictureCame(picture: MapPicture): void {
    const { news } = this.#state;
    this.#change({ picture, isNewsPast: news !== null && !stillHolds(picture, news) });
  }

  #historyCame(undoable: readonly string[]): void {
    const { undoable: before, checks } = this.#state;
    this.#change({ undoable });
    if (undoable.join("\n") === before.join("\n")) return;
    this.#change({ checks: new Map([...checks].map(([id, record]) => [id, { ...record, isPast: true }])) });
  }

  #checked(check: CheckView): void {
    const { checks, picture, lesson } = this.#state;
    this.#change({ checks: new Map(checks).set(check.id, { check, picture, isPast: false }) });
    if (!check.passed || !lesson) return;
    const passed = [...new Set([...lesson.progress.passed, check.id])];
    const status = check.finishedLesson ? "done" : lesson.progress.status;
    this.#change({ lesson: { ...lesson, progress: { ...lesson.progress, passed, status } } });
  }

  #complain(error: unknown): void {
    this.#say(messageOf(error));
  }

  #change(change: Partial<LessonState>): void {
    this.#state = { ...this.#state, ...change };
    this.#host.requestUpdate();
  }
}

function withHints(lesson: LessonView, hints: HintsView): LessonView {
  const steps = lesson.steps.map((step) => ({
    ...step,
    blocks: step.blocks.map((block) =>
      block.kind === "hints" && block.id === hints.id ? { ...block, shown: hints.shown } : block,
    ),
  }));
  return { ...lesson, steps };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : text.errors.offline;
}
