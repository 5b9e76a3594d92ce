import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import mysql from "mysql2/promise";
import pg from "pg";
import { pino } from "pino";
import { afterAll, beforeAll, describe, it } from "vitest";
import { Database } from "../../src/store/database.js";
import { openStore } from "../../src/store/open.js";
import type { Store } from "../../src/store/ports.js";
import type { Kind } from "../../src/store/tables.js";

export const KEYS = "a key only for tests of more than 32 characters";
export const silent = pino({ level: "silent" });

/** A database of this test file's own, and the stores that were opened on it. */
export class Ground {
  url = "";
  private readonly stores: Store[] = [];

  constructor(readonly kind: Kind) {}

  /** Each is what another bridge process would have: its own owner, its own memory. */
  async open(keys = KEYS, lease?: number): Promise<Store> {
    const store = await openStore({ url: this.url, keys, log: silent, ...(lease !== undefined && { lease }) });
    this.stores.push(store);
    return store;
  }

  async close(): Promise<void> {
    await Promise.all(this.stores.splice(0).map((store) => store.close()));
  }

  async count(table: string): Promise<number> {
    const database = Database.at(this.url, silent);
    const { rows } = await database.read((db) => sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(db));
    await database.close();
    return Number(rows[0]?.n);
  }

  /** Runs a statement past the store: what somebody with the database's password could do. */
  async tamper(text: string): Promise<void> {
    await run(this.url, [text]);
  }
}

const SERVERS = { postgres: process.env["TEST_POSTGRES_URL"], mysql: process.env["TEST_MYSQL_URL"] };

/** The rules of `tests` on the three databases; a server whose TEST_…_URL is not given is skipped by name. */
export function onEachDatabase(title: string, tests: (ground: Ground) => void): void {
  describe(`${title} [sqlite]`, () => {
    const ground = new Ground("sqlite");
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "store-"));
      ground.url = `sqlite://${join(folder, "bridge.sqlite3")}`;
    });
    afterAll(async () => {
      await ground.close();
      await rm(folder, { recursive: true });
    });
    tests(ground);
  });
  for (const [name, server] of Object.entries(SERVERS)) {
    if (server === undefined || server === "") {
      it.skip(`${title} [${name}]: TEST_${name.toUpperCase()}_URL is not set`);
      continue;
    }
    describe(`${title} [${name}]`, () => {
      const ground = new Ground(name as Kind);
      const database = `bridge_test_${randomUUID().slice(0, 8)}`;
      beforeAll(async () => {
        await run(server, [`create database ${database}`]);
        ground.url = Object.assign(new URL(server), { pathname: `/${database}` }).href;
      });
      afterAll(async () => {
        await ground.close();
        await run(server, [`drop database ${database}`]);
      });
      tests(ground);
    });
  }
}

async function run(url: string, statements: string[]): Promise<void> {
  if (url.startsWith("sqlite:")) {
    const { default: Libsql } = await import("libsql");
    const file = new Libsql(url.slice("sqlite://".length));
    for (const text of statements) file.exec(text);
    file.close();
  } else if (url.startsWith("postgres")) {
    const client = new pg.Client(url);
    await client.connect();
    for (const text of statements) await client.query(text);
    await client.end();
  } else {
    const connection = await mysql.createConnection(url);
    for (const text of statements) await connection.query(text);
    await connection.end();
  }
}

/** Waits for what is to become true; the test's own time-out is the limit. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((done) => setImmediate(done));
}
