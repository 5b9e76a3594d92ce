import { setImmediate as breathe } from "node:timers/promises";
import { sql, type Transaction } from "kysely";
import type { Log } from "../log.js";
import type { Database } from "./database.js";
import type { Table } from "./tables.js";
import { Unopenable, type Vault } from "./vault.js";

type Row = Record<string, unknown>;

/** A row as it was read, and what becomes of its columns that an older key sealed. */
interface Changed {
  row: Row;
  change: Row;
  old: string[];
}

/** What is sealed in a table: each column with the id of its place, and the keyed hash made of one of them. */
interface Sort {
  table: Table;
  key: string[];
  sealed: Record<string, (row: Row) => string>;
  hash?: { of: string; to: string; phone: (plain: string) => string; isOfAll?: true };
}

const SORTS: Sort[] = [
  {
    table: "bridge_session",
    key: ["channel"],
    sealed: { me: () => "me", proxy: () => "proxy" },
    hash: { of: "me", to: "me_hash", phone: (plain) => (JSON.parse(plain) as { phone: string }).phone, isOfAll: true },
  },
  { table: "bridge_credential", key: ["channel"], sealed: { body: () => "" } },
  { table: "bridge_signal_key", key: ["channel", "type", "key_id"], sealed: { body: (row) => `${row["type"] as string} ${row["key_id"] as string}` } },
  {
    table: "bridge_message",
    key: ["channel", "wa_id"],
    sealed: { first: (row) => `${row["wa_id"] as string} first`, content: (row) => `${row["wa_id"] as string} content` },
    hash: { of: "first", to: "person", phone: (plain) => (JSON.parse(plain) as { to: string }).to },
  },
  { table: "bridge_inbound", key: ["id"], sealed: { body: (row) => row["stanza_key"] as string } },
  { table: "bridge_event", key: ["id"], sealed: { body: (row) => row["uid"] as string } },
  { table: "bridge_lid", key: ["channel", "lid"], sealed: { phone: (row) => row["lid"] as string }, hash: { of: "phone", to: "person", phone: (plain) => plain } },
];
/** Rows looked at in one round: some milliseconds where the file is read in this thread. */
const ROUND = 300;

/**
 * After a rotation: brings what older keys sealed, and hashed, under the first one, so that an old key may go. Rounds
 * make passes over all tables; one that finds nothing more is the last of this process.
 */
export class Resealing {
  private sort = 0;
  private after: Row | undefined;
  private found = { resealed: 0, locked: 0 };
  private isDone: boolean;

  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly log: Log,
  ) {
    this.isDone = !vault.isRotating;
  }

  /** One bounded round. True: the pass goes on. */
  async round(): Promise<boolean> {
    const sort = SORTS[this.sort];
    if (this.isDone || sort === undefined) return false;
    const rows = await this.page(sort);
    const companies = await this.companies(rows);
    const old = rows.flatMap((row) => this.changed(sort, row, companies.get(row["channel"])) ?? []);
    if (old.length > 0) await this.write(sort, old);
    this.after = rows.at(-1);
    await breathe();
    if (rows.length === ROUND) return true;
    this.after = undefined;
    this.sort += 1;
    if (this.sort < SORTS.length) return true;
    this.endPass();
    return false;
  }

  private endPass(): void {
    const { resealed, locked } = this.found;
    this.sort = 0;
    this.found = { resealed: 0, locked: 0 };
    if (resealed > 0) this.log.info({ resealed }, "sealed anew by the first of BRIDGE_KEYS; looking once more");
    else if (locked > 0) this.log.error({ locked }, "records that no key of BRIDGE_KEYS opens");
    else this.log.info("everything is sealed by the first of BRIDGE_KEYS: the others may go");
    // Another bridge that was not yet started again may have written with the old key behind us.
    this.isDone = resealed === 0;
  }

  private page({ table, key }: Sort): Promise<Row[]> {
    const { after } = this;
    return this.database.read((db) => {
      const every = loose(db).selectFrom(table as string).selectAll();
      const further =
        after === undefined
          ? every
          : every
              // For MariaDB, which finds no range in the comparison of several columns.
              .where(key[0] ?? "", ">=", after[key[0] ?? ""])
              .where(sql<boolean>`(${sql.join(key.map((one) => sql.ref(one)))}) > (${sql.join(key.map((one) => after[one]))})`);
      return key.reduce((query, one) => query.orderBy(one), further).limit(ROUND).execute();
    });
  }

  /** Of the channels of these rows: not every table says whose a row is. */
  private async companies(rows: Row[]): Promise<Map<unknown, string>> {
    const channels = [...new Set(rows.map((row) => row["channel"] as string))];
    if (channels.length === 0) return new Map();
    const found = await this.database.read((db) => db.selectFrom("bridge_session").select(["channel", "company"]).where("channel", "in", channels).execute());
    return new Map(found.map(({ channel, company }) => [channel, company]));
  }

  /** Undefined: nothing to change, or nothing that can be. */
  private changed({ table, sealed, hash }: Sort, row: Row, company: string | undefined): Changed | undefined {
    const old = Object.entries(sealed).filter(([column]) => row[column] != null && !this.vault.isSealedByFirst(row[column] as Buffer));
    if (old.length === 0) return undefined;
    const change: Row = {};
    try {
      if (company === undefined) throw new Unopenable("nobody's");
      for (const [column, idOf] of old) {
        const place = { table, company, channel: row["channel"] as string, id: idOf(row) };
        const plain = this.vault.open(place, row[column] as Buffer);
        change[column] = this.vault.seal(place, plain);
        if (hash?.of === column) [change[hash.to]] = this.vault.people(hash.phone(plain.toString("utf8")), hash.isOfAll ? null : company);
      }
    } catch (error) {
      if (!(error instanceof Unopenable)) throw error;
      this.found.locked += 1;
      return undefined;
    }
    return { row, change, old: old.map(([column]) => column) };
  }

  private async write({ table, key }: Sort, all: Changed[]): Promise<void> {
    await this.database.write(async (trx) => {
      for (const { row, change, old } of all) {
        const update = loose(trx).updateTable(table as string).set(change);
        // Only over what was read: who wrote the row meanwhile knows better, and sealed it by itself.
        await [...key, ...old].reduce((narrowed, one) => narrowed.where(one, "=", row[one]), update).execute();
      }
    });
    this.found.resealed += all.length;
  }
}

/** Whatever table: its columns stand above. */
function loose(db: unknown): Transaction<Record<string, Row>> {
  return db as Transaction<Record<string, Row>>;
}

/** Of how many channels the session or the credentials were sealed by a key that is not given. */
export async function lockedOut(database: Database, vault: Vault): Promise<number> {
  // As far as the key's id reaches.
  const head = (column: string) => sql<Buffer | null>`substr(${sql.ref(column)}, 1, 5)`;
  const [sessions, credentials] = await database.read((db) =>
    Promise.all([
      db.selectFrom("bridge_session").select(["channel", head("me").as("one"), head("proxy").as("other")]).execute(),
      db.selectFrom("bridge_credential").select(["channel", head("body").as("one")]).execute(),
    ]),
  );
  const heads = [...sessions.flatMap(({ channel, one, other }) => [{ channel, one }, { channel, one: other }]), ...credentials];
  return new Set(heads.filter(({ one }) => one !== null && !vault.hasKeyOf(one)).map(({ channel }) => channel)).size;
}
