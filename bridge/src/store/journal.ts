import type { Database } from "./database.js";
import { Grouped } from "./grouped.js";
import type { Stanza } from "./ports.js";
import { pages, upsert } from "./rows.js";
import type { Trx } from "./tables.js";
import type { Place, Vault } from "./vault.js";

interface Arrived {
  channel: string;
  stanza_key: string;
  body: Buffer;
}

/** Every stanza that came, raw, before anything reads it: what a kill interrupts is read again. */
export class Journal {
  private readonly grouped: Grouped<Arrived>;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
  ) {
    this.grouped = new Grouped((rows) => this.insert(rows));
  }

  /** Committed when this resolves, in one transaction with what other channels bring at the moment. */
  arrived({ channel, company }: { channel: string; company: string }, stanzas: Stanza[]): Promise<void> {
    const rows = stanzas.map(({ key, body }) => ({
      channel,
      stanza_key: key,
      body: this.vault.seal(placeOfStanza(channel, company, key), body),
    }));
    return rows.length === 0 ? Promise.resolve() : this.grouped.add(rows);
  }

  async undone({ channel, company }: { channel: string; company: string }, after: number, most: number): Promise<{ at: number; stanza: Stanza }[]> {
    const rows = await readUndone(this.database, channel, after, most);
    return rows.flatMap(({ id, stanza_key: key, body }) =>
      body === null ? [] : [{ at: id, stanza: { key, body: this.vault.open(placeOfStanza(channel, company, key), body) } }],
    );
  }

  private async insert(rows: Arrived[]): Promise<void> {
    const { kind, now } = this.database;
    const all = rows.map((row) => ({ ...row, at: now, done_at: null }));
    await this.database.write((trx) => upsert(kind, trx, "bridge_inbound", all, { keys: ["channel", "stanza_key"], columns: [] }));
  }
}

/** A page of the stanzas of a channel that nobody has dealt with, sealed. */
export function readUndone(database: Database, channel: string, after: number, most: number): Promise<{ id: number; stanza_key: string; body: Buffer | null }[]> {
  return database.read((db) =>
    db
      .selectFrom("bridge_inbound")
      .select(["id", "stanza_key", "body"])
      .where("channel", "=", channel)
      .where("done_at", "is", null)
      .where("id", ">", after)
      .orderBy("id")
      .limit(most)
      .execute(),
  );
}

/** In the transaction of what was made of them. Their bodies go at once: nothing reads them again. */
export async function markDone(database: Database, trx: Trx, channel: string, keys: string[]): Promise<void> {
  for (const page of pages(keys)) {
    await trx
      .updateTable("bridge_inbound")
      .set({ done_at: database.now, body: null })
      .where("channel", "=", channel)
      .where("stanza_key", "in", page)
      .where("done_at", "is", null)
      .execute();
  }
}

export function placeOfStanza(channel: string, company: string, key: string): Place {
  return { table: "bridge_inbound", company, channel, id: key };
}
