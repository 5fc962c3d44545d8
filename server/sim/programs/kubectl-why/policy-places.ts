/**
 * Where the learner wrote what the cluster stores: documents in the working directory and at home
 * that hold the same policy, and the line of each of its fields.
 */
import { isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from "yaml";
import type { FileStat, Process } from "../../machine/types.ts";

const MOST_FILES = 200;
const MOST_FOLDERS = 200;
const MOST_BYTES = 256 * 1024;
const DEPTH = 4;
const EXTENSION = /\.(ya?ml|json)$/;

/** Into the policy object, `spec.ingress[0].from[1]`, to `FILE:LINE`; null when nobody wrote it here. */
export type LocateField = (policy: string, path: string) => string | null;

export interface StoredPolicy {
  /** `NAMESPACE/NAME`, or `NAME` of a ClusterNetworkPolicy. */
  readonly id: string;
  readonly spec: unknown;
}

export type PolicyKind = "NetworkPolicy" | "ClusterNetworkPolicy";

/** One policy found in a text. */
export interface WrittenPolicy {
  readonly kind: PolicyKind;
  readonly name: string;
  /** Empty where the document names none. */
  readonly namespace: string;
  readonly object: Readonly<Record<string, unknown>>;
  lineOf(path: string): number;
}

/** Looks for the stored policies in the caller's files. Reads at most 200 files of at most 256 KB. */
export function locateIn(process: Process, policies: readonly StoredPolicy[]): LocateField {
  const places = new Map<string, { readonly file: string; readonly written: WrittenPolicy }>();
  const wanted = new Map(policies.map(({ id, spec }) => [id, canonicalSpec(spec, kindOf(id))]));
  const names = policies.map(({ id }) => id.slice(id.indexOf("/") + 1));
  for (const path of policies.length === 0 ? [] : manifestFiles(process)) {
    const text = readOrNothing(process, path);
    if (!text.includes("NetworkPolicy") || !names.some((name) => text.includes(name))) continue;
    for (const written of policiesIn(text)) {
      for (const [id, spec] of wanted) {
        if (places.has(id) || !mayBe(written, id)) continue;
        if (canonicalSpec(written.object["spec"], written.kind) !== spec) continue;
        places.set(id, { file: shownPath(process, path), written });
      }
    }
    if (places.size === wanted.size) break;
  }
  return (policy, path) => {
    const place = places.get(policy);
    return place === undefined ? null : `${place.file}:${place.written.lineOf(path)}`;
  };
}

const kindOf = (id: string): PolicyKind => (id.includes("/") ? "NetworkPolicy" : "ClusterNetworkPolicy");

function mayBe({ kind, name, namespace }: WrittenPolicy, id: string): boolean {
  if (kind !== kindOf(id)) return false;
  if (kind === "ClusterNetworkPolicy") return id === name;
  return id === `${namespace}/${name}` || (namespace === "" && id.endsWith(`/${name}`));
}

/** Files that may be manifests: those of the working directory first, then those at home, the nearest first. */
function manifestFiles(process: Process): readonly string[] {
  const { fs } = process.machine;
  const files = new Set<string>();
  const folders = [process.cwd, process.env.get("HOME") ?? ""].filter((path) => path.startsWith("/"));
  const queue = folders.map((path) => ({ path, depth: 0 }));
  const seen = new Set<string>();
  // One folder level after the other, the working directory's tree before the home's.
  for (const start of queue) {
    const level = [start];
    for (const { path, depth } of level) {
      if (seen.has(path) || seen.size >= MOST_FOLDERS) continue;
      seen.add(path);
      for (const name of entriesOf(process, path)) {
        const full = path === "/" ? `/${name}` : `${path}/${name}`;
        const stat = statOrNothing(process, full);
        if (stat?.kind === "directory" && depth < DEPTH && !name.startsWith(".") && path !== "/") {
          level.push({ path: full, depth: depth + 1 });
        } else if (stat?.kind === "file" && EXTENSION.test(name) && stat.sizeBytes <= MOST_BYTES) files.add(full);
        if (files.size >= MOST_FILES) return [...files];
      }
    }
  }
  return [...files].filter((path) => fs.exists(path));
}

function entriesOf(process: Process, path: string): readonly string[] {
  try {
    return process.machine.fs.readdir(path, process.credentials);
  } catch {
    return [];
  }
}

function statOrNothing(process: Process, path: string): FileStat | undefined {
  try {
    return process.machine.fs.lstat(path, process.credentials);
  } catch {
    return undefined;
  }
}

function readOrNothing(process: Process, path: string): string {
  try {
    return process.machine.fs.readText(path, process.credentials);
  } catch {
    return "";
  }
}

function shownPath(process: Process, path: string): string {
  const folder = process.cwd === "/" ? "/" : `${process.cwd}/`;
  if (path.startsWith(folder)) return path.slice(folder.length);
  const home = process.env.get("HOME");
  return home && path.startsWith(`${home}/`) ? `~${path.slice(home.length)}` : path;
}

// --------------------------------------------------------------------------- documents

/** Every policy of a YAML or JSON text, members of Lists included; nothing where the text is malformed. */
export function policiesIn(text: string): readonly WrittenPolicy[] {
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, uniqueKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    if (document.errors.length > 0) return [];
    const content: unknown = document.contents;
    if (!isMap(content)) return [];
    const items = content.get("kind") === "List" ? content.get("items") : null;
    const nodes: readonly unknown[] = isSeq(items) ? items.items : [content];
    return nodes.flatMap((node): WrittenPolicy[] => {
      if (!isMap(node)) return [];
      const kind = node.get("kind");
      if (kind !== "NetworkPolicy" && kind !== "ClusterNetworkPolicy") return [];
      const object = node.toJS(document) as Readonly<Record<string, unknown>>;
      const metadata = (object["metadata"] ?? {}) as { readonly name?: unknown; readonly namespace?: unknown };
      return [
        {
          kind,
          name: String(metadata.name ?? ""),
          namespace: String(metadata.namespace ?? ""),
          object,
          lineOf: (path) => lineCounter.linePos(offsetOf(node, path)).line,
        },
      ];
    });
  });
}

