import type { Socket } from "node:net";
import { CompiledQuery, MysqlDialect, PostgresDialect, type MysqlPool } from "kysely";
import { createPool, type PoolConnection } from "mysql2";
import pg from "pg";
import type { Log } from "../log.js";
import { CALL_MS } from "./calls.js";

/** Connections of one bridge process: calls are short, and a small server has 100 for everybody. */
const CONNECTIONS = 10;
// Numbers here are counts and milliseconds: below 2^53.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);

export function postgres(url: string, log: Log): PostgresDialect {
  const pool = new pg.Pool({
    connectionString: url,
    max: CONNECTIONS,
    connectionTimeoutMillis: CALL_MS,
    statement_timeout: CALL_MS,
    idle_in_transaction_session_timeout: 2 * CALL_MS,
    keepAlive: true,
  });
  const lost = (error: Error): void => {
    log.warn({ error: error.message }, "a connection to the database is lost");
  };
  pool.on("error", lost);
  const silence = new Silence();
  pool.on("connect", (client) => {
    // While it is checked out nobody else listens: unheard, this event would end the process.
    client.on("error", lost);
    silence.watch(client, (client as unknown as { connection: { stream: Socket } }).connection.stream);
  });
  pool.on("acquire", (client) => silence.used.add(client));
  pool.on("release", (_, client) => silence.used.delete(client));
  return new PostgresDialect({ pool });
}

export function mysql(url: string): MysqlDialect {
  const pool = createPool({
    uri: url.replace(/^mariadb:/, "mysql:"),
    connectionLimit: CONNECTIONS,
    connectTimeout: CALL_MS,
    charset: "utf8mb4_bin",
    // A rowcount of changed rows would tell a fence that did not rise from a row that is not there.
    flags: ["FOUND_ROWS"],
    enableKeepAlive: true,
  });
  const silence = new Silence();
  pool.on("connection", (connection) => {
    silence.watch(connection, (connection as unknown as { stream: Socket }).stream);
  });
  pool.on("acquire", (connection: PoolConnection) => silence.used.add(connection));
  pool.on("release", (connection: PoolConnection) => silence.used.delete(connection));
  return new MysqlDialect({
    pool: pool as unknown as MysqlPool,
    onCreateConnection: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw("set session transaction isolation level read committed"));
      await connection.executeQuery(CompiledQuery.raw("set session innodb_lock_wait_timeout = 3"));
    },
  });
}

/** Ends a connection whose server fell silent in the middle of a call: else the next call waits behind it. */
class Silence {
  readonly used = new Set<object>();

  watch(connection: object, socket: Socket): void {
    socket.setTimeout(CALL_MS, () => {
      if (this.used.has(connection)) socket.destroy(new Error("the database fell silent"));
    });
    socket.once("close", () => this.used.delete(connection));
  }
}
