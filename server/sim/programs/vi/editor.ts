/**
 * A vi session: keys go in, the state changes. Pure: no terminal, no files.
 * Models vim 9 without configuration. Left out: windows, tabs, folds, syntax plugins, digraphs,
 * visual block insertion with ragged ends, Lua and Vimscript.
 */
import { type EditorHost, EditorState, type Step } from "./editor-state.ts";
import type { Key } from "./keys.ts";
import { normalCommand } from "./normal-commands.ts";

export class Editor extends EditorState {
  private readonly machine: Step;

  constructor(host: EditorHost, options: { readonly path: string; readonly isReadOnly?: boolean }) {
    super(host, options);
    this.machine = this.loop();
    this.machine.next();
  }

  /** Feeds one key. While `busy` is set the caller waits for it first. */
  feed(key: Key): void {
    if (this.exitStatus !== null) return;
    this.recorder.note(key);
    this.machine.next(key);
  }

  /** Called by the owner after each `feed`: plays what commands have queued. */
  drain(): void {
    this.recorder.drain(this);
  }

  private *loop(): Step {
    while (true) {
      this.buffer.commit();
      const before = this.buffer.lines;
      this.recorder.beginCommand();
      this.pendingKeys = "";
      yield* normalCommand(this);
      this.clampCursor();
      if (this.buffer.lines !== before) this.recorder.noteChange();
    }
  }
}
