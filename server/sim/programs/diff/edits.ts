/** The shortest edit script between two lists of lines (Myers, with the common ends cut off). */

export interface Hunk {
  /** Half open, counted from 0. */
  readonly oldStart: number;
  readonly oldEnd: number;
  readonly newStart: number;
  readonly newEnd: number;
}

export function diffLines(left: readonly string[], right: readonly string[]): readonly Hunk[] {
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start++;
  let leftEnd = left.length;
  let rightEnd = right.length;
  while (leftEnd > start && rightEnd > start && left[leftEnd - 1] === right[rightEnd - 1]) {
    leftEnd--;
    rightEnd--;
  }
  const pairs = commonPairs(left.slice(start, leftEnd), right.slice(start, rightEnd));
  const hunks: Hunk[] = [];
  let oldAt = start;
  let newAt = start;
  const close = (oldEnd: number, newEnd: number): void => {
    if (oldEnd > oldAt || newEnd > newAt) hunks.push({ oldStart: oldAt, oldEnd, newStart: newAt, newEnd });
  };
  for (const [oldIndex, newIndex] of pairs) {
    close(start + oldIndex, start + newIndex);
    oldAt = start + oldIndex + 1;
    newAt = start + newIndex + 1;
  }
  close(leftEnd, rightEnd);
  return hunks;
}

/** Files further apart are given up as wholly different: the trace grows with the square of the distance. */
const MAX_DISTANCE = 1500;

/** Indices of lines that stay, by Myers' greedy algorithm. */
function commonPairs(left: readonly string[], right: readonly string[]): readonly (readonly [number, number])[] {
  const limit = Math.min(left.length + right.length, MAX_DISTANCE);
  const trace: Map<number, number>[] = [];
  let frontier = new Map<number, number>([[1, 0]]);
  for (let distance = 0; distance <= limit; distance++) {
    trace.push(new Map(frontier));
    for (let diagonal = -distance; diagonal <= distance; diagonal += 2) {
      const down =
        diagonal === -distance ||
        (diagonal !== distance && (frontier.get(diagonal - 1) ?? 0) < (frontier.get(diagonal + 1) ?? 0));
      let x = down ? (frontier.get(diagonal + 1) ?? 0) : (frontier.get(diagonal - 1) ?? 0) + 1;
      let y = x - diagonal;
      while (x < left.length && y < right.length && left[x] === right[y]) {
        x++;
        y++;
      }
      frontier.set(diagonal, x);
      if (x >= left.length && y >= right.length) return walkBack(trace, left.length, right.length, distance);
    }
    frontier = new Map(frontier);
  }
  return [];
}

function walkBack(
  trace: readonly Map<number, number>[],
  oldLength: number,
  newLength: number,
  distance: number,
): readonly (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let x = oldLength;
  let y = newLength;
  for (let step = distance; step >= 0; step--) {
    const frontier = trace[step] ?? new Map<number, number>();
    const diagonal = x - y;
    const down =
      diagonal === -step ||
      (diagonal !== step && (frontier.get(diagonal - 1) ?? 0) < (frontier.get(diagonal + 1) ?? 0));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const previousX = step === 0 ? 0 : (frontier.get(previous) ?? 0);
    const previousY = step === 0 ? 0 : previousX - previous;
    while (x > previousX && y > previousY && x > 0 && y > 0) {
      x--;
      y--;
      pairs.push([x, y]);
      if (step === 0 && (x === 0 || y === 0)) break;
    }
    x = previousX;
    y = previousY;
  }
  return pairs.reverse();
}
