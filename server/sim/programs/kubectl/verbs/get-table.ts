/** The server's tables as `kubectl get` shows them. */
import type { ApiObject } from "../client/rest-client.ts";
import type { Kubectl } from "../context.ts";
import { isTable, type Table, type TableOptions, type TableRow } from "../printers/table.ts";
import { printedKind, type ResourceType } from "../resources/discovery.ts";

/** The options of tables that the flags ask for; `kindPrefix` when several types are shown. */
export function tableOptions(kubectl: Kubectl, type: ResourceType, showsKind: boolean): TableOptions {
  const { flags } = kubectl;
  return {
    isWide: flags.string("output") === "wide",
    noHeaders: flags.bool("no-headers"),
    withNamespace: flags.bool("all-namespaces") && type.isNamespaced,
    kindPrefix: showsKind || flags.bool("show-kind") ? printedKind(type.group, type.kind) : "",
    showLabels: flags.bool("show-labels"),
    labelColumns: flags.list("label-columns"),
  };
}

/** Servers that send no tables get the two columns kubectl can fill itself. */
export function toTable(object: ApiObject): Table {
  if (isTable(object)) return object as unknown as Table;
  const items = Array.isArray(object["items"]) ? (object["items"] as readonly ApiObject[]) : [object];
  return {
    kind: "Table",
    columnDefinitions: [
      { name: "Name", type: "string", format: "name", priority: 0 },
      { name: "Created At", type: "date", format: "", priority: 0 },
    ],
    rows: items.map((item) => ({
      cells: [item.metadata?.["name"] ?? "", item.metadata?.["creationTimestamp"] ?? "<unknown>"],
      object: item as NonNullable<TableRow["object"]>,
    })),
  };
}
