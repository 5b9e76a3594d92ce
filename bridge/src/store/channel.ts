import { BufferJSON, type AuthenticationCreds, type SignalKeyStore } from "baileys";
import type { Journal } from "./journal.js";
import { markDone } from "./journal.js";
import { SqlKeys, type Holder } from "./keys.js";
import { fence } from "./leases.js";
import { SqlLedger, type Books } from "./ledger.js";
import type { Lids } from "./lids.js";
import { INBOUND_PLAINTEXT } from "./plaintexts.js";
import type { ChannelStore, Ledger, Stanza, Step } from "./ports.js";
import { upsert } from "./rows.js";
import type { Place } from "./vault.js";

/** What one generation of a session may keep: `holder` is its lease. */
export class SqlChannelStore implements ChannelStore {
  readonly channel: string;
  readonly company: string;
  readonly epoch: number;
  readonly keys: SignalKeyStore;
  readonly ledger: Ledger;
  private readonly entries: SqlLedger;

  constructor(
    private readonly books: Books,
    private readonly around: { journal: Journal; lids: Lids },
    private readonly holder: Holder,
  ) {
    ({ channel: this.channel, company: this.company, epoch: this.epoch } = holder);
    this.keys = new SqlKeys(books.database, books.vault, holder);
    this.ledger = this.entries = new SqlLedger(books, holder);
  }

  async credentials(): Promise<AuthenticationCreds | undefined> {
    const { database, vault } = this.books;
    const row = await database.read((db) =>
      db.selectFrom("bridge_credential").select("body").where("channel", "=", this.channel).executeTakeFirst(),
    );
    return row === undefined ? undefined : (JSON.parse(vault.text(this.placeOfCredentials(), row.body), BufferJSON.reviver) as AuthenticationCreds);
  }

  async saveCredentials(credentials: AuthenticationCreds): Promise<void> {
    const { database, vault } = this.books;
    const body = vault.seal(this.placeOfCredentials(), JSON.stringify(credentials, BufferJSON.replacer));
    await database.write(async (trx) => {
      await fence(database.kind, trx, this.holder);
      await upsert(database.kind, trx, "bridge_credential", [{ channel: this.channel, body }], { keys: ["channel"], columns: ["body"] });
    });
  }

  async wipe(): Promise<void> {
    const { database } = this.books;
    await database.write(async (trx) => {
      await fence(database.kind, trx, this.holder);
      await trx.deleteFrom("bridge_credential").where("channel", "=", this.channel).execute();
      await trx.deleteFrom("bridge_signal_key").where("channel", "=", this.channel).where("type", "<>", INBOUND_PLAINTEXT).execute();
      await trx.updateTable("bridge_session").set({ paired: 0 }).where("channel", "=", this.channel).execute();
    });
  }

  arrived(stanzas: Stanza[]): Promise<void> {
    return this.around.journal.arrived(this, stanzas);
  }

  undone(after: number, most: number): Promise<{ at: number; stanza: Stanza }[]> {
    return this.around.journal.undone(this, after, most);
  }

  async step({ say: said = [], done = [] }: Step): Promise<void> {
    if (said.length + done.length === 0) return;
    await this.books.events.write(async (trx, say) => {
      await markDone(this.books.database, trx, this.channel, done);
      await say(this.holder, said);
    });
  }

  sentContent(waId: string): Promise<Uint8Array | undefined> {
    return this.entries.content(waId);
  }

  phoneOfLid(lid: string): Promise<string | undefined> {
    return this.around.lids.phoneOf(this, lid);
  }

  rememberLid(pairs: { lid: string; phone: string }[]): Promise<void> {
    return this.around.lids.remember(this, pairs);
  }

  private placeOfCredentials(): Place {
    return { table: "bridge_credential", company: this.company, channel: this.channel, id: "" };
  }
}
