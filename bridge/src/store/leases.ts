import { sql } from "kysely";
import type { Database } from "./database.js";
import { LeaseLost, type Leases } from "./ports.js";
import { prepared } from "./prepared.js";
import { pages } from "./rows.js";
import type { Kind, Trx } from "./tables.js";

/** Who holds a channel's socket: by the database's clock, the epoch raised at each taking. */
export class SqlLeases implements Leases {
  constructor(
    private readonly database: Database,
    private readonly owner: string,
    /** Milliseconds. */
    private readonly length: number,
  ) {}

  take(channel: string, company: string): Promise<{ epoch: number } | undefined> {
    const { database, owner, length } = this;
    const until_at = sql<number>`${database.now} + ${sql.lit(length)}`;
    return database.write(async (trx) => {
      const row = await locking(
        database.kind,
        trx.selectFrom("bridge_lease").select(["epoch", "owner", sql<number>`${database.now} - until_at`.as("over")]).where("channel", "=", channel),
      ).executeTakeFirst();
      if (row === undefined) {
        await trx.insertInto("bridge_lease").values({ channel, company, owner, epoch: 1, until_at }).execute();
        return { epoch: 1 };
      }
      // Our own, taken again, is a new generation: the old one's writes are refused from here on.
      if (row.owner !== owner && row.over < 0) return undefined;
      const epoch = row.epoch + 1;
      await trx.updateTable("bridge_lease").set({ company, owner, epoch, until_at }).where("channel", "=", channel).execute();
      return { epoch };
    });
  }

  renew(held: { channel: string; epoch: number }[]): Promise<Set<string>> {
    const { database, owner, length } = this;
    return database.write(async (trx) => {
      const ours = new Set<string>();
      // One order for everybody: two that lock the same rows the other way round would wait for each other.
      const sorted = [...held].sort((a, b) => (a.channel < b.channel ? -1 : 1));
      for (const page of pages(sorted)) {
        const channels = page.map(({ channel }) => channel);
        const rows = await locking(
          database.kind,
          trx.selectFrom("bridge_lease").select(["channel", "epoch"]).where("channel", "in", channels).where("owner", "=", owner).orderBy("channel"),
        ).execute();
        const epochs = new Map(rows.map((row) => [row.channel, row.epoch]));
        const still = page.filter(({ channel, epoch }) => epochs.get(channel) === epoch).map(({ channel }) => channel);
        if (still.length === 0) continue;
        const until_at = sql<number>`${database.now} + ${sql.lit(length)}`;
        await trx.updateTable("bridge_lease").set({ until_at }).where("channel", "in", still).execute();
        for (const channel of still) ours.add(channel);
      }
      return ours;
    });
  }

  async release(channel: string, epoch: number): Promise<void> {
    await this.database.write((trx) =>
      trx
        .updateTable("bridge_lease")
        .set({ owner: "", until_at: 0 })
        .where("channel", "=", channel)
        .where("owner", "=", this.owner)
        .where("epoch", "=", epoch)
        .execute(),
    );
  }
}

const HOLDER = prepared((db, of: { channel: string }, kind) =>
  locking(kind, db.selectFrom("bridge_lease").select(["owner", "epoch"]).where("channel", "=", of.channel)),
);

/** Holds the lease's row until the transaction ends: who took the lease meanwhile waits, or is found here. */
export async function fence(kind: Kind, trx: Trx, of: { channel: string; owner: string; epoch: number }): Promise<void> {
  const { rows: [row] } = await HOLDER(kind, trx, { channel: of.channel });
  if (row?.owner !== of.owner || row.epoch !== of.epoch) throw new LeaseLost(`epoch ${of.epoch} no longer holds this channel`);
}

/** SQLite has no row locks and needs none: its transactions are one after another. */
export function locking<Q extends { forUpdate(): Q }>(kind: Kind, query: Q): Q {
  return kind === "sqlite" ? query : query.forUpdate();
}
