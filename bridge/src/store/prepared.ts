import { CompiledQuery, type Compilable } from "kysely";
import type { Db, Kind } from "./tables.js";

/** Stands in a statement where a value will be. */
class Slot {
  constructor(readonly name: string) {}
}

interface Plan {
  sql: string;
  /** What each parameter is: the value of a slot, or always the same. */
  parameters: readonly unknown[];
}

/**
 * A statement of the hot path, composed once for each database and each set of given names: composing it anew costs more
 * than what SQLite does for it. `build` may look at which names are given, never at their values.
 */
export function prepared<Given extends object, Row>(build: (db: Db, given: Required<Given>, kind: Kind) => Compilable<Row>) {
  const plans = new Map<string, Plan>();
  return async (kind: Kind, db: Db, given: Given): Promise<{ rows: Row[]; insertId?: bigint | undefined }> => {
    const names = Object.keys(given);
    const shape = `${kind} ${names.join(" ")}`;
    let plan = plans.get(shape);
    if (plan === undefined) {
      const slots = Object.fromEntries(names.map((name) => [name, new Slot(name)])) as unknown as Required<Given>;
      plan = build(db, slots, kind).compile();
      plans.set(shape, plan);
    }
    const values = plan.parameters.map((one) => (one instanceof Slot ? (given as Record<string, unknown>)[one.name] : one));
    return db.executeQuery<Row>(CompiledQuery.raw(plan.sql, values));
  };
}
