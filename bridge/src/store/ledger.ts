import type { MessageAsk, MessageSend } from "../commands.js";
import { applyMove, judgeAsk, judgeSend, known, mayRefuse, type Answer, type Answered, type Move, type Row } from "../judgement.js";
import type { Log } from "../log.js";
import type { Database } from "./database.js";
import type { Events, Of, Say } from "./events.js";
import { MessageRows, type Named } from "./message-rows.js";
import type { Asking, Circumstances, Ledger } from "./ports.js";
import type { Trx } from "./tables.js";
import type { Place, Vault } from "./vault.js";

/** What a transaction of the ledger works on. */
export interface Books {
  database: Database;
  vault: Vault;
  events: Events;
  ledgerId: string;
  log: Log;
}

/** R3–R8 for one channel; the judge is judgement.ts, here its rows are locked, moved and told of. */
export class SqlLedger implements Ledger {
  private readonly rows: MessageRows;

  constructor(
    private readonly books: Books,
    private readonly of: Of,
  ) {
    this.rows = new MessageRows(books.database.kind, books.vault);
  }

  async isDue(command: MessageSend): Promise<boolean> {
    const { database, ledgerId } = this.books;
    const row = await database.read((db) => this.rows.look(db, this.named(command.data.wa_id)));
    return "write" in judgeSend(row, command, { ledgerId, connected: true, now: new Date() });
  }

