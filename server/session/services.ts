import type { Lesson, LessonSummary } from "../lesson/types.ts";
import type { MapPicture } from "../protocol.ts";
import type { HostEnvironment, Scenario, World, WorldSnapshot } from "../sim/world-types.ts";
import type { Store } from "../store/store.ts";

/** The lessons this server has. */
export interface LessonLibrary {
  /** In the order of the tracks. */
  list(): readonly LessonSummary[];
  get(id: string): Lesson | undefined;
  trackTitle(track: string): string;
}

export interface WorldRequest {
  /** One object a lesson: its identity is what images are kept by. */
  readonly scenario: Scenario;
  readonly host: HostEnvironment;
  /** Absent: a fresh world. */
  readonly stored?: StoredWorld;
}

export interface StoredWorld {
  readonly snapshot: WorldSnapshot;
  /** Of the boot image the snapshot is a difference from. */
  readonly imageMs: number;
}

export interface MadeWorld {
  readonly world: World;
  readonly imageMs: number;
}

/** What sessions are made with; given once, by whoever starts the server. */
export interface SessionServices {
  readonly store: Store;
  readonly host: HostEnvironment;
  readonly lessons: LessonLibrary;
  /** Boots a world, or wakes one from its snapshot. */
  makeWorld(request: WorldRequest): Promise<MadeWorld>;
  /** Shell state of one terminal inside a world's snapshot, for `openTerminal`. */
  terminalStateOf(snapshot: WorldSnapshot, terminal: string): unknown;
  drawPicture(world: World, number: number): MapPicture;
  log(level: "info" | "warn" | "error", message: string, details?: Readonly<Record<string, unknown>>): void;
}

/** The person asked for something that cannot be done; the message is for them. */
export class SessionError extends Error {
  override readonly name = "SessionError";
  readonly reason: "not-found" | "too-many" | "nothing-to-undo" | "closing";

  constructor(reason: SessionError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}
