import { sql } from "kysely";
import type { Database } from "./database.js";
import { userOf, withoutPerson, type Sealed } from "./erasing-events.js";
import { sortUndone } from "./erasing-journal.js";
import { markDone } from "./journal.js";
import { SqlKeys } from "./keys.js";
import { INBOUND_PLAINTEXT } from "./plaintexts.js";
import { pages } from "./rows.js";
import type { Vault } from "./vault.js";

/** Whose data, on which channel. */
export interface Erased {
  channel: string;
  company: string;
  phone: string;
}

/** Rows read at once; each is opened to see whom it is about. */
const A_PAGE = 200;

/**
 * Takes away what the bridge holds of one person on one channel: stanzas nobody dealt with, plaintexts, events that are
 * not applied, ledger text and recipient, Signal keys and LIDs. The ledger's row itself stays, so that nothing is
 * written twice. Run twice it changes nothing; the LIDs go last, since what is left is found by them.
 *
 * What is in memory or in Redis already reaches the app all the same, and is the app's to forget.
 */
export async function erase(database: Database, vault: Vault, of: Erased): Promise<void> {
  const users = await usersOf(database, vault, of);
  await eraseInbound(database, vault, of, users);
  await eraseEvents(database, vault, of, users);
  await erasePerson(database, vault, of, users);
}

/** A plaintext names nobody: of the channel's all go but those that a stanza of somebody else may still need. */
async function eraseInbound(database: Database, vault: Vault, of: Erased, users: ReadonlySet<string>): Promise<void> {
  const { channel } = of;
  // Read before the stanzas: whatever is decrypted from here on is not among them, and whatever was has its stanza in the journal.
  const plaintexts = await database.read((db) =>
    db.selectFrom("bridge_signal_key").select("key_id").where("channel", "=", channel).where("type", "=", INBOUND_PLAINTEXT).execute(),
  );
  const { theirs, needed } = await sortUndone(database, vault, of, users);
  // Their keys stay for a day, so that WhatsApp's copy of one is known.
  await database.write((trx) => markDone(database, trx, channel, theirs));
  for (const page of pages(plaintexts.map(({ key_id: id }) => id).filter((id) => !needed.has(id)))) {
    await database.write((trx) =>
      trx.deleteFrom("bridge_signal_key").where("channel", "=", channel).where("type", "=", INBOUND_PLAINTEXT).where("key_id", "in", page).execute(),
    );
  }
}

async function eraseEvents(database: Database, vault: Vault, of: Erased, users: ReadonlySet<string>): Promise<void> {
  for (let after = 0; ; ) {
    const rows = await database.read((db) =>
      db.selectFrom("bridge_event").select(["id", "uid", "body"]).where("channel", "=", of.channel).where("id", ">", after).orderBy("id").limit(A_PAGE).execute(),
    );
    const changed = rows.flatMap((row): Sealed[] => withoutPerson(vault, of, row, users));
    if (changed.length > 0) {
      await database.write(async (trx) => {
        for (const { id, body } of changed) {
          if (body === null) await trx.deleteFrom("bridge_event").where("id", "=", id).execute();
          else await trx.updateTable("bridge_event").set({ body }).where("id", "=", id).execute();
        }
      });
    }
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
  }
}

async function erasePerson(database: Database, vault: Vault, { channel, company, phone }: Erased, users: ReadonlySet<string>): Promise<void> {
  const people = vault.people(phone, company);
  await database.write(async (trx) => {
    const ofPerson = trx.updateTable("bridge_message").set({ content: null, content_at: null, first: null, person: null });
    await ofPerson.where("channel", "=", channel).where("person", "in", people).execute();
    for (const name of [...users].flatMap(namesOf)) {
      const keys = trx.deleteFrom("bridge_signal_key").where("channel", "=", channel);
      await keys.where(sql<boolean>`key_id like ${name} escape '!'`).execute();
    }
    await trx.deleteFrom("bridge_lid").where("channel", "=", channel).where("person", "in", people).execute();
  });
}

/** Digits by which WhatsApp names the person: both spellings of the phone, and every LID that we or Baileys know. */
async function usersOf(database: Database, vault: Vault, { channel, company, phone }: Erased): Promise<Set<string>> {
  const phones = spellings(phone);
  const people = vault.people(phone, company);
  const ours = await database.read((db) => db.selectFrom("bridge_lid").select("lid").where("channel", "=", channel).where("person", "in", people).execute());
  const keys = new SqlKeys(database, vault, { channel, company, owner: "", epoch: 0 });
  const theirs = Object.values(await keys.get("lid-mapping", phones));
  return new Set([...phones, ...ours.map(({ lid }) => lid), ...theirs].map(userOf).filter((user) => user !== ""));
}

/** Who is in a Signal key's name: alone, with a device, as a jid, or as sender of a group's key. */
function namesOf(user: string): string[] {
  return [user, `${user}.%`, `${user}!_%`, `${user}:%`, `${user}@%`, `%::${user}::%`, `%::${user}!_%`];
}

/** A Brazilian mobile may be registered with its ninth digit or without. */
function spellings(phone: string): string[] {
  const digits = phone.replace(/\D/g, "");
  const [, area, number] = /^55(\d\d)9?(\d{8})$/.exec(digits) ?? [];
  if (area === undefined || number === undefined) return [digits];
  return [`55${area}${number}`, `55${area}9${number}`];
}
