import type { Database } from "./database.js";
import type { Events, Of } from "./events.js";
import { pages, upsert } from "./rows.js";
import type { Place, Vault } from "./vault.js";

/** Who a LID is: WhatsApp names people by either. */
export class Lids {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly events: Pick<Events, "write">,
  ) {}

  async phoneOf({ channel, company }: { channel: string; company: string }, lid: string): Promise<string | undefined> {
    const row = await this.database.read((db) =>
      db.selectFrom("bridge_lid").select("phone").where("channel", "=", channel).where("lid", "=", lid).executeTakeFirst(),
    );
    return row === undefined ? undefined : this.vault.text(placeOf(channel, company, lid), row.phone);
  }

  /** And tells, in the same transaction: of a pair that is known here nobody would be told again. */
  async remember(of: Of, pairs: { lid: string; phone: string }[]): Promise<void> {
    const { channel, company } = of;
    // The last of a pair counts, and one statement must not name a row twice.
    const newest = [...new Map(pairs.map(({ lid, phone }) => [lid, phone]))].sort(([a], [b]) => (a < b ? -1 : 1));
    const rows = newest.map(([lid, phone]) => ({
      channel,
      lid,
      person: this.vault.people(phone, company)[0],
      phone: this.vault.seal(placeOf(channel, company, lid), phone),
    }));
    if (rows.length === 0) return;
    await this.events.write(async (trx, say) => {
      await upsert(this.database.kind, trx, "bridge_lid", rows, { keys: ["channel", "lid"], columns: ["person", "phone"] });
      for (const page of pages(newest)) await say(of, [{ type: "lid.mapped", data: { pairs: page.map(([lid, phone]) => ({ lid, phone })) } }]);
    });
  }
}

function placeOf(channel: string, company: string, lid: string): Place {
  return { table: "bridge_lid", company, channel, id: lid };
}
