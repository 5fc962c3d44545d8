/** RFC 6902 applied by the client, for `patch --local` and `--dry-run=client`. Refusals: evanphx/json-patch v4.12. */
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";

interface Step {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/** A patched copy. Throws KubectlError when a step does not apply. */
export function applyJsonPatch(document: unknown, steps: readonly Step[]): unknown {
  // The whole document may be replaced, so it hangs below a root of its own.
  const root = { document: structuredClone(document) };
  for (const step of steps) applyStep(root, step);
  return root.document;
}

function applyStep(root: { document: unknown }, step: Step): void {
  switch (step.op) {
    case "add":
      put(root, step, step.value, true);
      return;
    case "replace":
      read(root, step.op, step.path);
      put(root, step, step.value, false);
      return;
    case "remove":
      remove(root, step.path);
      return;
    case "copy":
      put(root, step, structuredClone(read(root, step.op, step.from ?? "")), true);
      return;
    case "move": {
      const value = read(root, step.op, step.from ?? "");
      remove(root, step.from ?? "");
      put(root, step, value, true);
      return;
    }
    case "test":
      if (compactJson(find(root, step.path)?.value ?? null) === compactJson(step.value ?? null)) return;
      throw new KubectlError(`testing value ${step.path} failed: test failed`);
    default:
      throw new KubectlError(`Unexpected kind: ${step.op}`);
  }
}

interface Place {
  readonly container: Container;
  readonly key: string;
  readonly exists: boolean;
  readonly value: unknown;
}

/** Undefined when the container of the last part is missing. */
function find(root: { document: unknown }, path: string): Place | undefined {
  const parts = ["document", ...path.split("/").slice(1)].map((part) =>
    part.replaceAll("~1", "/").replaceAll("~0", "~"),
  );
  let container: unknown = root;
  for (const part of parts.slice(0, -1)) {
    container = isContainer(container) ? Reflect.get(container, part) : undefined;
  }
  if (!isContainer(container)) return undefined;
  const key = parts.at(-1) ?? "";
  const exists = Object.hasOwn(container, key);
  return { container, key, exists, value: Reflect.get(container, key) };
}

const isContainer = (value: unknown): value is Container => typeof value === "object" && value !== null;

function read(root: { document: unknown }, op: string, path: string): unknown {
  const place = find(root, path);
  if (place === undefined)
    throw new KubectlError(`${op} operation does not apply: doc is missing path: ${path}: missing value`);
  if (!place.exists)
    throw new KubectlError(`${op} operation does not apply: doc is missing key: ${path}: missing value`);
  return place.value;
}

function put(root: { document: unknown }, { op, path }: Step, value: unknown, inserts: boolean): void {
  const place = find(root, path);
  if (place === undefined)
    throw new KubectlError(
      `${op} operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
    );
  const { container, key } = place;
  if (!Array.isArray(container)) container[key] = value;
  else if (key === "-") container.push(value);
  else container.splice(Number(key), inserts ? 0 : 1, value);
}

function remove(root: { document: unknown }, path: string): void {
  const place = find(root, path);
  if (place === undefined)
    throw new KubectlError(
      `remove operation does not apply: doc is missing path: ${JSON.stringify(path)}: missing value`,
    );
  const { container, key, exists } = place;
  if (!exists) {
    throw new KubectlError(
      `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
    );
  }
  if (Array.isArray(container)) container.splice(Number(key), 1);
  else delete container[key];
}
