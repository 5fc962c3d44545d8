/**
 * Table columns: what a column is called and says of itself is recorded (`generated/columns.ts`);
 * a kind adds how a cell is computed.
 */
import { COLUMN_LINES } from "./generated/columns.ts";
import { ageOf } from "./human-duration.ts";
import type { TableColumn } from "./types.ts";

export type Cell = TableColumn["cell"];
export type Cells = Readonly<Record<string, Cell>>;

type ColumnFacts = readonly [name: string, type: string, format: string, priority: number, description: string];

/** Cells that mean the same in every table. */
const commonCells: Cells = {
  Name: (object) => object.metadata.name,
  Age: (object, nowMs) => ageOf(object.metadata.creationTimestamp, nowMs),
  "Created At": (object) => object.metadata.creationTimestamp ?? "<unknown>",
};

let linesByResource: Map<string, string> | undefined;

/**
 * The columns of a resource (`pods`, `deployments.apps`) with its own cells by column name.
 * Throws when a column has no cell or a cell no column: a mistake in the kind's file.
 */
export function columnsOf(resource: string, cells: Cells): readonly TableColumn[] {
  const facts = JSON.parse(lines().get(resource) ?? DEFAULT_COLUMNS) as readonly ColumnFacts[];
  for (const name of Object.keys(cells)) {
    if (!facts.some((column) => column[0] === name)) throw new Error(`${resource} has no column ${name}`);
  }
  return facts.map(([name, type, format, priority, description]) => {
    const cell = cells[name] ?? commonCells[name];
    if (cell === undefined) throw new Error(`column ${name} of ${resource} has no cell`);
    return { name, type, format, priority, description: expand(description), cell };
  });
}

/** What the server shows of kinds without a printer of their own. */
const DEFAULT_COLUMNS = JSON.stringify([
  ["Name", "string", "name", 0, "$name"],
  ["Created At", "date", "", 0, "$age"],
]);

/** Two descriptions stand in nearly every table and are written once, as `$name` and `$age`. */
function expand(description: string): string {
  const shared = description.startsWith("$") ? lines().get(description) : undefined;
  return shared === undefined ? description : (JSON.parse(shared) as string);
}

function lines(): Map<string, string> {
  linesByResource ??= new Map(
    COLUMN_LINES.map((line) => {
      const end = line.indexOf(" ");
      return [line.slice(0, end), line.slice(end + 1)];
    }),
  );
  return linesByResource;
}

/** The columns of a table for objects of no known kind (and of custom resources without columns of their own). */
export function defaultColumns(): readonly TableColumn[] {
  return columnsOf("", {});
}
