/** The matrix as tables, JSON and CSV. */
import type { ReachabilityPort } from "../../net/index.ts";
import { indentedJson } from "../kubectl/printers/json.ts";
import type { Paint } from "../kubectl-why/plugin.ts";
import type { Cell, Group, Matrix } from "./matrix.ts";

/** Wider tables number their columns. */
const WIDEST = 100;

export const portText = ({ port, protocol }: ReachabilityPort): string => `${port}/${protocol}`;

export function formatTables(matrix: Matrix, paint: Paint, isWide: boolean): string {
  const sections = matrix.ports.map((port) => tableOf(matrix, port, paint, isWide));
  const legend = isWide
    ? "✓ open   ✗ closed by policy, at the side named   - a pod with itself"
    : "✓ open   ✗ closed by policy   - a pod with itself";
  return `${sections.join("\n")}\n${paint.dim(legend)}\n${paint.dim("Policies only: whether anybody listens is not looked at.")}\n`;
}

function tableOf(matrix: Matrix, port: ReachabilityPort, paint: Paint, isWide: boolean): string {
  const cells = matrix.from.map((_, row) =>
    matrix.to.map((__, column) => cellText(matrix.cell(port, row, column), isWide)),
  );
  const names = matrix.to.map(({ label }) => label);
  const isNumbered = widthOf([names, ...cells], matrix.from) > WIDEST;
  const heads = isNumbered ? names.map((_, index) => `[${index + 1}]`) : names;
  const corner = "FROM \\ TO";
  const rowHeads = matrix.from.map(({ label }) => {
    const number = names.indexOf(label);
    return isNumbered && number >= 0 ? `[${number + 1}] ${label}` : label;
  });
  const widths = heads.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const first = Math.max(corner.length, ...rowHeads.map((head) => head.length));
  const line = (head: string, row: readonly string[], colour: (text: string) => string) =>
    `${head.padEnd(first)}   ${row.map((text, column) => colour(text) + " ".repeat(Math.max(0, (widths[column] ?? 0) - text.length))).join("   ")}`.trimEnd();
  const colour = (text: string) =>
    text.startsWith("✓") ? paint.good(text) : text.startsWith("✗") ? paint.bad(text) : text;
  const key = isNumbered ? names.filter((name) => !matrix.from.some(({ label }) => label === name)) : [];
  return [
    paint.bold(`Port ${portText(port)}`),
    ...key.map((name) => `[${names.indexOf(name) + 1}] ${name}`),
    line(corner, heads, (text) => text),
    ...cells.map((row, index) => line(rowHeads[index] ?? "", row, colour)),
    "",
  ].join("\n");
}

function widthOf(rows: readonly (readonly string[])[], from: readonly Group[]): number {
  const heads = Math.max(0, ...from.map(({ label }) => label.length));
  const columns = rows[0] ?? [];
  return (
    heads + columns.reduce((sum, _, column) => sum + 3 + Math.max(...rows.map((row) => row[column]?.length ?? 0)), 0)
  );
}

function cellText(cell: Cell | null, isWide: boolean): string {
  if (cell === null) return "-";
  if (cell.isOpen) return "✓";
  return isWide ? `✗ ${closedAt(cell)}` : "✗";
}

export function closedAt({ egress, ingress }: Cell): string {
  return egress ? "ingress" : ingress ? "egress" : "both";
}

/** Every pair of pods, groups expanded, and of pods with hosts outside. */
function* pairsOf(matrix: Matrix) {
  for (const port of matrix.ports) {
    for (const [row, from] of matrix.from.entries()) {
      for (const [column, to] of matrix.to.entries()) {
        const cell = matrix.cell(port, row, column);
        if (cell === null) continue;
        const isImagined = from.isImagined || to.isImagined;
        for (const source of endsOf(from)) {
          for (const destination of endsOf(to)) {
            if (source !== destination) yield { source, destination, port, cell, isImagined };
          }
        }
      }
    }
  }
}

function endsOf({ address, pods }: Group): readonly string[] {
  return address === null ? pods.map(({ namespace, name }) => `${namespace}/${name}`) : [address];
}

export function formatJson(matrix: Matrix): string {
  const flows = [...pairsOf(matrix)].map(({ source, destination, port, cell, isImagined }) => ({
    source,
    destination,
    port: port.port,
    protocol: port.protocol,
    open: cell.isOpen,
    ...(cell.isOpen ? {} : { closedAt: closedAt(cell) }),
    // A pod that nobody made, with labels or in a namespace that a policy names.
    ...(isImagined ? { hypothetical: true } : {}),
  }));
  return `${indentedJson({ kind: "Reachability", ports: matrix.ports, flows }, "    ", false)}\n`;
}

/** RFC 4180. */
const csvField = (value: string | number): string =>
  /[",\n]/.test(`${value}`) ? `"${`${value}`.replaceAll('"', '""')}"` : `${value}`;

export function formatCsv(matrix: Matrix): string {
  const lines = [...pairsOf(matrix)].map(({ source, destination, port, cell }) =>
    [source, destination, port.port, port.protocol, cell.isOpen ? "open" : "closed", cell.isOpen ? "" : closedAt(cell)]
      .map(csvField)
      .join(","),
  );
  return `${["source,destination,port,protocol,verdict,closed_at", ...lines].join("\n")}\n`;
}
