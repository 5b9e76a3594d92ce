import { randomUUID } from "node:crypto";
import { sql, type Compilable } from "kysely";
import type { BridgeEvent, Said } from "../events.js";
import type { Log } from "../log.js";
import type { Outbox } from "../outbox.js";
import { clock } from "./clock.js";
import type { Database, Unit } from "./database.js";
import { prepared } from "./prepared.js";
import { pages } from "./rows.js";
import type { Trx } from "./tables.js";
import type { Vault } from "./vault.js";

/** Of whom something is said. */
export interface Of {
  channel: string;
  company: string;
  epoch: number;
}
export type Say = (of: Of, said: Said[]) => Promise<void>;

const INSERT = prepared((db, row: { uid: string; channel: string; company: string; epoch: number; body: Buffer }, kind): Compilable<{ id: number }> => {
  const insert = db.insertInto("bridge_event").values({ ...row, at: clock(kind) });
  return kind === "mysql" ? insert : insert.returning("id");
});

/** What one process keeps in memory; what is beyond stays in the table for the relay. */
const MOST_HELD = 20_000;
const RELAY_EVERY_MS = 10_000;
/** Younger rows are in the memory of who wrote them, unless that process died. */
const ORPHAN_MS = 20_000;
const RELAY_PAGE = 500;

/** Every event is first a row of the transaction that made it, then an entry of the stream, until it is applied (R9). */
export class Events {
  private outbox: Pick<Outbox, "add"> | undefined;
  private readonly held = new Set<number>();
  private confirmed: number[] = [];
  private deleting: Promise<void> | undefined;
  private relaying: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly log: Log,
  ) {}

  /** From here on rows leave for the app, those of earlier lives first. */
  start(outbox: Pick<Outbox, "add">): void {
    this.outbox = outbox;
    this.relay(0);
    this.timer = setInterval(() => {
      this.relay(ORPHAN_MS);
      this.forget();
    }, RELAY_EVERY_MS).unref();
  }

  /** A transaction that may say things: they leave once it is committed, or not at all. */
  async write<T>(unit: (trx: Trx, say: Say) => Promise<T>): Promise<T> {
    let made: BridgeEvent[] = [];
    const tried: Unit<T> = (trx) => {
      made = [];
      return unit(trx, async (of, said) => {
        for (const one of said) made.push(await this.insert(trx, of, one));
      });
    };
    const value = await this.database.write(tried);
    for (const event of made) this.hand(event);
    return value;
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.outbox = undefined;
    await this.relaying;
    await this.deleting;
  }

  private async insert(trx: Trx, { channel, company, epoch }: Of, said: Said): Promise<BridgeEvent> {
    const id = randomUUID();
    const at = new Date().toISOString();
    const body = this.vault.seal({ table: "bridge_event", company, channel, id }, JSON.stringify({ at, ...said }));
    const { kind } = this.database;
    const { rows, insertId } = await INSERT(kind, trx, { uid: id, channel, company, epoch, body });
    const seq = Number(kind === "mysql" ? insertId : rows[0]?.id);
    return { id, company, channel, epoch, seq, at, ...said };
  }

  private hand(event: BridgeEvent): void {
    if (this.outbox === undefined || this.held.size >= MOST_HELD || this.held.has(event.seq)) return;
    this.held.add(event.seq);
    this.outbox.add(event, {
      confirmed: () => {
        this.confirmed.push(event.seq);
        this.forget();
      },
    });
  }

  /** Rows of what is applied go together; one that stays behind is said once more, which is harmless. */
  private forget(): void {
    if (this.confirmed.length === 0) return;
    this.deleting ??= this.deleteConfirmed().finally(() => {
      this.deleting = undefined;
    });
  }

  private async deleteConfirmed(): Promise<void> {
    while (this.confirmed.length > 0) {
      const ids = this.confirmed;
      this.confirmed = [];
      try {
        for (const page of pages(ids)) {
          await this.database.write((trx) => trx.deleteFrom("bridge_event").where("id", "in", page).execute());
          for (const id of page) this.held.delete(id);
        }
      } catch (error) {
        this.log.warn({ error: (error as Error).message }, "cannot remove applied events, trying again");
        this.confirmed.push(...ids.filter((id) => this.held.has(id)));
        return;
      }
    }
  }

  private relay(older: number): void {
    this.relaying ??= this.relayRows(older)
      .catch((error: unknown) => {
        this.log.warn({ error: (error as Error).message }, "cannot read events of earlier lives, trying again");
      })
      .finally(() => {
        this.relaying = undefined;
      });
  }

  private async relayRows(older: number): Promise<void> {
    for (let after = 0; this.outbox !== undefined && this.held.size < MOST_HELD; ) {
      const ids = await this.database.read((db) =>
        db
          .selectFrom("bridge_event")
          .select("id")
          .where("id", ">", after)
          .where("at", "<=", sql<number>`${this.database.now} - ${sql.lit(older)}`)
          .orderBy("id")
          .limit(RELAY_PAGE)
          .execute(),
      );
      const last = ids.at(-1);
      if (last === undefined) return;
      after = last.id;
      for (const page of pages(ids.map(({ id }) => id).filter((id) => !this.held.has(id)))) await this.relayPage(page);
    }
  }

  private async relayPage(page: number[]): Promise<void> {
    const rows = await this.database.read((db) => db.selectFrom("bridge_event").selectAll().where("id", "in", page).orderBy("id").execute());
    for (const { id: seq, uid: id, channel, company, epoch, body } of rows) {
      try {
        const said = JSON.parse(this.vault.text({ table: "bridge_event", company, channel, id }, body)) as { at: string } & Said;
        this.hand({ id, company, channel, epoch, seq, ...said });
      } catch (error) {
        // Kept, as a key that is missing may be given again, and told once a process.
        this.held.add(seq);
        this.log.error({ channel, seq, error: (error as Error).message }, "an event cannot be opened");
      }
    }
  }
}
