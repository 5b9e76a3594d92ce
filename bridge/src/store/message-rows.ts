import type { RawBuilder, Selectable } from "kysely";
import type { Row } from "../judgement.js";
import { locking } from "./leases.js";
import type { Db, Kind, Tables, Trx } from "./tables.js";
import type { Place, Vault } from "./vault.js";

type Stored = Selectable<Tables["bridge_message"]>;
const COLUMNS = ["state", "claim_no", "fence", "doubt", "code", "retryable", "first"] as const;
interface First {
  to: string;
  sha256: string;
}

export interface Content {
  content: Buffer;
  content_at: RawBuilder<number>;
}

export interface Named {
  channel: string;
  company: string;
  waId: string;
}

/** The judge's rows as the table keeps them: recipient and hash sealed, the person findable by a keyed hash. */
export class MessageRows {
  constructor(
    private readonly kind: Kind,
    private readonly vault: Vault,
  ) {}

  /** Locked until the transaction ends. */
  async get(trx: Trx, named: Named): Promise<Row | undefined> {
    return this.opened(named, await locking(this.kind, query(trx, named)).executeTakeFirst());
  }

  async look(db: Db, named: Named): Promise<Row | undefined> {
    return this.opened(named, await query(db, named).executeTakeFirst());
  }

  private opened(named: Named, row: Pick<Stored, (typeof COLUMNS)[number]> | undefined): Row | undefined {
    if (row === undefined) return undefined;
    const first = row.first === null ? {} : (JSON.parse(this.vault.text(firstOf(named), row.first)) as First);
    return {
      state: row.state as Row["state"],
      claimNo: row.claim_no,
      fence: row.fence,
      doubt: row.doubt === 1,
      ...first,
      ...(row.code === null ? {} : { code: row.code }),
      retryable: row.retryable === 1,
    };
  }

  /** `before` as `get` gave it in this transaction. A row that another inserted meanwhile fails the insert, and all is tried again. */
  async put(trx: Trx, named: Named, before: Row | undefined, after: Row, content: Partial<Content> = {}): Promise<void> {
    const { channel, company, waId } = named;
    const moving = {
      state: after.state,
      claim_no: after.claimNo,
      fence: after.fence,
      doubt: after.doubt ? 1 : 0,
      code: after.code ?? null,
      retryable: after.retryable === true ? 1 : 0,
      ...(after.to === before?.to && after.sha256 === before?.sha256 ? {} : this.first(named, after)),
      ...content,
    };
    if (before === undefined) {
      const nothing = { person: null, first: null, content: null, content_at: null };
      await trx.insertInto("bridge_message").values({ channel, wa_id: waId, company, ...nothing, ...moving }).execute();
    } else {
      await trx.updateTable("bridge_message").set(moving).where("channel", "=", channel).where("wa_id", "=", waId).execute();
    }
  }

  private first(named: Named, { to, sha256 }: Row): Pick<Stored, "person" | "first"> | undefined {
    if (to === undefined || sha256 === undefined) return undefined;
    const first: First = { to, sha256 };
    const [person] = this.vault.people(to, named.company);
    return { person, first: this.vault.seal(firstOf(named), JSON.stringify(first)) };
  }
}

function query(db: Db, { channel, waId }: Named) {
  return db.selectFrom("bridge_message").select(COLUMNS).where("channel", "=", channel).where("wa_id", "=", waId);
}

function firstOf({ channel, company, waId }: Named): Place {
  return { table: "bridge_message", company, channel, id: `${waId} first` };
}
