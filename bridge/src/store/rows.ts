import { sql, type Insertable, type RawBuilder, type Transaction } from "kysely";
import type { Kind, Table, Tables, Trx } from "./tables.js";

/** Below every database's bound of parameters in one statement. */
const PAGE = 200;

/** A row to be inserted, whose values the database itself may make. */
export type Given<T extends Table> = { [C in keyof Insertable<Tables[T]>]: Insertable<Tables[T]>[C] | RawBuilder<unknown> };

export function* pages<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += PAGE) yield all.slice(at, at + PAGE);
}

/** Inserts rows. Of one whose `keys` are there already the `columns` are replaced; with no columns it stays as it is. */
export async function upsert<T extends Table>(
  kind: Kind,
  trx: Trx,
  table: T,
  rows: Given<T>[],
  { keys, columns }: { keys: string[]; columns: string[] },
): Promise<void> {
  // One statement for whatever table: its columns are checked by the parameters above.
  const loose = trx as unknown as Transaction<Record<string, Record<string, unknown>>>;
  const name: string = table;
  for (const page of pages(rows)) {
    const insert = loose.insertInto(name).values(page);
    if (kind === "mysql") {
      // "insert ignore" would swallow other errors too: setting a key to itself changes nothing.
      const named = columns.length === 0 ? keys.slice(0, 1) : columns;
      await insert.onDuplicateKeyUpdate(Object.fromEntries(named.map((column) => [column, sql`values(${sql.ref(column)})`]))).execute();
    } else {
      const set = Object.fromEntries(columns.map((column) => [column, sql.ref(`excluded.${column}`)]));
      await insert.onConflict((on) => (columns.length === 0 ? on.columns(keys).doNothing() : on.columns(keys).doUpdateSet(set))).execute();
    }
  }
}
