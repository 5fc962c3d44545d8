/** Tables as the server sends them (`meta.k8s.io/v1 Table`) in kubectl's columns. */
import type { TabWriter } from "./tabwriter.ts";

export interface Table {
  readonly kind: "Table";
  readonly columnDefinitions?: readonly ColumnDefinition[];
  readonly rows?: readonly TableRow[];
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface ColumnDefinition {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly priority?: number;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: {
    readonly kind?: string;
    readonly metadata?: {
      readonly name?: string;
      readonly namespace?: string;
      readonly labels?: Readonly<Record<string, string>>;
    };
  };
}

export interface TableOptions {
  readonly isWide: boolean;
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  /** `deployment.apps`: put before each name. */
  readonly kindPrefix: string;
  readonly showLabels: boolean;
  readonly labelColumns: readonly string[];
}

export function isTable(object: unknown): object is Table {
  return typeof object === "object" && object !== null && (object as { kind?: string }).kind === "Table";
}

/** Writes rows to a TabWriter; headers once as long as the columns stay the same. */
export class TablePrinter {
  private lastColumns: readonly ColumnDefinition[] = [];
  private hasHeaders = false;

  constructor(private readonly options: TableOptions) {}

  print(table: Table, out: TabWriter): void {
    const given = table.columnDefinitions ?? [];
    const isRepeated = given.length === 0 || JSON.stringify(given) === JSON.stringify(this.lastColumns);
    const columns = given.length === 0 ? this.lastColumns : given;
    const rows = table.rows ?? [];
    this.lastColumns = columns;
    const withHeaders = !this.options.noHeaders && !(this.hasHeaders && isRepeated);
    if (rows.length === 0) return;
    this.hasHeaders = true;
    if (withHeaders) out.write(`${this.headers(columns).join("\t")}\n`);
    for (const row of rows) out.write(`${this.cells(columns, row).join("\t")}\n`);
  }

  private isShown(column: ColumnDefinition): boolean {
    return this.options.isWide || (column.priority ?? 0) === 0;
  }

  private headers(columns: readonly ColumnDefinition[]): readonly string[] {
    const { withNamespace, labelColumns, showLabels } = this.options;
    return [
      ...(withNamespace ? ["NAMESPACE"] : []),
      ...columns.filter((column) => this.isShown(column)).map((column) => column.name.toUpperCase()),
      ...labelColumns.map((label) => (label.split("/").at(-1) ?? label).toUpperCase()),
      ...(showLabels ? ["LABELS"] : []),
    ];
  }

  private cells(columns: readonly ColumnDefinition[], row: TableRow): readonly string[] {
    const { withNamespace, labelColumns, showLabels, kindPrefix } = this.options;
    const labels = row.object?.metadata?.labels ?? {};
    const cells: string[] = withNamespace ? [row.object?.metadata?.namespace ?? ""] : [];
    columns.forEach((column, index) => {
      if (!this.isShown(column) || index >= row.cells.length) return;
      const text = cellText(row.cells[index]);
      cells.push(
        kindPrefix !== "" && column.format === "name" && column.type === "string" ? `${kindPrefix}/${text}` : text,
      );
    });
    for (const label of labelColumns) cells.push(labels[label] ?? "");
    if (showLabels) cells.push(formatLabels(labels));
    return cells;
  }
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  const text = typeof cell === "object" ? JSON.stringify(cell) : String(cell);
  const end = text.search(/[\f\n\r]/);
  const shown = end < 0 ? text : `${text.slice(0, end)}...`;
  return shown.replaceAll("\x1b", "^[").replaceAll("\t", " ");
}

/** `a=b,c=d`, sorted; `<none>` without labels. */
export function formatLabels(labels: Readonly<Record<string, string>>): string {
  const text = Object.keys(labels)
    .sort()
    .map((key) => `${key}=${labels[key]}`)
    .join(",");
  return text === "" ? "<none>" : text;
}
