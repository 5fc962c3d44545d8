/**
 * What the page and the server say to each other. The page imports nothing else
 * of the server, and only types from here. Incoming messages are validated in
 * `http/messages.ts`.
 */

// ------------------------------------------------------------------- lessons

export interface LessonList {
  readonly tracks: readonly TrackView[];
  /** The lesson last worked on, if it is not done. */
  readonly continue: ContinueView | null;
  readonly version: string;
}

export interface TrackView {
  readonly id: string;
  readonly title: string;
  readonly lessons: readonly LessonCard[];
}

export interface LessonCard {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly minutes: number;
  readonly stepCount: number;
  readonly progress: ProgressView;
}

export interface ContinueView {
  readonly lesson: LessonCard;
  readonly stepTitle: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

export interface ProgressView {
  /** The step the learner is at, counted from 0. */
  readonly step: number;
  readonly status: "new" | "started" | "done";
  /** Ids of the checks that have passed. */
  readonly passed: readonly number[];
}

export interface LessonView {
  readonly id: string;
  readonly title: string;
  readonly track: string;
  readonly trackTitle: string;
  readonly minutes: number;
  /** Place in the track, counted from 1. */
  readonly place: number;
  readonly placeCount: number;
  readonly steps: readonly StepView[];
  readonly hasSolution: boolean;
  readonly progress: ProgressView;
  readonly next: { readonly id: string; readonly title: string } | null;
}

export interface StepView {
  readonly title: string;
  readonly blocks: readonly BlockView[];
}

export type BlockView =
  | { readonly kind: "text"; readonly markdown: string }
  | { readonly kind: "run"; readonly commands: string; readonly terminal: number }
  | { readonly kind: "output"; readonly text: string }
  /** Only the hints already asked for travel. */
  | { readonly kind: "hints"; readonly id: string; readonly count: number; readonly shown: readonly string[] }
  | { readonly kind: "check"; readonly id: number; readonly labels: readonly string[] };

export interface HintsView {
  readonly id: string;
  readonly count: number;
  readonly shown: readonly string[];
}

export interface SolutionView {
  readonly name: string;
  readonly script: string;
}

export interface CheckView {
  readonly id: number;
  readonly passed: boolean;
  readonly parts: readonly CheckPartView[];
  /** Whether this answer finished the lesson. */
  readonly finishedLesson: boolean;
}

export interface CheckPartView {
  readonly label: string;
  readonly passed: boolean;
  readonly reasons: readonly string[];
  readonly wrongFlows: readonly WrongFlowView[];
}

export interface WrongFlowView {
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: string;
  readonly actual: "open" | "closed";
  readonly intended: "open" | "closed";
}

// ------------------------------------------------------------------- session

export interface SessionView {
  readonly terminals: readonly TerminalView[];
  readonly history: HistoryView;
}

export interface TerminalView {
  readonly id: string;
  readonly title: string;
}

/** What "undo" would take back, the latest last. */
export interface HistoryView {
  readonly undo: readonly string[];
}

// ----------------------------------------------------------------- the picture

export interface MapPicture {
  /** Counts the pictures of this world. */
  readonly number: number;
  readonly profile: string;
  readonly plugin: string;
  readonly enforcesPolicies: boolean;
  readonly namespaces: readonly NamespacePicture[];
  readonly pods: readonly PodPicture[];
  readonly services: readonly ServicePicture[];
  readonly nodes: readonly { readonly name: string; readonly address: string }[];
  /** Every port somebody might call. */
  readonly doors: readonly DoorPicture[];
  /** One for each pod that can be asked about. */
  readonly rows: readonly ReachRow[];
  /** The rules that `egressRules` and `ingressRules` count into. */
  readonly rules: readonly RuleName[];
  /** Pods beyond the bound, left out. */
  readonly omittedPods: number;
}

export interface NamespacePicture {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly isSystem: boolean;
  readonly podCount: number;
  readonly policies: readonly string[];
}

export interface PodPicture {
  /** `NAMESPACE/NAME` */
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  /** As kubectl's STATUS column says it, roughly: Running, Pending, Terminating, … */
  readonly status: string;
  readonly isReady: boolean;
  readonly node: string;
  readonly isHostNetwork: boolean;
  readonly isSystem: boolean;
  /** Name of the workload that owns it, or its own. */
  readonly owner: string;
  readonly egressPolicies: readonly string[];
  readonly ingressPolicies: readonly string[];
}

export interface ServicePicture {
  readonly namespace: string;
  readonly name: string;
  readonly address: string;
  readonly ports: readonly string[];
  /** Ids of the pods behind it. */
  readonly pods: readonly string[];
}

/** One port of one pod. */
export interface DoorPicture {
  /** Index into `pods`. */
  readonly pod: number;
  readonly port: number;
  readonly protocol: string;
  readonly isListening: boolean;
}

export interface RuleName {
  /** `NAMESPACE/NAME` */
  readonly policy: string;
  readonly direction: "egress" | "ingress";
  /** Counted from 1, as people do. */
  readonly rule: number;
}

/**
 * What one pod reaches, door by door, as one letter each: `a` allowed, `r` allowed
 * but nobody listens, `e` stopped at its own egress, `i` stopped at the other's
 * ingress, `b` both, `u` unknown, `.` itself.
 */
export interface ReachRow {
  readonly pod: number;
  readonly verdicts: string;
  /** Per door, index into `rules` or -1. */
  readonly egressRules: readonly number[];
  readonly ingressRules: readonly number[];
}

export interface FlowView {
  readonly id: number;
  readonly timeMs: number;
  readonly source: string;
  readonly destination: string;
  readonly requested: string;
  /** Port and protocol mean nothing where the name was not found. */
  readonly port: number;
  readonly protocol: string;
  readonly outcome: "connected" | "refused" | "dropped" | "unreachable" | "no-route" | "name-not-found";
  /** The pod whose wall stopped it. */
  readonly stoppedAt: { readonly side: "egress" | "ingress"; readonly pod: string } | null;
  /** One sentence: why. */
  readonly why: string;
}

// ---------------------------------------------- events of a session (WebSocket)

export type SessionEvent =
  | { readonly type: "map"; readonly picture: MapPicture }
  /** The latest flows, oldest first (bounded); sent whole on connecting, then as they come. */
  | { readonly type: "flows"; readonly flows: readonly FlowView[]; readonly isWhole: boolean }
  | { readonly type: "terminals"; readonly terminals: readonly TerminalView[] }
  | { readonly type: "history"; readonly history: HistoryView }
  | { readonly type: "check"; readonly check: CheckView }
  | { readonly type: "progress"; readonly progress: ProgressView }
  /** How many flows a command opened and closed. */
  | {
      readonly type: "change";
      readonly terminal: string;
      readonly command: string;
      readonly opened: number;
      readonly closed: number;
    }
  | { readonly type: "fault"; readonly message: string }
  /** The last event: the world went to sleep to make room. */
  | { readonly type: "asleep" };

// --------------------------------------------------------- a terminal's socket
// Binary frames are the tty's bytes, both ways. Text frames are these.

export type TerminalClientMessage =
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  /** Bytes of output this connection has put on its screen, since it was opened. */
  | { readonly type: "ack"; readonly bytes: number }
  | { readonly type: "ping" };

export type TerminalServerMessage =
  /**
   * First on every connection. `received` is how many input bytes of this client have
   * arrived in all, so that the rest can be sent again. When `isWhole`, the screen
   * follows from its beginning; otherwise only what the client had missed.
   */
  | {
      readonly type: "attached";
      readonly epoch: string;
      readonly offset: number;
      readonly received: number;
      readonly isWhole: boolean;
      readonly columns: number;
      readonly rows: number;
    }
  /** The bytes after this were made for a screen of this size. */
  | { readonly type: "size"; readonly columns: number; readonly rows: number }
  /** What came before was the past: answers to its queries must not be sent. */
  | { readonly type: "live" }
  | { readonly type: "received"; readonly bytes: number }
  | { readonly type: "pong" };

/** Why a socket was closed, beyond the standard codes. */
export const closeCodes = {
  /** The terminal or the lesson does not exist. */
  notFound: 4404,
  /** The terminal was closed by its person. */
  closed: 4410,
  tooMany: 4429,
  tooSlow: 4408,
  /** The world went to sleep to make room; it wakes when somebody asks for it. */
  asleep: 4499,
} as const;

// -------------------------------------------------------------------- errors

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string };
}
