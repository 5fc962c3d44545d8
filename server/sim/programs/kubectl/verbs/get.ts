/** `kubectl get`: tables from the server, or objects in any output format; watching. */
import type { ApiObject } from "../client/rest-client.ts";
import { TABLE_ACCEPT } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { combine, KubectlError, StatusFailure } from "../errors.ts";
import { outputPrinter, type ObjectPrinter } from "../printers/output.ts";
import { sortByField } from "../printers/sort.ts";
import { type Table, TablePrinter } from "../printers/table.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import type { ResourceType } from "../resources/discovery.ts";
import { isSingleItem, visit, type Selection } from "../resources/select.ts";
import type { Target } from "../resources/target.ts";
import { fileSelection, hasNoFiles, printWith } from "./common.ts";
import type { Verb } from "./verb.ts";
import { tableOptions, toTable } from "./get-table.ts";
import { watchObjects } from "./get-watch.ts";

export const get: Verb = {
  words: "get",
  async run(kubectl) {
    const raw = kubectl.flags.string("raw");
    if (raw !== "") return getRaw(kubectl, raw);
    await refuseMissingType(kubectl);
    const printer = outputPrinter(kubectl, { hasTables: true });
    if (kubectl.flags.bool("watch") || kubectl.flags.bool("watch-only"))
      return watchObjects(kubectl, selectionOf(kubectl, printer === undefined), printer);
    return printer === undefined ? getTables(kubectl) : getObjects(kubectl, printer);
  },
};

async function getRaw(kubectl: Kubectl, raw: string): Promise<number> {
  if (kubectl.args.length > 0) throw new KubectlError("arguments may not be passed when --raw is specified");
  const [path = "", search = ""] = raw.split("?");
  const query = search
    .split("&")
    .filter((part) => part !== "")
    .map((part): readonly [string, string] => {
      const [key = "", value = ""] = part.split("=");
      return [decodeURIComponent(key), decodeURIComponent(value)];
    });
  const reply = await kubectl.client().send("GET", path, { query, accept: "application/json, */*" });
  for await (const chunk of reply.chunks()) await kubectl.out(chunk);
  return 0;
}

async function refuseMissingType(kubectl: Kubectl): Promise<void> {
  if (kubectl.args.length > 0 || !hasNoFiles(kubectl)) return;
  await kubectl.err(
    'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
  );
  throw kubectl.usage(
    'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
  );
}

function selectionOf(kubectl: Kubectl, asTables: boolean): Selection {
  const { flags } = kubectl;
  const isSorted = flags.string("sort-by") !== "";
  return {
    ...fileSelection(kubectl),
    args: kubectl.args,
    allowsBareType: true,
    allNamespaces: flags.bool("all-namespaces"),
    labelSelector: flags.string("selector"),
    fieldSelector: flags.string("field-selector"),
    subresource: flags.string("subresource"),
    chunkSize: isSorted ? 0 : flags.number("chunk-size"),
    continuesOnError: true,
    isLatest: true,
    ...(asTables && flags.bool("server-print")
      ? {
          accept: TABLE_ACCEPT,
          keepsLists: true,
          ...(isSorted ? { extraQuery: [["includeObject", "Object"]] as const } : {}),
        }
      : {}),
  };
}

/** NotFound is silent with `--ignore-not-found`. */
function isIgnored(kubectl: Kubectl, error: Error): boolean {
  return kubectl.flags.bool("ignore-not-found") && error instanceof StatusFailure && error.isNotFound;
}

// -------------------------------------------------------------------- objects

