import type { Selectable } from "kysely";
import type { Me, SessionState } from "../events.js";
import type { Database } from "./database.js";
import { fence, locking } from "./leases.js";
import type { Store, StoredSession } from "./ports.js";
import type { Tables } from "./tables.js";
import type { Place, Vault } from "./vault.js";

type Row = Selectable<Tables["bridge_session"]>;

/** What is wished of each channel's session, and how it stands. */
export class Sessions {
  constructor(
    private readonly database: Database,
    private readonly vault: Vault,
    private readonly owner: string,
  ) {}

  /** All, or the one of a channel. */
  async all(channel?: string): Promise<StoredSession[]> {
    const rows = await this.database.read((db) => {
      const every = db.selectFrom("bridge_session").selectAll().orderBy("channel");
      return (channel === undefined ? every : every.where("channel", "=", channel)).execute();
    });
    return rows.map((row) => this.opened(row));
  }

  /** A channel of another company is not theirs to wish for: nothing changes, and what is kept tells whose it is. */
  wish({ channel, company, version, wanted, proxy, historyDays }: Parameters<Store["wish"]>[0]): Promise<StoredSession> {
    return this.database.write(async (trx) => {
      const row = await locking(
        this.database.kind,
        trx.selectFrom("bridge_session").selectAll().where("channel", "=", channel),
      ).executeTakeFirst();
      const sealed = proxy == null ? null : this.vault.seal(placeOf(channel, company, "proxy"), proxy);
      if (row === undefined) {
        const rest = { answered_version: -1, state: "stopped", reason: null, me: null, me_hash: null, paired: 0 };
        const made = { channel, company, version, wanted: wanted ? 1 : 0, proxy: sealed, history_days: historyDays ?? 0, ...rest };
        await trx.insertInto("bridge_session").values(made).execute();
        return this.opened(made);
      }
      if (version < row.version || row.company !== company) return this.opened(row);
      const change = {
        version,
        wanted: wanted ? 1 : 0,
        ...(proxy === undefined ? {} : { proxy: sealed }),
        ...(historyDays === undefined ? {} : { history_days: historyDays }),
      };
      await trx.updateTable("bridge_session").set(change).where("channel", "=", channel).execute();
      return this.opened({ ...row, ...change });
    });
  }

  async state(channel: string, epoch: number, { answered, state, reason, me, paired }: Parameters<Store["state"]>[2]): Promise<void> {
    await this.database.write(async (trx) => {
      await fence(this.database.kind, trx, { channel, owner: this.owner, epoch });
      const row = await trx.selectFrom("bridge_session").select("company").where("channel", "=", channel).executeTakeFirstOrThrow();
      const change = {
        ...(answered === undefined ? {} : { answered_version: answered }),
        ...(state === undefined ? {} : { state }),
        ...(reason === undefined ? {} : { reason }),
        ...(me === undefined ? {} : this.me(channel, row.company, me)),
        ...(paired === undefined ? {} : { paired: paired ? 1 : 0 }),
      };
      if (Object.keys(change).length > 0) await trx.updateTable("bridge_session").set(change).where("channel", "=", channel).execute();
    });
  }

  /** One at a time in the whole installation: of two that look first and set afterwards, neither would see the other. */
  claimNumber(channel: string, epoch: number, me: Me): Promise<boolean> {
    return this.database.write(async (trx) => {
      await fence(this.database.kind, trx, { channel, owner: this.owner, epoch });
      await locking(this.database.kind, trx.selectFrom("bridge_ledger_name").select("id")).execute();
      const holder = await trx
        .selectFrom("bridge_session")
        .select("paired")
        // By every key there is: a hash is not unique while keys rotate, so no unique index could decide.
        .where("me_hash", "in", this.vault.people(me.phone, null))
        .where("paired", "=", 1)
        .where("channel", "<>", channel)
        .limit(1)
        .executeTakeFirst();
      if (holder !== undefined) return false;
      const { company } = await trx.selectFrom("bridge_session").select("company").where("channel", "=", channel).executeTakeFirstOrThrow();
      await trx.updateTable("bridge_session").set({ ...this.me(channel, company, me), paired: 1 }).where("channel", "=", channel).execute();
      return true;
    });
  }

  private me(channel: string, company: string, me: Me | null): Pick<Row, "me" | "me_hash"> {
    if (me === null) return { me: null, me_hash: null };
    const [me_hash] = this.vault.people(me.phone, null);
    return { me: this.vault.seal(placeOf(channel, company, "me"), JSON.stringify(me)), me_hash };
  }

  private opened({ channel, company, version, answered_version, wanted, state, reason, paired, me, proxy, history_days }: Row): StoredSession {
    return {
      channel,
      company,
      version,
      answered: answered_version,
      wanted: wanted === 1,
      state: state as SessionState,
      reason,
      paired: paired === 1,
      me: me === null ? null : (JSON.parse(this.vault.text(placeOf(channel, company, "me"), me)) as Me),
      proxy: proxy === null ? null : this.vault.text(placeOf(channel, company, "proxy"), proxy),
      historyDays: history_days,
    };
  }
}

function placeOf(channel: string, company: string, id: string): Place {
  return { table: "bridge_session", company, channel, id };
}
