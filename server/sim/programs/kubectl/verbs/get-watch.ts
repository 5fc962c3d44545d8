/** `kubectl get --watch`: the present objects, then every change as it comes. */
import type { ApiObject, Query } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { KubectlError, StatusFailure, toStatus } from "../errors.ts";
import type { ObjectPrinter } from "../printers/output.ts";
import { type ColumnDefinition, TablePrinter } from "../printers/table.ts";
import { TabWriter } from "../printers/tabwriter.ts";
import { collect, type Selection } from "../resources/select.ts";
import { resourcePath, type Target } from "../resources/target.ts";
import { readWatch } from "../client/watch.ts";
import { printWith } from "./common.ts";
import { tableOptions, toTable } from "./get-table.ts";
import type { Json } from "../yaml/parse.ts";

/** Runs until the server ends the watch or a signal ends the process. */
export async function watchObjects(
  kubectl: Kubectl,
  selection: Selection,
  printer: ObjectPrinter | undefined,
): Promise<number> {
  const listing: Selection = { ...selection, keepsLists: true, chunkSize: selection.chunkSize ?? 500 };
  const { targets, failure } = await collect(kubectl, listing);
  if (failure !== undefined) throw failure;
  const [target] = targets;
  if (target === undefined || targets.length > 1) {
    throw new KubectlError("you may only specify a single resource type");
  }
  const view = new WatchView(kubectl, target, printer);
  if (!kubectl.flags.bool("watch-only")) await view.showList(target.object);
  const version = target.object.metadata?.["resourceVersion"];
  const query: (readonly [string, string])[] = [...(selection.extraQuery ?? [])];
  if (target.name !== "") query.push(["fieldSelector", `metadata.name=${target.name}`]);
  else {
    if (selection.fieldSelector) query.push(["fieldSelector", selection.fieldSelector]);
    if (selection.labelSelector) query.push(["labelSelector", selection.labelSelector]);
  }
  query.push(["resourceVersion", typeof version === "string" ? version : "0"], ["watch", "true"]);
  await follow(kubectl, view, resourcePath(target.type, target.namespace), query, selection.accept);
  return 0;
}

async function follow(
  kubectl: Kubectl,
  view: WatchView,
  path: string,
  query: Query,
  accept: string | undefined,
): Promise<void> {
  const events = readWatch(kubectl.client(), path, { query, ...(accept === undefined ? {} : { accept }) });
  for await (const { type, object } of events) {
    if (type === "ERROR") {
      const status = toStatus(object as unknown as Json);
      throw status === undefined
        ? new KubectlError("unable to decode an event from the watch stream")
        : new StatusFailure(status);
    }
    if (type !== "BOOKMARK") await view.showEvent(type, object);
  }
}

/** Room for the longest event type, so that the column never moves. */
const EVENT_WIDTH = "MODIFIED".length;

/** Later tables of a watch come without columns, which stand for those of the first. */
function withEventColumn(columns: readonly ColumnDefinition[]): readonly ColumnDefinition[] {
  return columns.length === 0 ? [] : [{ name: "Event", type: "string", format: "" }, ...columns];
}

class WatchView {
  private readonly writer = new TabWriter(undefined, true);
  private readonly table: TablePrinter;
  private readonly showsEvents: boolean;

  constructor(
    private readonly kubectl: Kubectl,
    target: Target,
    private readonly printer: ObjectPrinter | undefined,
  ) {
    this.table = new TablePrinter(tableOptions(kubectl, target.type, false));
    this.showsEvents = kubectl.flags.bool("output-watch-events");
  }

  async showList(list: ApiObject): Promise<void> {
    if (this.printer === undefined) return this.showTable(list, "ADDED");
    const items = Array.isArray(list["items"]) ? (list["items"] as readonly ApiObject[]) : [list];
    const kind = (list.kind ?? "").replace(/List$/, "");
    for (const item of items) {
      const whole = item === list ? item : { ...item, apiVersion: list.apiVersion ?? "", kind };
      await this.showObject("ADDED", whole);
    }
  }

  async showEvent(type: string, object: ApiObject): Promise<void> {
    if (this.printer === undefined) await this.showTable(object, type);
    else await this.showObject(type, object);
  }

  private async showObject(type: string, object: ApiObject): Promise<void> {
    if (this.printer === undefined) return;
    const shown = this.showsEvents ? { type, object } : object;
    await printWith(this.kubectl, this.printer, shown);
    await this.kubectl.out(this.printer.finish());
  }

  private async showTable(object: ApiObject, type: string): Promise<void> {
    const table = toTable(object);
    const shown = this.showsEvents
      ? {
          ...table,
          columnDefinitions: withEventColumn(table.columnDefinitions ?? []),
          rows: (table.rows ?? []).map((row) => ({ ...row, cells: [type.padEnd(EVENT_WIDTH), ...row.cells] })),
        }
      : table;
    this.table.print(shown, this.writer);
    await this.kubectl.out(this.writer.flush());
  }
}
