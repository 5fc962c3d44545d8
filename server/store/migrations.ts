/**
 * The database's shape, one step a change. A step that has been released is never
 * edited: what is wrong with it is put right by the next.
 */
import type { Kysely, Migration, MigrationProvider } from "kysely";

const first: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable("learners")
      .addColumn("id", "text", (column) => column.primaryKey())
      .addColumn("created_ms", "bigint", (column) => column.notNull())
      .addColumn("seen_ms", "bigint", (column) => column.notNull())
      .execute();
    await db.schema
      .createTable("progress")
      .addColumn("learner", "text", (column) => column.notNull())
      .addColumn("lesson", "text", (column) => column.notNull())
      .addColumn("step", "integer", (column) => column.notNull())
      .addColumn("is_done", "integer", (column) => column.notNull())
      .addColumn("passed_checks", "text", (column) => column.notNull())
      .addColumn("hints", "text", (column) => column.notNull())
      .addColumn("updated_ms", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("progress_key", ["learner", "lesson"])
      .execute();
    await db.schema
      .createTable("sessions")
      .addColumn("learner", "text", (column) => column.notNull())
      .addColumn("lesson", "text", (column) => column.notNull())
      .addColumn("state", "text", (column) => column.notNull())
      .addColumn("updated_ms", "bigint", (column) => column.notNull())
      .addPrimaryKeyConstraint("sessions_key", ["learner", "lesson"])
      .execute();
  },
};

export const migrations: MigrationProvider = {
  getMigrations: () => Promise.resolve({ "0001-learners-progress-sessions": first }),
};
