/** Helpers for trees of plain JSON data. */

/** Freezes a tree of plain data in place. Subtrees already frozen are taken to be frozen to the leaves. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const key in value) deepFreeze(value[key]);
  return Object.freeze(value);
}

/** A mutable deep copy of plain JSON data. */
export function cloneTree<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy);
  const source = value as Record<string, unknown>;
  const result: Record<string, unknown> = {};
  for (const key in source) result[key] = copy(source[key]);
  return result;
}

/** Deep equality of plain JSON data; fields that are `undefined` count as absent, order of fields does not count. */
export function equalTrees(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!equalTrees(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!equalTrees(left[key], right[key])) return false;
  for (const key in right) if (right[key] !== undefined && left[key] === undefined) return false;
  return true;
}

/**
 * `next` with every subtree that equals its counterpart in `old` replaced by the old one,
 * so that versions of an object share memory. Returns `old` itself when nothing differs.
 * May change `next` in place.
 */
export function shareTree<T>(old: unknown, next: T): T {
  if (old === next) return next;
  if (typeof old !== "object" || typeof next !== "object" || old === null || next === null) return next;
  if (Array.isArray(old) || Array.isArray(next)) {
    if (!Array.isArray(old) || !Array.isArray(next)) return next;
    let isSame = old.length === next.length;
    if (Object.isFrozen(next)) return equalTrees(old, next) ? (old as T) : next;
    for (let index = 0; index < next.length; index++) {
      next[index] = shareTree(old[index], next[index]);
      if (next[index] !== old[index]) isSame = false;
    }
    return isSame ? (old as T) : next;
  }
  if (Object.isFrozen(next)) return equalTrees(old, next) ? (old as T) : next;
  const before = old as Record<string, unknown>;
  const after = next as Record<string, unknown>;
  let isSame = true;
  for (const key in after) {
    if (after[key] === undefined) {
      delete after[key];
      continue;
    }
    const shared = shareTree(before[key], after[key]);
    after[key] = shared;
    if (shared !== before[key]) isSame = false;
  }
  for (const key in before) if (!(key in after)) isSame = false;
  return isSame ? (old as T) : next;
}