async function getObjects(kubectl: Kubectl, printer: ObjectPrinter): Promise<number> {
  const selection = selectionOf(kubectl, false);
  const targets: Target[] = [];
  const failures: Error[] = [];
  for await (const item of visit(kubectl, selection)) {
    if (!(item instanceof Error)) targets.push(item);
    else if (!isIgnored(kubectl, item)) failures.push(item);
  }
  const isSingle = isSingleItem(selection) || (selection.filenames?.length === 1 && targets.length === 1);
  if (isSingle && failures.length > 0) throw failures[0] as Error;
  if (!(targets.length === 0 && (kubectl.flags.bool("ignore-not-found") || failures.length > 0))) {
    const sortBy = kubectl.flags.string("sort-by");
    const objects = targets.map((target) => target.object);
    const sorted = sortBy === "" || objects.length < 2 ? objects : sortByField(objects, sortBy, (object) => object);
    const shown = isSingle && sorted.length === 1 ? (sorted[0] as ApiObject) : listOf(sorted);
    await printWith(kubectl, printer, shown);
    await kubectl.out(printer.finish());
  }
  const failure = combine(failures);
  if (failure !== undefined) throw failure;
  return 0;
}

function listOf(items: readonly ApiObject[]): ApiObject {
  return { apiVersion: "v1", items, kind: "List", metadata: { resourceVersion: "" } };
}

// --------------------------------------------------------------------- tables

async function getTables(kubectl: Kubectl): Promise<number> {
  const { targets, failures } = await collectTables(kubectl);
  const sortBy = kubectl.flags.string("sort-by");
  // Several answers are sorted among each other by fields of the tables themselves, as kubectl does.
  const ordered =
    sortBy === "" || targets.length < 2 ? targets : sortByField(targets, sortBy, (target) => target.object);
  const written = await printTables(kubectl, ordered, sortBy);
  if (!written && !kubectl.flags.bool("ignore-not-found") && failures.length === 0)
    await sayNothingFound(kubectl, targets);
  const failure = combine(failures);
  if (failure !== undefined) throw failure;
  return 0;
}

async function collectTables(kubectl: Kubectl): Promise<{ targets: readonly Target[]; failures: readonly Error[] }> {
  const targets: Target[] = [];
  const failures: Error[] = [];
  for await (const item of visit(kubectl, selectionOf(kubectl, true))) {
    if (!(item instanceof Error)) targets.push(item);
    else if (!isIgnored(kubectl, item)) failures.push(item);
  }
  return { targets, failures };
}

async function sayNothingFound(kubectl: Kubectl, targets: readonly Target[]): Promise<void> {
  const isNamespaced = !kubectl.flags.bool("all-namespaces") && targets.every((target) => target.type.isNamespaced);
  await kubectl.err(isNamespaced ? `No resources found in ${kubectl.namespace} namespace.\n` : "No resources found\n");
}

function sameType(a: ResourceType | undefined, b: ResourceType): boolean {
  return a !== undefined && a.kind === b.kind && a.group === b.group && a.version === b.version;
}

async function printTables(kubectl: Kubectl, targets: readonly Target[], sortBy: string): Promise<boolean> {
  const hasSeveralKinds = targets.some((target) => !sameType(targets[0]?.type, target.type));
  const writer = new TabWriter();
  let printer: TablePrinter | undefined;
  let lastType: ResourceType | undefined;
  let written = "";
  let needsBlankLine = false;
  const flush = () => {
    const text = writer.flush();
    if (text !== "" && needsBlankLine) {
      written += "\n";
      needsBlankLine = false;
    }
    written += text;
  };
  for (const target of targets) {
    if (printer === undefined || !sameType(lastType, target.type)) {
      flush();
      if (lastType !== undefined && !kubectl.flags.bool("no-headers") && written !== "") needsBlankLine = true;
      printer = new TablePrinter(tableOptions(kubectl, target.type, hasSeveralKinds));
      lastType = target.type;
    }
    printer.print(sortRows(toTable(target.object), sortBy), writer);
  }
  flush();
  if (written !== "") await kubectl.out(written);
  return written !== "";
}

function sortRows(table: Table, sortBy: string): Table {
  const rows = table.rows ?? [];
  if (sortBy === "" || rows.length < 2) return table;
  return { ...table, rows: sortByField(rows, sortBy, (row) => row.object) };
}
