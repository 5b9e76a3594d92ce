import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "kysely";
import type { Database } from "./database.js";
import type { Kind, Table, Trx } from "./tables.js";

interface Shape {
  name: Table;
  columns: string[];
  keys?: string[];
  indexes?: Record<string, string>;
}

/** One more column of a table that is there. */
interface Added {
  name: Table;
  add: string;
  as: string;
}

/** Numbers only rise, and what has been released is never changed. */
const MIGRATIONS: Record<number, (Shape | Added)[]> = {
  1: [
    { name: "bridge_ledger_name", columns: ["id BIG primary key", "name KEY not null"] },
    {
      name: "bridge_lease",
      columns: ["channel KEY primary key", "company KEY not null", "owner KEY not null", "epoch BIG not null", "until_at BIG not null"],
    },
    {
      name: "bridge_session",
      columns: [
        "channel KEY primary key",
        "company KEY not null",
        "wanted BIG not null",
        "version BIG not null",
        "state KEY not null",
        "reason KEY",
        "me BLOB",
        "me_hash KEY",
        "paired BIG not null",
        "proxy BLOB",
      ],
      indexes: { bridge_session_me: "me_hash" },
    },
    { name: "bridge_credential", columns: ["channel KEY primary key", "body BLOB not null"] },
    {
      name: "bridge_signal_key",
      columns: ["channel KEY not null", "type KEY not null", "key_id NAME not null", "body BLOB not null", "at BIG not null"],
      keys: ["primary key (channel, type, key_id)"],
      indexes: { bridge_signal_key_age: "type, at" },
    },
    {
      name: "bridge_message",
      columns: [
        "channel KEY not null",
        "wa_id KEY not null",
        "company KEY not null",
        "state KEY not null",
        "claim_no BIG not null",
        "fence BIG not null",
        "doubt BIG not null",
        "code KEY",
        "retryable BIG not null",
        "person KEY",
        "first BLOB",
        "content BLOB",
        "content_at BIG",
      ],
      keys: ["primary key (channel, wa_id)"],
      indexes: { bridge_message_person: "channel, person", bridge_message_age: "content_at" },
    },
    {
      name: "bridge_inbound",
      columns: ["id SERIAL", "channel KEY not null", "stanza_key KEY not null", "body BLOB", "at BIG not null", "done_at BIG"],
      keys: ["unique (channel, stanza_key)"],
      indexes: { bridge_inbound_undone: "channel, done_at, id", bridge_inbound_age: "done_at, at" },
    },
    {
      name: "bridge_event",
      columns: [
        "id SERIAL",
        "uid KEY not null",
        "channel KEY not null",
        "company KEY not null",
        "epoch BIG not null",
        "body BLOB not null",
        "at BIG not null",
      ],
    },
    {
      name: "bridge_lid",
      columns: ["channel KEY not null", "lid KEY not null", "person KEY not null", "phone BLOB not null"],
      keys: ["primary key (channel, lid)"],
      indexes: { bridge_lid_person: "channel, person" },
    },
  ],
  2: [{ name: "bridge_session", add: "history_days", as: "BIG not null default 0" }],
  // Of rows from before nobody knows it: their wish comes once more, and is answered without a new socket.
  3: [{ name: "bridge_session", add: "answered_version", as: "BIG not null default -1" }],
};

/** KEY holds ids and words of ours, NAME what Baileys calls a key. */
const TYPES: Record<Kind, Record<string, string>> = {
  sqlite: { BIG: "integer", KEY: "text", NAME: "text", BLOB: "blob", SERIAL: "integer primary key autoincrement" },
  postgres: { BIG: "bigint", KEY: "varchar(64)", NAME: "varchar(255)", BLOB: "bytea", SERIAL: "bigint generated always as identity primary key" },
  mysql: { BIG: "bigint", KEY: "varchar(64)", NAME: "varchar(255)", BLOB: "longblob", SERIAL: "bigint not null auto_increment primary key" },
};

