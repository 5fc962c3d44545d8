/** `--stream`: a value as events of path and leaf, with one that closes each container. */
import { isArray, isObject, type Json } from "./values.ts";

export function* events(value: Json, path: readonly Json[] = []): Generator<Json> {
  const keys: readonly Json[] | null = isObject(value)
    ? [...value.keys()]
    : isArray(value)
      ? value.map((_, at) => at)
      : null;
  if (keys === null || keys.length === 0) {
    yield [path, value];
    return;
  }
  for (const key of keys) {
    const inner = isArray(value) ? value[Number(key)] : isObject(value) ? value.get(String(key)) : null;
    yield* events(inner ?? null, [...path, key]);
  }
  yield [[...path, keys.at(-1) ?? null]];
}