  claim(command: MessageSend, { content, ...how }: Circumstances): Promise<boolean> {
    const { events, ledgerId, log } = this.books;
    const { wa_id, claim_no } = command.data;
    return events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(wa_id));
      const verdict = judgeSend(row, command, { ledgerId, ...how, now: new Date() });
      if ("write" in verdict) {
        await this.rows.put(trx, this.named(wa_id), row, applyMove(row, verdict.write), this.sealed(wa_id, content));
        return true;
      }
      if ("repeat" in verdict) {
        await say(this.of, [{ type: "message.accepted", data: { wa_id, claim_no } }]);
        return false;
      }
      const answer = await this.settle(trx, wa_id, row, verdict);
      if (answer.code === "content_mismatch") log.error({ channel: this.of.channel, wa_id, claim_no }, "same message id, other content");
      await this.tell(say, command, answer);
      return false;
    });
  }

  async ask(command: MessageAsk): Promise<void> {
    const { wa_id } = command.data;
    await this.books.events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(wa_id));
      const answer = await this.settle(trx, wa_id, row, judgeAsk(command, this.books.ledgerId));
      await this.tell(say, command, answer);
    });
  }

  /** An ack may have come before this, or a later claim: then nothing is left to say. */
  async written(waId: string, claimNo: number): Promise<void> {
    await this.books.events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(waId));
      if (row?.state !== "writing" || row.claimNo !== claimNo) return;
      await this.move(trx, waId, row, { t: "written", claim_no: claimNo });
      await say(this.of, [{ type: "message.accepted", data: { wa_id: waId, claim_no: claimNo } }]);
    });
  }

  /** With doubt the earlier claim may have been written: the row stays, and says so. */
  async takeBack(waId: string, claimNo: number, code: string): Promise<void> {
    await this.books.events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(waId));
      if (row?.state !== "writing" || row.claimNo !== claimNo) return;
      const after = mayRefuse(row, claimNo)
        ? await this.move(trx, waId, row, { t: "refused", claim_no: claimNo, code, retryable: true })
        : row;
      await say(this.of, [{ type: "message.known", data: { wa_id: waId, claim_no: claimNo, ...known(after, code) } }]);
    });
  }

  async acked(waId: string): Promise<void> {
    await this.books.events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(waId));
      if (row === undefined || row.state === "acked") return;
      await this.move(trx, waId, row, { t: "acked", claim_no: row.claimNo });
      const data = { wa_id: waId, claim_no: row.claimNo, rank: "server_ack" as const, at: new Date().toISOString() };
      await say(this.of, [{ type: "message.status", data }]);
    });
  }

  async refused(waId: string, claimNo: number, code: string, retryable: boolean): Promise<void> {
    const { events, log } = this.books;
    await events.write(async (trx, say) => {
      const row = await this.rows.get(trx, this.named(waId));
      if (!mayRefuse(row, claimNo)) {
        log.warn({ channel: this.of.channel, wa_id: waId, claim_no: claimNo, code }, "refused by WhatsApp, changes nothing any more");
        return;
      }
      await this.move(trx, waId, row, { t: "refused", claim_no: claimNo, code, retryable });
      const data = { wa_id: waId, claim_no: claimNo, rank: "failed" as const, at: new Date().toISOString(), code, retryable };
      await say(this.of, [{ type: "message.status", data }]);
    });
  }

  /** Whoever has it, or read it, got it: that is more than an ack, and lifts any state too (R12). */
  async receipts(seen: Parameters<Ledger["receipts"]>[0]): Promise<void> {
    // One order for everybody: two that lock the same rows the other way round would wait for each other.
    const sorted = [...seen].sort((a, b) => (a.waId < b.waId ? -1 : 1));
    await this.books.events.write(async (trx, say) => {
      for (const { waId, rank, at } of sorted) {
        const row = await this.rows.get(trx, this.named(waId));
        if (row === undefined) continue;
        if (row.state !== "acked") await this.move(trx, waId, row, { t: "acked", claim_no: row.claimNo });
        await say(this.of, [{ type: "message.status", data: { wa_id: waId, claim_no: row.claimNo, rank, at: at.toISOString() } }]);
      }
    });
  }

  async content(waId: string): Promise<Uint8Array | undefined> {
    const row = await this.books.database.read((db) =>
      db.selectFrom("bridge_message").select("content").where("channel", "=", this.of.channel).where("wa_id", "=", waId).executeTakeFirst(),
    );
    return row?.content == null ? undefined : this.books.vault.open(this.contentOf(waId), row.content);
  }

  private async settle(trx: Trx, waId: string, row: Row | undefined, { move, answer }: Answered): Promise<Answer> {
    return answer(move === undefined ? row : await this.move(trx, waId, row, move));
  }

  private async move(trx: Trx, waId: string, before: Row | undefined, move: Move): Promise<Row> {
    const after = applyMove(before, move);
    await this.rows.put(trx, this.named(waId), before, after);
    return after;
  }

  private async tell(say: Say, { data }: MessageSend | MessageAsk, answer: Answer): Promise<void> {
    await say(this.of, [{ type: "message.known", data: { wa_id: data.wa_id, claim_no: data.claim_no, ...answer } }]);
  }

  private named(waId: string): Named {
    return { channel: this.of.channel, company: this.of.company, waId };
  }

  /** Nothing where nothing is given: what an earlier claim wrote stays. */
  private sealed(waId: string, content: Uint8Array | undefined): Buffer | undefined {
    return content === undefined ? undefined : this.books.vault.seal(this.contentOf(waId), content);
  }

  private contentOf(waId: string): Place {
    return { table: "bridge_message", company: this.of.company, channel: this.of.channel, id: `${waId} content` };
  }
}

/** Any bridge answers, with no session (R4): the epoch is the one that stands in the lease. */
export class SqlAsking implements Asking {
  constructor(private readonly books: Books) {}

  async ask(command: MessageAsk): Promise<void> {
    const { channel, company } = command;
    const epoch = await epochOf(this.books.database, channel);
    await new SqlLedger(this.books, { channel, company, epoch }).ask(command);
  }
}

async function epochOf(database: Database, channel: string): Promise<number> {
  const row = await database.read((db) => db.selectFrom("bridge_lease").select("epoch").where("channel", "=", channel).executeTakeFirst());
  return row?.epoch ?? 0;
}
