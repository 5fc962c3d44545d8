/**
 * Which pods that nobody made are worth showing: those whose labels or namespace make a difference of
 * their own, so that `app=friend` appears where it opens a way, and not again in every namespace.
 */
import { type End, type Labels, PROBE_NAMESPACE } from "../../net/index.ts";

export interface ImaginedPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

/** How one end fares with all others; null with itself. */
type Fate = readonly ({ readonly egress: boolean; readonly ingress: boolean } | null)[];

interface Row {
  readonly ends: readonly End[];
}

interface Candidate extends Row {
  readonly imagined: ImaginedPod;
}

/** `fateOf` is asked once of each. Pods in no namespace of the cluster, and without labels, stand for "others". */
export function choosePods<R extends Row, C extends R & Candidate>(
  candidates: readonly C[],
  existing: readonly R[],
  fateOf: (row: R) => Fate,
): readonly C[] {
  const fates = new Map(candidates.map((one) => [keyOf(one.imagined.namespace, one.imagined.labels), fateOf(one)]));
  const fateAt = (namespace: string, labels: Labels) => fates.get(keyOf(namespace, labels));
  const known = existing.map(fateOf);
  const classes = new Set(existing.flatMap(({ ends }) => ends.map(({ classId }) => classId)));
  return candidates.filter(({ ends, imagined: { namespace, labels } }) => {
    if (ends.some(({ classId }) => classes.has(classId))) return false;
    const own = fateAt(namespace, labels);
    if (own === undefined) return false;
    const isLabelled = Object.keys(labels).length > 0;
    const isSomewhere = namespace !== PROBE_NAMESPACE;
    if (!isLabelled && !isSomewhere) return !known.some((fate) => isSameFate(own, fate));
    const plain = isLabelled ? fateAt(namespace, {}) : undefined;
    const elsewhere = isSomewhere ? fateAt(PROBE_NAMESPACE, labels) : undefined;
    return [plain, elsewhere].every((other) => other === undefined || !isSameFate(own, other));
  });
}

const keyOf = (namespace: string, labels: Labels): string =>
  JSON.stringify([namespace, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** A pod's place with itself is like any other. */
function isSameFate(left: Fate, right: Fate): boolean {
  return left.every((cell, index) => {
    const other = right[index] ?? null;
    return cell === null || other === null || (cell.egress === other.egress && cell.ingress === other.ingress);
  });
}
