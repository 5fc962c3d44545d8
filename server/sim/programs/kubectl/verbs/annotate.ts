/** `kubectl annotate`. */
import { KubectlError } from "../errors.ts";
import { differing, updatePairs, type PairKind } from "./metadata-pairs.ts";
import type { Verb } from "./verb.ts";

const ANNOTATIONS: PairKind = {
  field: "annotations",
  noun: "annotation",
  parse(pairs) {
    const added = new Map<string, string>();
    const removed: string[] = [];
    for (const pair of pairs) {
      const equals = pair.indexOf("=");
      if (equals > 0) added.set(pair.slice(0, equals), pair.slice(equals + 1));
      else removed.push(pair.slice(0, -1));
    }
    return { added, removed };
  },
  message: () => "annotated",
  conflicts(existing, added) {
    const keys = differing(existing, added);
    if (keys.length === 0) return undefined;
    const list = keys.map((key) => `'${key}' already has a value (${existing[key]})`).join("; ");
    return new KubectlError(`--overwrite is false but found the following declared annotation(s): ${list}`);
  },
};

export const annotate: Verb = { words: "annotate", run: (kubectl) => updatePairs(kubectl, ANNOTATIONS) };
