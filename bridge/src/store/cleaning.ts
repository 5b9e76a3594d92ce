import { sql } from "kysely";
import type { Database } from "./database.js";
import { INBOUND_PLAINTEXT } from "./keys.js";
import type { Swept } from "./ports.js";
import type { Trx } from "./tables.js";
import type { Vault } from "./vault.js";

const DAY_MS = 86_400_000;
/** WhatsApp asks for a message again for this long, and sends one again for as long. */
const KEPT_MS = 14 * DAY_MS;
/** A copy of a stanza that was dealt with comes within hours, if at all. */
const DONE_KEPT_MS = DAY_MS;
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
  const plaintexts = await database.write(async (trx) => {
    const old = trx.selectFrom("bridge_signal_key").select(["channel", "key_id"]).where("type", "=", INBOUND_PLAINTEXT).where("at", "<", before(KEPT_MS));
    const rows = await old.limit(ROUND).execute();
    for (const { channel, key_id } of rows) {
      const one = trx.deleteFrom("bridge_signal_key").where("channel", "=", channel).where("type", "=", INBOUND_PLAINTEXT);
      await one.where("key_id", "=", key_id).execute();
    }
    return rows.length;
  });
  return { stanzas: done + undone, contents, plaintexts, more: Math.max(done, undone, contents, plaintexts) === ROUND };
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

/** Who is in a Signal key's name: alone, with a device, as a jid, or as sender of a group's key. */
function namesOf(user: string): string[] {
  return [user, `${user}.%`, `${user}!_%`, `${user}:%`, `${user}@%`, `%::${user}::%`, `%::${user}!_%`];
}

/** Text, recipient, keys and LID of one person of one channel; the ledger's row itself stays, so that nothing is written twice. */
export async function erase(database: Database, vault: Vault, { channel, company, phone }: { channel: string; company: string; phone: string }): Promise<void> {
  const people = vault.people(phone, company);
  await database.write(async (trx) => {
    const ofPerson = trx.updateTable("bridge_message").set({ content: null, content_at: null, first: null, person: null });
    await ofPerson.where("channel", "=", channel).where("person", "in", people).execute();
    const lids = await trx.selectFrom("bridge_lid").select("lid").where("channel", "=", channel).where("person", "in", people).execute();
    await trx.deleteFrom("bridge_lid").where("channel", "=", channel).where("person", "in", people).execute();
    const users = [...spellings(phone), ...lids.map(({ lid }) => lid.replace(/\D.*$/, ""))];
    for (const user of users.filter((name) => name !== "")) {
      for (const name of namesOf(user)) {
        const keys = trx.deleteFrom("bridge_signal_key").where("channel", "=", channel);
        await keys.where(sql<boolean>`key_id like ${name} escape '!'`).execute();
      }
    }
  });
}

/** A Brazilian mobile may be registered with its ninth digit or without. */
function spellings(phone: string): string[] {
  const digits = phone.replace(/\D/g, "");
  const [, area, number] = /^55(\d\d)9?(\d{8})$/.exec(digits) ?? [];
  if (area === undefined || number === undefined) return [digits];
  return [`55${area}${number}`, `55${area}9${number}`];
}
