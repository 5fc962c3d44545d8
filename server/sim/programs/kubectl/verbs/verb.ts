/** What a verb is: one object, named in `index.ts`. Its flags come from the generated table. */
import type { Kubectl } from "../context.ts";

export interface Verb {
  /** The command's words: `get`, `create deployment`. */
  readonly words: string;
  /** Returns the exit code; refusals are thrown. */
  run(kubectl: Kubectl): Promise<number>;
}

/** `--dry-run` of commands that change something. */
export type DryRun = "none" | "client" | "server";
