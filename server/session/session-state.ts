import { z } from "zod";
import type { WorldSnapshot } from "../sim/world-types.ts";
import type { StoredScreen } from "./screen-log.ts";

/** A sleeping session, as it lies in the store. */
export interface SessionState {
  readonly format: "netpol-session/1";
  readonly snapshot: WorldSnapshot;
  /** Date of the boot image that the snapshots are differences from. */
  readonly imageMs: number;
  readonly terminals: readonly StoredTerminal[];
  readonly undo: readonly UndoPoint[];
}

export interface StoredTerminal {
  readonly id: string;
  readonly title: string;
  readonly wasAtPrompt: boolean;
  readonly screen: StoredScreen;
}

/** The world as it was before a command. */
export interface UndoPoint {
  readonly command: string;
  readonly terminal: string;
  readonly before: WorldSnapshot;
}

const snapshot = z.looseObject({ format: z.literal("netpol-world/1") });
const sessionState = z.object({
  format: z.literal("netpol-session/1"),
  snapshot,
  imageMs: z.number(),
  terminals: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      wasAtPrompt: z.boolean(),
      screen: z.object({ size: z.object({ columns: z.number(), rows: z.number() }), drawing: z.string() }),
    }),
  ),
  undo: z.array(z.object({ command: z.string(), terminal: z.string(), before: snapshot })),
});

/** Undefined when the text is not a state this version understands. */
export function parseSessionState(text: string): SessionState | undefined {
  try {
    const result = sessionState.safeParse(JSON.parse(text));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
