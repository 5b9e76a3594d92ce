import { sql, type RawBuilder } from "kysely";
import type { Kind } from "./tables.js";

/** Milliseconds since 1970 by the database's own clock, inside a statement. */
export function clock(kind: Kind): RawBuilder<number> {
  if (kind === "postgres") return sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`;
  if (kind === "mysql") return sql<number>`(timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000)`;
  return sql<number>`cast((julianday('now') - 2440587.5) * 86400000 as integer)`;
}
