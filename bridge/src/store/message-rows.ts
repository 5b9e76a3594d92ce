import type { RawBuilder, Selectable } from "kysely";
import type { Row } from "../judgement.js";
import { locking } from "./leases.js";
import { clock } from "./clock.js";
import { prepared } from "./prepared.js";
import type { Db, Kind, Tables, Trx } from "./tables.js";
import type { Place, Vault } from "./vault.js";

type Stored = Selectable<Tables["bridge_message"]>;
const COLUMNS = ["state", "claim_no", "fence", "doubt", "code", "retryable", "first"] as const;
type Key = { channel: string; waId: string };
type Given = Key & Pick<Stored, "state" | "claim_no" | "fence" | "doubt" | "code" | "retryable"> & { person?: string; first?: Buffer; content?: Buffer };

const rowOf = (db: Db, { channel, waId }: Key) =>
  db.selectFrom("bridge_message").select(COLUMNS).where("channel", "=", channel).where("wa_id", "=", waId);
const ROW = prepared((db, of: Key) => rowOf(db, of));
const ROW_LOCKED = prepared((db, of: Key, kind) => locking(kind, rowOf(db, of)));
const INSERT = prepared((db, { waId, ...row }: Given & { company: string }, kind) => {
  const nothing = { person: null, first: null, content: null, content_at: null };
  return db.insertInto("bridge_message").values({ wa_id: waId, ...nothing, ...row, ...kept(row, kind) });
});
const UPDATE = prepared((db, { channel, waId, ...row }: Given, kind) =>
  db.updateTable("bridge_message").set({ ...row, ...kept(row, kind) }).where("channel", "=", channel).where("wa_id", "=", waId),
);

/** A content goes by its age. */
function kept(row: object, kind: Kind): { content_at?: RawBuilder<number> } {
  return "content" in row ? { content_at: clock(kind) } : {};
}

interface First {
  to: string;
  sha256: string;
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
  get(trx: Trx, named: Named): Promise<Row | undefined> {
    return this.found(ROW_LOCKED, trx, named);
  }

  look(db: Db, named: Named): Promise<Row | undefined> {
    return this.found(ROW, db, named);
  }

  private async found(query: typeof ROW, db: Db, named: Named): Promise<Row | undefined> {
    const { rows } = await query(this.kind, db, { channel: named.channel, waId: named.waId });
    return this.opened(named, rows[0]);
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
  async put(trx: Trx, named: Named, before: Row | undefined, after: Row, content?: Buffer): Promise<void> {
    const { channel, company, waId } = named;
    const moving = {
      state: after.state,
      claim_no: after.claimNo,
      fence: after.fence,
      doubt: after.doubt ? 1 : 0,
      code: after.code ?? null,
      retryable: after.retryable === true ? 1 : 0,
      ...(after.to === before?.to && after.sha256 === before?.sha256 ? {} : this.first(named, after)),
      ...(content === undefined ? {} : { content }),
    };
    if (before === undefined) await INSERT(this.kind, trx, { channel, company, waId, ...moving });
    else await UPDATE(this.kind, trx, { channel, waId, ...moving });
  }

  private first(named: Named, { to, sha256 }: Row): { person: string; first: Buffer } | undefined {
    if (to === undefined || sha256 === undefined) return undefined;
    const first: First = { to, sha256 };
    const [person] = this.vault.people(to, named.company);
    return { person, first: this.vault.seal(firstOf(named), JSON.stringify(first)) };
  }
}

function firstOf({ channel, company, waId }: Named): Place {
  return { table: "bridge_message", company, channel, id: `${waId} first` };
}
