import { accessSync, constants, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Dialect } from "kysely";
import { Kysely, Migrator, PostgresDialect, SqliteDialect } from "kysely";
import Embedded from "libsql";
import pg from "pg";
import { KyselyStore } from "./kysely-store.ts";
import { migrations } from "./migrations.ts";
import type { Database } from "./schema.ts";
import { StoreError, type Store } from "./store.ts";

export type StoreLocation =
  | { readonly kind: "folder"; readonly path: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "memory" };

/**
 * The store, ready to use, its tables brought up to date. Throws `StoreError` with one
 * line when the folder cannot be written or the database does not answer.
 */
export async function openStore(location: StoreLocation): Promise<Store> {
  const db = new Kysely<Database>({ dialect: dialectOf(location) });
  try {
    const { error } = await new Migrator({ db, provider: migrations }).migrateToLatest();
    if (error) throw error;
  } catch (cause) {
    await db.destroy().catch(() => undefined);
    throw new StoreError(`cannot use ${describe(location)}: ${reason(cause)}`, { cause });
  }
  return new KyselyStore(db);
}

function dialectOf(location: StoreLocation): Dialect {
  switch (location.kind) {
    case "memory":
      return new SqliteDialect({ database: new Embedded(":memory:") });
    case "folder":
      return new SqliteDialect({ database: openFile(location) });
    case "url":
      return new PostgresDialect({
        pool: new pg.Pool({ connectionString: location.url, connectionTimeoutMillis: 5000 }),
      });
  }
}

function openFile(location: { readonly kind: "folder"; readonly path: string }): Embedded.Database {
  try {
    mkdirSync(location.path, { recursive: true });
    accessSync(location.path, constants.W_OK);
    const database = new Embedded(join(location.path, "netpol-lab.db"));
    // Readers do not wait for the writer, and a crash of the process loses nothing
    // that was committed; only a power cut may take the last moments.
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = NORMAL");
    database.pragma("busy_timeout = 5000");
    return database;
  } catch (cause) {
    throw new StoreError(`cannot use ${describe(location)}: ${reason(cause)}`, { cause });
  }
}

function describe(location: StoreLocation): string {
  switch (location.kind) {
    case "memory":
      return "the database in memory";
    case "folder":
      return `the data folder ${location.path} (choose another with --data)`;
    case "url":
      return `the database ${withoutPassword(location.url)}`;
  }
}

function withoutPassword(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.password = "";
    return parsed.href;
  } catch {
    return "given with --database (not a URL)";
  }
}

function reason(cause: unknown): string {
  const message = cause instanceof Error ? cause.message || cause.name : String(cause);
  return (message.split("\n")[0] ?? "").replace(/, (?:mkdir|access|open) '.*'$/, "");
}
