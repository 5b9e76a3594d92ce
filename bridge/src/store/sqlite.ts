import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, SqliteDialect, SqliteDriver, type DatabaseConnection, type Driver, type SqliteDatabase, type SqliteStatement } from "kysely";
import Libsql from "libsql";

/** SQLite's own wait blocks the whole process, so it is short; the long wait is ours, between tries. */
const BUSY_MS = 20;
const RETRY_MS = 10;
/** Below the deadline of a call, so that what is given up is really over. */
const PATIENCE_MS = 4_000;
/** Texts of statements differ by their numbers of rows: a bound, not a working set. */
const STATEMENTS = 300;

interface Native {
  reader: boolean;
  all(parameters: readonly unknown[]): Record<string, unknown>[];
  run(parameters: readonly unknown[]): { changes: number; lastInsertRowid: number };
}

/** A file of the bridge's own. `path` as it stands after `sqlite://`; its folder must exist. */
export class LibsqlDialect extends SqliteDialect {
  private readonly driver: Driver;

  constructor(path: string) {
    const database = (): Promise<SqliteDatabase> => Promise.resolve(openFile(path));
    super({ database });
    this.driver = new ImmediateDriver({ database });
  }

  override createDriver(): Driver {
    return this.driver;
  }
}

/** A transaction begins as a writer: one that starts reading and then writes can fail in its middle. */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    const giveUp = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        return;
      } catch (error) {
        if ((error as { code?: string }).code !== "SQLITE_BUSY" || performance.now() > giveUp) throw error;
      }
      await sleep(RETRY_MS);
    }
  }
}

function openFile(path: string): SqliteDatabase {
  const native = new Libsql(path);
  native.pragma(`busy_timeout = ${BUSY_MS}`);
  native.pragma("journal_mode = WAL");
  native.pragma("synchronous = FULL");
  native.pragma("secure_delete = ON");
  const statements = new Map<string, SqliteStatement>();
  return {
    prepare: (text) => {
      const known = statements.get(text);
      if (known !== undefined) return known;
      if (statements.size >= STATEMENTS) statements.clear();
      const prepared = statement(native.prepare(text) as unknown as Native);
      statements.set(text, prepared);
      return prepared;
    },
    close: () => {
      statements.clear();
      native.close();
    },
  };
}

/** libsql hands BLOBs out as ArrayBuffer, which nothing else here knows. */
function statement(native: Native): SqliteStatement {
  return {
    reader: native.reader,
    all: (parameters) => native.all(parameters).map(withBuffers),
    run: (parameters) => native.run(parameters),
    iterate: (parameters) => native.all(parameters).map(withBuffers).values(),
  };
}

function withBuffers(row: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(row)) if (value instanceof ArrayBuffer) row[name] = Buffer.from(value);
  return row;
}
