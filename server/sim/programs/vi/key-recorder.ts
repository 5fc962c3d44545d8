/** Keys kept for later: the last change for `.`, macros for `@`, and what waits to be played. */
import type { Key } from "./keys.ts";

const MAX_MACRO_DEPTH = 20;
const MAX_MACRO_REPEATS = 1000;

/** Undo, redo, repeats and ex commands are not repeated by `.`. */
const UNREPEATABLE: readonly string[] = ["u", "U", "<C-r>", ".", ":", "@"];

interface Batch {
  readonly keys: readonly Key[];
  readonly isRepeat: boolean;
}

/** What keys are played on. */
interface Player {
  readonly exitStatus: number | null;
  readonly isError: boolean;
  feed(key: Key): void;
}

export class KeyRecorder {
  private lastChange: readonly Key[] = [];
  private commandKeys: Key[] = [];
  private isRepeating = false;
  private macroName: string | null = null;
  private macroKeys: Key[] = [];
  private readonly macros = new Map<string, readonly Key[]>();
  private lastMacro = "";
  private macroDepth = 0;
  private readonly queue: Batch[] = [];

  get isRecording(): boolean {
    return this.macroName !== null;
  }

  note(key: Key): void {
    if (this.macroName !== null && this.macroDepth === 0) this.macroKeys.push(key);
    if (!this.isRepeating) this.commandKeys.push(key);
  }

  beginCommand(): void {
    if (!this.isRepeating) this.commandKeys = [];
  }

  /** The command that ends here changed the text. */
  noteChange(): void {
    if (!this.isRepeating && this.isRepeatable()) this.lastChange = this.commandKeys;
  }

  private isRepeatable(): boolean {
    const names = this.commandKeys.map((key) => (key.kind === "key" ? key.name : ""));
    const first = names.find((name) => !/^[0-9]$/.test(name));
    return first !== undefined && !UNREPEATABLE.includes(first);
  }

  /** `.`: a count takes the place of the count the change had. */
  repeat(count: number | null): void {
    if (this.lastChange.length === 0) return;
    const digits = count === null ? [] : [...String(count)].map((name): Key => ({ kind: "key", name }));
    const keys =
      count === null
        ? this.lastChange
        : this.lastChange.slice(this.lastChange.findIndex((key) => key.kind !== "key" || !/^\d$/.test(key.name)));
    this.playLater([...digits, ...keys], true);
  }

  startRecording(name: string): void {
    this.macroName = name;
    this.macroKeys = [];
  }

  /** The `q` that stops the recording is no part of it. */
  stopRecording(): void {
    if (this.macroName === null) return;
    this.macros.set(this.macroName, this.macroKeys.slice(0, -1));
    this.macroName = null;
  }

  /** `@`: the macro of that register, or the last one for a second `@`. */
  play(key: string, times: number): void {
    const name = key === "@" ? this.lastMacro : key;
    const keys = this.macros.get(name);
    if (!keys) return;
    this.lastMacro = name;
    for (let left = Math.min(times, MAX_MACRO_REPEATS); left > 0; left--) this.playLater(keys, false);
  }

  /** `:normal`. */
  playKeys(keys: readonly Key[]): void {
    this.playLater(keys, false);
  }

  /** Keys cannot be fed while the machine runs a command: they are queued for when it waits again. */
  private playLater(keys: readonly Key[], isRepeat: boolean): void {
    this.queue.push({ keys, isRepeat });
  }

  /** Plays what commands have queued. */
  drain(player: Player): void {
    // What a replayed key queues itself is played before the rest of this batch.
    for (const { keys, isRepeat } of this.queue.splice(0)) {
      if (this.macroDepth >= MAX_MACRO_DEPTH || player.exitStatus !== null) return;
      this.macroDepth++;
      const wasRepeating = this.isRepeating;
      this.isRepeating = isRepeat;
      for (const key of keys) {
        player.feed(key);
        this.drain(player);
        if (player.isError && !isRepeat) break;
      }
      this.isRepeating = wasRepeating;
      this.macroDepth--;
    }
  }
}