/** The deepest part of a path that is written; what defaulting added stands nowhere. */
function offsetOf(root: Node, path: string): number {
  let node: unknown = root;
  let offset = root.range?.[0] ?? 0;
  for (const segment of segmentsOf(path)) {
    if (isSeq(node) && typeof segment === "number") {
      node = node.items[segment];
      if (node === undefined) return offset;
      offset = startOf(node) ?? offset;
    } else if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === segment);
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else return offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

/** `spec.a[0].matchLabels.x.y/z` → spec, a, 0, matchLabels, `x.y/z`: a label's key may hold dots. */
function segmentsOf(path: string): readonly (string | number)[] {
  const [, head = path, key] = /^(.*?\.matchLabels)\.(.*)$/.exec(path) ?? [];
  const segments = [...head.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) =>
    match[1] === undefined ? (match[2] ?? "") : Number(match[1]),
  );
  return key === undefined ? segments : [...segments, key];
}

// ------------------------------------------------------------------------ equal in meaning

type Fields = Readonly<Record<string, unknown>>;

/** Equal for specs that the API server would store alike, however they are written. */
export function canonicalSpec(spec: unknown, kind: PolicyKind = "NetworkPolicy"): string {
  // Its schema has no defaults.
  if (kind === "ClusterNetworkPolicy") return JSON.stringify(sorted(spec));
  const fields = (spec ?? {}) as Fields;
  const egress = rulesOf(fields["egress"]);
  const types = (fields["policyTypes"] as readonly string[] | null | undefined) ?? [];
  const policyTypes = types.length > 0 ? [...types].sort() : egress.length > 0 ? ["Egress", "Ingress"] : ["Ingress"];
  return JSON.stringify(
    sorted({ podSelector: fields["podSelector"] ?? {}, policyTypes, ingress: rulesOf(fields["ingress"]), egress }),
  );
}

function rulesOf(rules: unknown): readonly unknown[] {
  return ((rules ?? []) as readonly (Fields | null)[]).map((rule) => ({
    ...rule,
    ports: ((rule?.["ports"] ?? []) as readonly (Fields | null)[]).map((port) => ({
      protocol: "TCP",
      ...withoutNulls(port),
    })),
  }));
}

const withoutNulls = (fields: Fields | null): Fields =>
  Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== null));

/** Keys in order; what is null or an empty list means the same as nothing. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Fields)
    .map(([key, inner]) => [key, sorted(inner)] as const)
    .filter(([, inner]) => inner !== null && inner !== undefined && !(Array.isArray(inner) && inner.length === 0));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
