import { sql, type RawBuilder } from "kysely";
import type { Database } from "./database.js";
import { INBOUND_PLAINTEXT } from "./plaintexts.js";
import type { Swept } from "./ports.js";
import type { Trx } from "./tables.js";

const DAY_MS = 86_400_000;
/** WhatsApp asks for a message again for this long, and sends one again for as long. */
const KEPT_MS = 14 * DAY_MS;
/** A copy of a stanza that was dealt with comes within hours, if at all; nor is its plaintext needed for longer. */
const DONE_KEPT_MS = DAY_MS;
/** A plaintext of a day has a stanza at least as old: half of it leaves room for a clock that was set. */
const WAITING_MS = DAY_MS / 2;
/** Rows of each sort in one round: a transaction of some milliseconds. */
const ROUND = 500;

/** One bounded round over what is too old, each sort in a transaction of its own. */
export async function sweep(database: Database): Promise<Swept> {
  const before = (age: number) => sql<number>`${database.now} - ${sql.lit(age)}`;
  const done = await database.write((trx) => deleteStanzas(trx, (old) => old.where("done_at", "<", before(DONE_KEPT_MS))));
  const undone = await database.write((trx) =>
    deleteStanzas(trx, (old) => old.where("done_at", "is", null).where("at", "<", before(KEPT_MS))),
  );
  const contents = await database.write(async (trx) => {
    const old = trx.selectFrom("bridge_message").select(["channel", "wa_id"]).where("content_at", "<", before(KEPT_MS));
    const rows = await old.limit(ROUND).execute();
    for (const { channel, wa_id } of rows) {
      await trx.updateTable("bridge_message").set({ content: null, content_at: null }).where("channel", "=", channel).where("wa_id", "=", wa_id).execute();
    }
    return rows.length;
  });
  const plaintexts = await database.write((trx) => deletePlaintexts(trx, before));
  return { stanzas: done + undone, contents, plaintexts, more: Math.max(done, undone, contents, plaintexts) === ROUND };
}

type Before = (age: number) => RawBuilder<number>;

/** Nobody knows whose they are, or of which stanza: while an old one of the channel still waits they stay, as long as it may. */
async function deletePlaintexts(trx: Trx, before: Before): Promise<number> {
  const rows = await trx
    .selectFrom("bridge_signal_key as plaintext")
    .select(["plaintext.channel", "plaintext.key_id"])
    .where("plaintext.type", "=", INBOUND_PLAINTEXT)
    .where("plaintext.at", "<", before(DONE_KEPT_MS))
    .where((row) => {
      const waiting = row.selectFrom("bridge_inbound as stanza").select("stanza.id").whereRef("stanza.channel", "=", "plaintext.channel");
      const old = waiting.where("stanza.done_at", "is", null).where("stanza.at", "<", before(WAITING_MS));
      return row.or([row("plaintext.at", "<", before(KEPT_MS)), row.not(row.exists(old))]);
    })
    .limit(ROUND)
    .execute();
  for (const { channel, key_id } of rows) {
    const one = trx.deleteFrom("bridge_signal_key").where("channel", "=", channel).where("type", "=", INBOUND_PLAINTEXT);
    await one.where("key_id", "=", key_id).execute();
  }
  return rows.length;
}

type Stanzas = ReturnType<typeof stanzaIds>;

function stanzaIds(trx: Trx) {
  return trx.selectFrom("bridge_inbound").select("id");
}

async function deleteStanzas(trx: Trx, which: (all: Stanzas) => Stanzas): Promise<number> {
  const ids = (await which(stanzaIds(trx)).limit(ROUND).execute()).map(({ id }) => id);
  if (ids.length > 0) await trx.deleteFrom("bridge_inbound").where("id", "in", ids).execute();
  return ids.length;
}
