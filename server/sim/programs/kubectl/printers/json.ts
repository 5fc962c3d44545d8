/** JSON as Go's encoding/json writes it: `<`, `>`, `&` escaped; maps sorted by key. */

type Fields = Readonly<Record<string, unknown>>;

/** Byte order of UTF-8, which is the order of code points. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function scalar(value: unknown): string {
  if (typeof value === "string") return goString(value);
  if (value === null || value === undefined) return "null";
  return String(value);
}

function keysOf(record: Fields, isSorted: boolean): readonly string[] {
  const keys = Object.keys(record).filter((key) => record[key] !== undefined);
  return isSorted ? keys.sort(compareBytes) : keys;
}

/** Without white space and sorted: what annotations, messages and jsonpath hold. */
export function compactJson(value: unknown, isSorted = true): string {
  if (Array.isArray(value)) return `[${value.map((item) => compactJson(item, isSorted)).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const record = value as Fields;
    return `{${keysOf(record, isSorted)
      .map((key) => `${goString(key)}:${compactJson(record[key], isSorted)}`)
      .join(",")}}`;
  }
  return scalar(value);
}

/** Indented. `isSorted` is false for objects that stand for Go structs, whose order is their own. */
export function indentedJson(value: unknown, indent = "    ", isSorted = true, prefix = ""): string {
  const inner = prefix + indent;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    const items = value.map((item) => `${inner}${indentedJson(item, indent, isSorted, inner)}`);
    return `[\n${items.join(",\n")}\n${prefix}]`;
  }
  if (typeof value === "object" && value !== null) {
    const record = value as Fields;
    const keys = keysOf(record, isSorted);
    if (keys.length === 0) return "{}";
    const entries = keys.map(
      (key) => `${inner}${goString(key)}: ${indentedJson(record[key], indent, isSorted, inner)}`,
    );
    return `{\n${entries.join(",\n")}\n${prefix}}`;
  }
  return scalar(value);
}
