import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, type RawBuilder } from "kysely";
import type { Log } from "../log.js";
import { Calls, type Call } from "./calls.js";
import { clock } from "./clock.js";
import { GroupedWriter } from "./grouped-writer.js";
import { StoreTimeout } from "./ports.js";
import { mysql, postgres } from "./servers.js";
import { LibsqlDialect } from "./sqlite.js";
import type { Db, Kind, Tables, Trx } from "./tables.js";

export type Unit<T> = (trx: Trx) => Promise<T>;

const TRIES = 5;
/** Deadlock, lock wait, serialisation, and a row that another transaction inserted first: the same work again. */
const PASSING = new Set<unknown>(["40001", "40P01", "23505", 1213, 1205, 1062]);

/** One database, whichever of the three: transactions that are tried again, every call with its deadline. */
export class Database {
  private readonly writer: GroupedWriter | undefined;

  private constructor(
    readonly kind: Kind,
    private readonly db: Db,
    readonly calls: Calls,
  ) {
    this.writer = kind === "sqlite" ? new GroupedWriter(db) : undefined;
  }

  /** `url` as the Python side writes it. Connects at the first call. */
  static at(url: string, log: Log, calls = new Calls()): Database {
    const scheme = url.slice(0, url.indexOf(":"));
    if (scheme === "sqlite") return new Database("sqlite", new Kysely<Tables>({ dialect: new LibsqlDialect(url.slice("sqlite://".length)) }), calls);
    if (scheme === "postgres" || scheme === "postgresql") return new Database("postgres", new Kysely<Tables>({ dialect: postgres(url, log) }), calls);
    if (scheme === "mysql" || scheme === "mariadb") return new Database("mysql", new Kysely<Tables>({ dialect: mysql(url) }), calls);
    throw new Error("the bridge's database must begin with sqlite://, postgres:// or mysql://");
  }

  /** Milliseconds by the database's clock. */
  get now(): RawBuilder<number> {
    return clock(this.kind);
  }

  read<T>(query: (db: Db) => Promise<T>): Promise<T> {
    return this.calls.within(() => query(this.db));
  }

  /** One transaction, committed when this resolves; `unit` may run more than once and has no other effects. */
  write<T>(unit: Unit<T>): Promise<T> {
    return this.calls.within((call) => (this.writer === undefined ? this.transact(unit, call) : this.writer.add(unit, call)));
  }

  /** For migrations: a transaction without deadline, not tried again. */
  alone<T>(unit: Unit<T>): Promise<T> {
    return this.db.transaction().execute(unit);
  }

  async close(): Promise<void> {
    await this.writer?.settled();
    await this.db.destroy();
  }

  private async transact<T>(unit: Unit<T>, call: Call): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.db.transaction().execute((trx) => {
          if (call.isGivenUp) throw new StoreTimeout("given up before it began");
          return unit(trx);
        });
      } catch (error) {
        const { code, errno } = error as { code?: unknown; errno?: unknown };
        if (tries === TRIES || call.isGivenUp || !(PASSING.has(code) || PASSING.has(errno))) throw error;
      }
      // Two that met once meet again unless they part.
      await sleep(Math.random() * 20 * tries);
    }
  }
}
