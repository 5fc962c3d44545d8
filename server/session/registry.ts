import { limits } from "./limits.ts";
import { Session } from "./session.ts";
import { type SessionServices, SessionError } from "./services.ts";

interface Entry {
  readonly key: string;
  readonly learner: string;
  readonly opening: Promise<Session>;
  session: Session | null;
  usedMs: number;
  cancelSleep: (() => void) | null;
}

/**
 * All sessions that are awake. A session is made when it is first asked for, shared by
 * all who ask again, put to sleep when nobody has looked for a while or when there are
 * too many, and woken as it was.
 */
export class SessionRegistry {
  readonly #services: SessionServices;
  readonly #entries = new Map<string, Entry>();
  /** Sessions on their way into the store; a new one of the same key waits for them. */
  readonly #leaving = new Map<string, Promise<void>>();
  #isClosing = false;

  constructor(services: SessionServices) {
    this.#services = services;
  }

  get awakeCount(): number {
    return this.#entries.size;
  }

  get terminalCount(): number {
    let sum = 0;
    for (const { session } of this.#entries.values()) sum += session?.terminalViews.length ?? 0;
    return sum;
  }

  async open(learner: string, lessonId: string): Promise<Session> {
    if (this.#isClosing) throw new SessionError("closing", "The server is stopping; try again in a moment.");
    const lesson = this.#services.lessons.get(lessonId);
    if (!lesson) throw new SessionError("not-found", `There is no lesson ${lessonId}.`);
    const key = `${learner}/${lessonId}`;
    const known = this.#entries.get(key);
    if (known) {
      known.usedMs = this.#services.host.now();
      return known.opening;
    }
    this.#makeRoom(learner);
    const entry: Entry = {
      key,
      learner,
      usedMs: this.#services.host.now(),
      session: null,
      cancelSleep: null,
      opening: this.#open(key, learner, lessonId),
    };
    this.#entries.set(key, entry);
    try {
      entry.session = await entry.opening;
      this.#seenChanged(key);
      return entry.session;
    } catch (error) {
      this.#entries.delete(key);
      throw error;
    }
  }

  /** The session if it is awake; does not wake it. */
  awake(learner: string, lessonId: string): Session | undefined {
    return this.#entries.get(`${learner}/${lessonId}`)?.session ?? undefined;
  }

  /** Puts every session to sleep; afterwards none can be opened. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled([...this.#entries.values()].map((entry) => this.#sleep(entry)));
    await Promise.allSettled(this.#leaving.values());
  }

  async #open(key: string, learner: string, lessonId: string): Promise<Session> {
    await this.#leaving.get(key);
    const lesson = this.#services.lessons.get(lessonId);
    if (!lesson) throw new SessionError("not-found", `There is no lesson ${lessonId}.`);
    return Session.open({
      learner,
      lesson,
      services: this.#services,
      onSeenChanged: () => this.#seenChanged(key),
    });
  }

  #seenChanged(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry?.session) return;
    entry.usedMs = this.#services.host.now();
    entry.cancelSleep?.();
    entry.cancelSleep = null;
    if (entry.session.isSeen) return;
    entry.cancelSleep = this.#services.host.setTimer(limits.idleMs, () => {
      this.#sleep(entry).catch((error: unknown) =>
        this.#services.host.reportFault(error, "putting a session to sleep"),
      );
    });
  }

  #makeRoom(learner: string): void {
    const own = [...this.#entries.values()].filter((entry) => entry.learner === learner);
    if (own.length >= limits.sessionsPerLearner) this.#sleepOldest(own);
    if (this.#entries.size < limits.sessions) return;
    if (!this.#sleepOldest([...this.#entries.values()].filter((entry) => entry.session && !entry.session.isSeen))) {
      throw new SessionError("too-many", "This server is full; try again in a few minutes.");
    }
  }

  #sleepOldest(entries: readonly Entry[]): boolean {
    const awake = entries.filter((entry) => entry.session);
    // Somebody may still look at an old tab, so those nobody sees go first.
    const sorted = awake.sort((a, b) => Number(a.session?.isSeen) - Number(b.session?.isSeen) || a.usedMs - b.usedMs);
    const oldest = sorted[0];
    if (!oldest) return false;
    this.#sleep(oldest).catch((error: unknown) => this.#services.host.reportFault(error, "putting a session to sleep"));
    return true;
  }

  #sleep(entry: Entry): Promise<void> {
    entry.cancelSleep?.();
    const leaving = this.#leaving.get(entry.key);
    if (leaving) return leaving;
    this.#entries.delete(entry.key);
    const work = entry.opening.then((session) => session.hibernate()).finally(() => this.#leaving.delete(entry.key));
    this.#leaving.set(entry.key, work);
    return work;
  }
}
