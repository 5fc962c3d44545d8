/** Every verb, one line each. */
import type { Verb } from "./verb.ts";
import { get } from "./get.ts";

const VERBS: readonly Verb[] = [get];

const byWords = new Map(VERBS.map((verb) => [verb.words, verb]));

/** The verb of a command's words; undefined for groups and commands that do nothing here. */
export function verbNamed(words: string): Verb | undefined {
  return byWords.get(words);
}