/** Any number nobody else in the database uses for an advisory lock. */
const LOCK = 4_120_571_863;
const LOCK_TRIES = 600;
const LOCK_EVERY_MS = 100;

/** Brings the tables up to date, one process at a time. Returns the ledger's name, made with the first table. */
export async function migrate(database: Database): Promise<string> {
  return database.alone(async (trx) => {
    await lock(database.kind, trx);
    try {
      await sql`create table if not exists bridge_migration (number integer primary key)`.execute(trx);
      const done = new Set((await trx.selectFrom("bridge_migration").select("number").execute()).map(({ number }) => number));
      for (const [number, shapes] of Object.entries(MIGRATIONS)) {
        if (done.has(Number(number))) continue;
        for (const shape of shapes) await bring(database.kind, trx, shape);
        await trx.insertInto("bridge_migration").values({ number: Number(number) }).execute();
      }
      return await ledgerName(trx);
    } finally {
      if (database.kind === "mysql") await sql`select release_lock(md5(concat('esquadrao_bridge ', database())))`.execute(trx);
    }
  });
}

async function ledgerName(trx: Trx): Promise<string> {
  const known = await trx.selectFrom("bridge_ledger_name").select("name").executeTakeFirst();
  if (known !== undefined) return known.name;
  const name = randomUUID();
  await trx.insertInto("bridge_ledger_name").values({ id: 1, name }).execute();
  return name;
}

/** Asked for again and again: one long wait would look like a server that fell silent. SQLite's transaction is the lock. */
async function lock(kind: Kind, trx: Trx): Promise<void> {
  if (kind === "sqlite") return;
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const asked =
      kind === "postgres"
        ? sql<{ got: boolean | number | null }>`select pg_try_advisory_xact_lock(${sql.lit(LOCK)}) as got`
        : sql<{ got: boolean | number | null }>`select get_lock(md5(concat('esquadrao_bridge ', database())), 0) as got`;
    const got = (await asked.execute(trx)).rows[0]?.got;
    if (got === true || got === 1) return;
    await sleep(LOCK_EVERY_MS);
  }
  throw new Error("another process migrates the bridge's tables and does not end");
}

async function bring(kind: Kind, trx: Trx, shape: Shape | Added): Promise<void> {
  if (!("add" in shape)) {
    for (const text of statements(kind, shape)) await sql.raw(text).execute(trx);
  } else if (!(await isAdded(kind, trx, shape))) {
    await sql.raw(`alter table ${shape.name} add column ${shape.add} ${typed(kind, shape.as)}`).execute(trx);
  }
}

/** Where a change of a table is no part of the transaction, a kill leaves it behind without its number. */
async function isAdded(kind: Kind, trx: Trx, { name, add }: Added): Promise<boolean> {
  if (kind !== "mysql") return false;
  const asked = sql`select 1 from information_schema.columns where table_schema = database() and table_name = ${name} and column_name = ${add}`;
  return (await asked.execute(trx)).rows.length > 0;
}

function typed(kind: Kind, line: string): string {
  return line.replace(/\b[A-Z]{3,}\b/g, (word) => TYPES[kind][word] ?? word);
}

function statements(kind: Kind, { name, columns, keys = [], indexes = {} }: Shape): string[] {
  const lines = [...columns, ...keys].map((line) => typed(kind, line));
  // MySQL knows no "create index if not exists", and a kill leaves half a migration there: indexes come with the table.
  const inside = kind === "mysql" ? Object.entries(indexes).map(([index, on]) => `key ${index} (${on})`) : [];
  const table = `create table if not exists ${name} (${[...lines, ...inside].join(", ")})`;
  if (kind === "mysql") return [`${table} engine=InnoDB default charset=utf8mb4 collate=utf8mb4_bin`];
  return [table, ...Object.entries(indexes).map(([index, on]) => `create index if not exists ${index} on ${name} (${on})`)];
}
