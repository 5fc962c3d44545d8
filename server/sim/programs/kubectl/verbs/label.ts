/** `kubectl label`. */
import { combine, KubectlError } from "../errors.ts";
import { labelValueProblems } from "../resources/validation.ts";
import { differing, updatePairs, type PairKind } from "./metadata-pairs.ts";
import type { Verb } from "./verb.ts";

const LABELS: PairKind = {
  field: "labels",
  noun: "label",
  parse(pairs) {
    const added = new Map<string, string>();
    const removed: string[] = [];
    for (const pair of pairs) {
      if (pair.includes("=")) {
        const [key = "", value = "", ...more] = pair.split("=");
        if (more.length > 0) throw new KubectlError(`invalid label spec: ${pair}`);
        const problems = labelValueProblems(value);
        if (problems.length > 0)
          throw new KubectlError(`invalid label value: ${JSON.stringify(pair)}: ${problems.join(";")}`);
        added.set(key, value);
      } else removed.push(pair.slice(0, -1));
    }
    return { added, removed };
  },
  message(before, after, overwrites) {
    if (before === after) return "not labeled";
    return !overwrites && after.length < before.length ? "unlabeled" : "labeled";
  },
  conflicts(existing, added) {
    return combine(
      differing(existing, added).map(
        (key) => new KubectlError(`'${key}' already has a value (${existing[key]}), and --overwrite is false`),
      ),
    );
  },
};

export const label: Verb = { words: "label", run: (kubectl) => updatePairs(kubectl, LABELS) };
