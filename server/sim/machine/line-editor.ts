/** Reads a line from a terminal with the keys of readline: what bash and ash show after their prompt. */
import { encodeText } from "./bytes.ts";
import { type Completion, type EditResult, LineEditor } from "./line-editor/editor.ts";
import { KeyDecoder } from "./line-editor/keys.ts";
import { KillRing } from "./line-editor/kill-ring.ts";
import { RAW_MODES } from "./tty.ts";
import type { Process, Tty } from "./types.ts";

export type { Completion, CompletionCandidate, EditResult } from "./line-editor/editor.ts";
export { KillRing } from "./line-editor/kill-ring.ts";

export interface ReadLineOptions {
  /** The reader; its stop and death end the wait. */
  readonly process: Process;
  /** Default: the process's controlling terminal. */
  readonly tty?: Tty;
  /** Parts between `\x01` and `\x02` (from `\[` and `\]`), and escape sequences, take no room. */
  readonly prompt: string;
  /** Oldest first. Read once. */
  readonly history?: readonly string[];
  /** Candidates at `cursor` (a UTF-16 offset). Without it Tab rings the bell. */
  readonly complete?: (line: string, cursor: number) => Promise<Completion> | Completion;
  /** Default true, as bash does since 5.1. */
  readonly bracketedPaste?: boolean;
  /** Keeps killed text between lines; one a shell. */
  readonly killRing?: KillRing;
  /** Candidates are listed at the second Tab even when the first added something, as busybox does. */
  readonly listsAtSecondTab?: boolean;
  /** Text that stands on the line at the beginning. */
  readonly initial?: string;
}

const PASTE_ON = "\x1b[?2004h";
const PASTE_OFF = "\x1b[?2004l\r";

/**
 * Sets the terminal raw, prints the prompt and edits until Enter, ^C or ^D on an empty line; the
 * terminal's modes are restored. Bytes typed after Enter stay for the next reader.
 * Rejects with `ProcessEnded` as every call of the process does.
 */
export async function readLine(options: ReadLineOptions): Promise<EditResult> {
  const { process } = options;
  const tty = options.tty ?? process.tty;
  if (!tty) return { kind: "eof" };
  const before = tty.modes;
  tty.setModes(RAW_MODES);
  try {
    return await edit(tty, options, before.echoes);
  } finally {
    tty.setModes(before);
  }
}

async function edit(tty: Tty, options: ReadLineOptions, echoes: boolean): Promise<EditResult> {
  const { process } = options;
  const hasPaste = options.bracketedPaste ?? true;
  const decoder = new KeyDecoder();
  const editor = new LineEditor({
    prompt: options.prompt,
    columns: tty.size.columns,
    history: options.history ?? [],
    killRing: options.killRing ?? new KillRing(),
    echoes,
    ...(options.listsAtSecondTab === undefined ? {} : { listsAtSecondTab: options.listsAtSecondTab }),
    ...(options.initial === undefined ? {} : { initial: options.initial }),
  });
  const show = async (before = "", after = ""): Promise<void> => {
    const text = before + editor.takeOutput() + after;
    if (text !== "") await tty.file.write(encodeText(text), process.interruption);
  };
  await show(hasPaste ? PASTE_ON : "");
  const unsubscribe = process.onSignal("SIGWINCH", () => {
    editor.resized(tty.size.columns);
    void show().catch(() => {});
  });
  try {
    for (;;) {
      const bytes = await process.readFrom(tty.file, 1);
      const [byte] = bytes;
      if (byte === undefined) return { kind: "eof" };
      const key = decoder.push(byte) ?? (editor.isSearching && !tty.hasInput ? decoder.takeLoneEscape() : null);
      if (!key) continue;
      editor.resized(tty.size.columns);
      const effect = editor.key(key);
      switch (effect.kind) {
        case "none":
        case "suspend":
          await show();
          break;
        case "complete":
          if (options.complete) editor.completed(await options.complete(effect.line, effect.cursor));
          else editor.completed({ start: effect.cursor, candidates: [] });
          await show();
          break;
        case "line":
        case "interrupted":
          await show("", hasPaste ? PASTE_OFF : "");
          return effect;
        case "eof":
          // With bracketed paste readline leaves the prompt's row, or what comes next would overwrite it.
          await show("", hasPaste ? `${PASTE_OFF}\n` : "");
          return effect;
      }
    }
  } finally {
    unsubscribe();
  }
}
