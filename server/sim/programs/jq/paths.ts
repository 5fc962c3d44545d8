/** Reading, setting and deleting inside values (jq 1.6, src/jv_aux.c). */
import {
  compare,
  isArray,
  isEqual,
  isObject,
  type Json,
  type JsonObject,
  JqError,
  kindOf,
  MAX_ELEMENTS,
  OutOfMemory,
} from "./values.ts";

/** `.[KEY]`. A slice is an object of `start` and `end`. */
export function get(target: Json, key: Json): Json {
  if (isObject(target) && typeof key === "string") return target.get(key) ?? null;
  if (isArray(target) && typeof key === "number") {
    const at = Math.floor(key);
    return target[at < 0 ? at + target.length : at] ?? null;
  }
  if (isObject(key) && (isArray(target) || typeof target === "string" || target === null)) return slice(target, key);
  if (isArray(target) && isArray(key)) return indexesOf(target, key);
  if (target === null && (typeof key === "string" || typeof key === "number" || key === null)) return null;
  if (typeof key === "string") throw new JqError(`Cannot index ${kindOf(target)} with string "${key}"`);
  throw new JqError(`Cannot index ${kindOf(target)} with ${kindOf(key)}`);
}

function bounds(length: number, range: JsonObject): { readonly start: number; readonly end: number } {
  const from = range.get("start");
  const to = range.get("end");
  if ((from !== null && typeof from !== "number") || (to !== null && typeof to !== "number")) {
    throw new JqError("Start and end indices of an array slice must be numbers");
  }
  const clamp = (at: number): number => Math.min(length, Math.max(0, at < 0 ? at + length : at));
  const start = Math.floor(clamp(from ?? 0));
  return { start, end: Math.max(start, Math.ceil(clamp(to ?? length))) };
}

function slice(target: readonly Json[] | string | null, range: JsonObject): Json {
  if (target === null) {
    bounds(0, range);
    return null;
  }
  if (typeof target === "string") {
    const chars = [...target];
    const { start, end } = bounds(chars.length, range);
    return chars.slice(start, end).join("");
  }
  const { start, end } = bounds(target.length, range);
  return target.slice(start, end);
}

/** Where one array occurs in another. */
export function indexesOf(target: readonly Json[], part: readonly Json[]): Json {
  if (part.length === 0) return null;
  const out: number[] = [];
  for (let at = 0; at + part.length <= target.length; at++) {
    if (part.every((item, offset) => isEqual(item, target[at + offset] ?? null))) out.push(at);
  }
  return out;
}

export function set(target: Json, key: Json, value: Json): Json {
  if (typeof key === "string" && (target === null || isObject(target))) return new Map(target ?? []).set(key, value);
  if (typeof key === "number" && (target === null || isArray(target))) return setItem(target ?? [], key, value);
  if (isObject(key) && (target === null || isArray(target))) {
    const items = target ?? [];
    const { start, end } = bounds(items.length, key);
    if (!isArray(value)) throw new JqError("A slice of an array can only be assigned another array");
    return [...items.slice(0, start), ...value, ...items.slice(end)];
  }
  if (isObject(key)) throw new JqError(`Cannot update field at object index of ${kindOf(target)}`);
  if (isArray(target) && isArray(key)) throw new JqError("Cannot update field at array index of array");
  return get(target, key) && null;
}

function setItem(items: readonly Json[], key: number, value: Json): Json {
  const floor = Math.floor(key);
  const at = floor < 0 ? floor + items.length : floor;
  if (at < 0) throw new JqError("Out of bounds negative array index");
  if (at >= MAX_ELEMENTS) throw new OutOfMemory();
  const out = [...items];
  while (out.length < at) out.push(null);
  out[at] = value;
  return out;
}

export function has(target: Json, key: Json): boolean {
  if (isObject(target) && typeof key === "string") return target.has(key);
  if (isArray(target) && typeof key === "number") return key >= 0 && key < target.length;
  throw new JqError(`Cannot check whether ${kindOf(target)} has a ${kindOf(key)} key`);
}

function pathOf(path: Json): readonly Json[] {
  if (!isArray(path)) throw new JqError("Path must be specified as an array");
  return path;
}

export function getPath(target: Json, path: Json): Json {
  let value = target;
  for (const key of pathOf(path)) {
    if (value === null) return null;
    value = get(value, key);
  }
  return value;
}

export function setPath(target: Json, path: Json, value: Json): Json {
  const [key, ...rest] = pathOf(path);
  if (key === undefined) return value;
  const inner = get(target, key);
  return set(target, key, rest.length === 0 ? value : setPath(inner, rest, value));
}

function remove(target: Json, key: Json): Json {
  if (target === null) return null;
  if (isArray(target)) {
    if (typeof key === "number") {
      const at = Math.floor(key) < 0 ? Math.floor(key) + target.length : Math.floor(key);
      return at < 0 || at >= target.length ? target : target.toSpliced(at, 1);
    }
    if (isObject(key)) {
      const { start, end } = bounds(target.length, key);
      return target.toSpliced(start, end - start);
    }
    throw new JqError(`Cannot delete ${kindOf(key)} element of array`);
  }
  if (isObject(target)) {
    if (typeof key !== "string") throw new JqError(`Cannot delete ${kindOf(key)} field of object`);
    const out = new Map(target);
    out.delete(key);
    return out;
  }
  throw new JqError(`Cannot delete fields from ${kindOf(target)}`);
}

function deletePath(target: Json, path: readonly Json[]): Json {
  const [key, ...rest] = path;
  if (key === undefined) return null;
  if (target === null) return null;
  if (rest.length === 0) return remove(target, key);
  const inner = get(target, key);
  return inner === null ? target : set(target, key, deletePath(inner, rest));
}

/** From the last path to the first, so that no deletion moves what a later one means. */
export function deletePaths(target: Json, paths: Json): Json {
  if (!isArray(paths)) throw new JqError("Paths must be specified as an array");
  for (const path of paths) {
    if (!isArray(path)) throw new JqError(`Path must be specified as array, not ${kindOf(path)}`);
  }
  return [...paths]
    .sort((a, b) => compare(b, a))
    .reduce<Json>((value, path) => deletePath(value, pathOf(path)), target);
}
