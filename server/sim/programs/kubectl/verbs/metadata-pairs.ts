/** What `label` and `annotate` share: `key=value` and `key-` arguments, the patch, the message. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError } from "../errors.ts";
import { compactJson } from "../printers/json.ts";
import { forEachTarget, type Selection } from "../resources/select.ts";
import { mergeDiff } from "../resources/strategic-diff.ts";
import { sendObject, stringMap, withMetadata, type Target } from "../resources/target.ts";
import { withChangeCause } from "./change-cause.ts";
import { dryRunOf, fileSelection, hasNoFiles, ResultPrinter, writeQuery } from "./common.ts";
import type { DryRun } from "./verb.ts";

export interface PairKind {
  readonly field: "labels" | "annotations";
  /** `label`, `annotation`: in messages. */
  readonly noun: "label" | "annotation";
  parse(pairs: readonly string[]): PairChanges;
  /** What happened to one object, from its JSON before and after. */
  message(before: string, after: string, overwrites: boolean): string;
  conflicts(existing: Readonly<Record<string, string>>, added: ReadonlyMap<string, string>): Error | undefined;
}

export interface PairChanges {
  readonly added: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
}

/** Splits arguments at the first pair. Throws when a resource follows a pair. */
function splitArguments(
  args: readonly string[],
  noun: string,
): { readonly resources: string[]; readonly pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const arg of args) {
    const isPair = (arg.includes("=") && arg[0] !== "=") || (arg.endsWith("-") && arg !== "-");
    if (isPair) pairs.push(arg);
    else if (pairs.length === 0) resources.push(arg);
    else throw new KubectlError(`all resources must be specified before ${noun} changes: ${arg}`);
  }
  return { resources, pairs };
}

export async function updatePairs(kubectl: Kubectl, kind: PairKind): Promise<number> {
  const { flags } = kubectl;
  const { resources, pairs } = splitArguments(kubectl.args, kind.noun);
  const dryRun = await dryRunOf(kubectl);
  const changes = kind.parse(pairs);
  const both = changes.removed.find((key) => changes.added.has(key));
  if (both !== undefined)
    throw new KubectlError(
      `can not both modify and remove ${kind.noun === "label" ? "a label" : "an annotation"} in the same command`,
    );
  if (flags.bool("all") && flags.string("selector") !== "")
    throw new KubectlError("cannot set --all and --selector at the same time");
  if (resources.length === 0 && hasNoFiles(kubectl)) {
    throw new KubectlError("one or more resources must be specified as <resource> <name> or <resource>/<name>");
  }
  const lists = flags.bool("list");
  if (changes.added.size === 0 && changes.removed.length === 0 && !lists) {
    throw new KubectlError(`at least one ${kind.noun} update is required`);
  }
  const selection: Selection = {
    ...fileSelection(kubectl),
    args: resources,
    allNamespaces: flags.bool("all-namespaces"),
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    selectAll: flags.bool("all"),
    continuesOnError: true,
    isLatest: !flags.bool("local"),
  };
  const results = new ResultPrinter(kubectl, dryRun);
  await forEachTarget(kubectl, selection, (target) =>
    lists ? listPairs(kubectl, kind, target) : updateTarget(kubectl, kind, target, changes, dryRun, results),
  );
  return 0;
}

async function listPairs(kubectl: Kubectl, kind: PairKind, target: Target): Promise<void> {
  for (const [key, value] of Object.entries(stringMap(target.object, kind.field)))
    await kubectl.out(`${key}=${value}\n`);
}

async function updateTarget(
  kubectl: Kubectl,
  kind: PairKind,
  target: Target,
  changes: PairChanges,
  dryRun: DryRun,
  results: ResultPrinter,
): Promise<void> {
  const overwrites = kubectl.flags.bool("overwrite");
  const existing = stringMap(target.object, kind.field);
  const isLocal = kubectl.flags.bool("local") || dryRun === "client";
  if (!isLocal && kind.noun === "label") {
    for (const key of changes.removed)
      if (existing[key] === undefined) await kubectl.out(`label ${JSON.stringify(key)} not found.\n`);
  }
  const conflict = overwrites ? undefined : kind.conflicts(existing, changes.added);
  if (conflict !== undefined) throw conflict;
  const changed = withChangeCause(
    kubectl,
    applyChanges(target.object, kind.field, changes, kubectl.flags.string("resource-version")),
  );
  const before = compactJson(target.object);
  const after = compactJson(changed);
  const sent = isLocal || before === after ? changed : await sendChange(kubectl, target, changed, dryRun);
  await results.print(target.type, target.name, kind.message(before, after, overwrites), sent);
}

function applyChanges(object: ApiObject, field: PairKind["field"], changes: PairChanges, version: string): ApiObject {
  const values: Record<string, string> = { ...stringMap(object, field) };
  for (const [key, value] of changes.added) values[key] = value;
  for (const key of changes.removed) delete values[key];
  const isUntouched = changes.added.size === 0 && object.metadata?.[field] === undefined;
  const changed = isUntouched
    ? object
    : withMetadata(object, {
        [field]: Object.keys(values).length === 0 && object.metadata?.[field] === undefined ? undefined : values,
      });
  return version === "" ? changed : withMetadata(changed, { resourceVersion: version });
}

function sendChange(kubectl: Kubectl, target: Target, changed: ApiObject, dryRun: DryRun): Promise<ApiObject> {
  const patch = mergeDiff(target.object as Record<string, unknown>, changed as Record<string, unknown>, true);
  return sendObject(kubectl, "PATCH", target, {
    query: writeQuery(kubectl, dryRun),
    contentType: "application/merge-patch+json",
    body: compactJson(patch),
  });
}

/** Keys whose present value differs from the wanted one. */
export function differing(
  existing: Readonly<Record<string, string>>,
  added: ReadonlyMap<string, string>,
): readonly string[] {
  return [...added]
    .filter(([key, value]) => existing[key] !== undefined && existing[key] !== value)
    .map(([key]) => key);
}
