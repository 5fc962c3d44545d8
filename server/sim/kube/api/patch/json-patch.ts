/** JSON patch, RFC 6902, with the refusals of the server's `evanphx/json-patch`. */
import { cloneTree, equalTrees } from "../../store/freeze.ts";
import { badRequest, unprocessablePatch } from "../errors.ts";

interface JsonPatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** More operations than this are refused (a limit of the server). */
const OPERATION_LIMIT = 10_000;

type Container = Record<string, unknown> | unknown[];

/** Throws a StatusError: 400 for a patch that is none, 422 for one that does not fit. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${typeOf(patch)} into Go value of type []handlers.jsonPatchOp`,
    );
  }
  if (patch.length > OPERATION_LIMIT) throw unprocessablePatch();
  let document = cloneTree(target);
  for (const operation of patch) document = apply(document, checkOperation(operation));
  return document;
}

function checkOperation(operation: unknown): JsonPatchOperation {
  if (operation === null) throw unprocessablePatch();
  if (typeof operation === "object" && !Array.isArray(operation)) return operation as JsonPatchOperation;
  throw badRequest(
    `error decoding patch: json: cannot unmarshal ${typeOf(operation)} into Go value of type handlers.jsonPatchOp`,
  );
}

function apply(document: unknown, operation: JsonPatchOperation): unknown {
  const path = parsePointer(operation.path);
  switch (operation.op) {
    case "add":
      return add(document, path, cloneTree(operation.value));
    case "remove":
      return remove(document, path);
    case "replace":
      read(document, path);
      return path.length === 0 ? cloneTree(operation.value) : set(document, path, cloneTree(operation.value));
    case "test":
      if (!equalTrees(readOrNull(document, path), operation.value ?? null)) throw unprocessablePatch();
      return document;
    case "copy":
      return add(document, path, cloneTree(read(document, parsePointer(operation.from))));
    case "move": {
      const from = parsePointer(operation.from);
      const value = read(document, from);
      return add(remove(document, from), path, value);
    }
    default:
      throw unprocessablePatch();
  }
}

function parsePointer(pointer: string | undefined): string[] {
  if (typeof pointer !== "string") throw unprocessablePatch();
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw unprocessablePatch();
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(container: unknown, segment: string): unknown {
  if (Array.isArray(container)) return container[indexIn(container, segment, container.length - 1)];
  if (typeof container === "object" && container !== null && Object.hasOwn(container, segment)) {
    return (container as Record<string, unknown>)[segment];
  }
  throw unprocessablePatch();
}

function indexIn(list: readonly unknown[], segment: string, last: number): number {
  const index = Number(segment);
  // Negative indices count from the end, as the library allows by default.
  const position = index < 0 ? list.length + index : index;
  if (!Number.isInteger(index) || position < 0 || position > last) throw unprocessablePatch();
  return position;
}

function read(document: unknown, path: readonly string[]): unknown {
  return path.reduce(child, document);
}

/** A missing member tests equal to null. */
function readOrNull(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return document;
  const parent = read(document, path.slice(0, -1));
  if (Array.isArray(parent)) return child(parent, last);
  return (parent as Record<string, unknown> | null)?.[last] ?? null;
}

function parentOf(document: unknown, path: readonly string[]): [Container, string] {
  const parent = read(document, path.slice(0, -1));
  if (typeof parent !== "object" || parent === null) throw unprocessablePatch();
  return [parent as Container, path.at(-1) ?? ""];
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  const [parent, last] = parentOf(document, path);
  if (Array.isArray(parent))
    parent.splice(last === "-" ? parent.length : indexIn(parent, last, parent.length), 0, value);
  else parent[last] = value;
  return document;
}

function set(document: unknown, path: readonly string[], value: unknown): unknown {
  const [parent, last] = parentOf(document, path);
  if (Array.isArray(parent)) parent[indexIn(parent, last, parent.length - 1)] = value;
  else parent[last] = value;
  return document;
}

function remove(document: unknown, path: readonly string[]): unknown {
  const [parent, last] = parentOf(document, path);
  if (Array.isArray(parent)) parent.splice(indexIn(parent, last, parent.length - 1), 1);
  else if (Object.hasOwn(parent, last)) delete parent[last];
  else throw unprocessablePatch();
  return document;
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}
