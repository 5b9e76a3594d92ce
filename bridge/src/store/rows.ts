import { isExpression, sql, type Insertable, type Kysely, type RawBuilder } from "kysely";
import { prepared } from "./prepared.js";
import type { Db, Kind, Table, Tables, Trx } from "./tables.js";

/** Below every database's bound of parameters in one statement. */
const PAGE = 200;

/** A row to be inserted, whose values the database itself may make. */
export type Given<T extends Table> = { [C in keyof Insertable<Tables[T]>]: Insertable<Tables[T]>[C] | RawBuilder<unknown> };

export function* pages<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += PAGE) yield all.slice(at, at + PAGE);
}

type Loose = Record<string, unknown>;
type Upsert = (kind: Kind, db: Db, values: Loose) => Promise<unknown>;
const upserts = new Map<string, Upsert>();

/** Inserts rows of one form. Of one whose `keys` are there already the `columns` are replaced; with no columns it stays as it is. */
export async function upsert<T extends Table>(
  kind: Kind,
  trx: Trx,
  table: T,
  rows: Given<T>[],
  on: { keys: string[]; columns: string[] },
): Promise<void> {
  for (const page of pages<Loose>(rows)) {
    const name = `${kind} ${table} ${String(page.length)} ${on.keys.join(" ")} > ${on.columns.join(" ")}`;
    let run = upserts.get(name);
    if (run === undefined) upserts.set(name, (run = composed(table, page, on)));
    await run(kind, trx, valuesOf(page));
  }
}

/** What the database makes itself is part of the statement, as in the first rows that come; of their values nothing is kept. */
function composed(table: string, first: Loose[], { keys, columns }: { keys: string[]; columns: string[] }): Upsert {
  const form = first.map((row) => Object.entries(row).map(([column, value]) => [column, isExpression(value) ? value : undefined] as const));
  return prepared<Loose, unknown>((db, slots, kind) => {
    const rows = form.map((row, at) => Object.fromEntries(row.map(([column, made]) => [column, made ?? slots[nameOf(at, column)]])));
    const insert = (db as unknown as Kysely<Record<string, Loose>>).insertInto(table).values(rows);
    // "insert ignore" would swallow other errors too: setting a key to itself changes nothing.
    const named = columns.length === 0 ? keys.slice(0, 1) : columns;
    if (kind === "mysql") return insert.onDuplicateKeyUpdate(Object.fromEntries(named.map((column) => [column, sql`values(${sql.ref(column)})`])));
    const set = Object.fromEntries(columns.map((column) => [column, sql.ref(`excluded.${column}`)]));
    return insert.onConflict((conflict) => (columns.length === 0 ? conflict.columns(keys).doNothing() : conflict.columns(keys).doUpdateSet(set)));
  });
}

function valuesOf(rows: Loose[]): Loose {
  const given = rows.flatMap((row, at) => Object.entries(row).map(([column, value]): [string, unknown] => [nameOf(at, column), value]));
  return Object.fromEntries(given.filter(([, value]) => !isExpression(value)));
}

function nameOf(at: number, column: string): string {
  return `${String(at)}.${column}`;
}
