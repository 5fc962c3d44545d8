/** Brings a decoded draft into the form in which Go would write it out again. */
import type { Draft } from "./types.ts";

export function normalise(_draft: Draft, _definitionName: string): void {}
