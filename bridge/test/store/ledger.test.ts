import { beforeAll, describe, expect, it } from "vitest";
import type { MessageSend } from "../../src/commands.js";
import type { Row } from "../../src/judgement.js";
import { Database } from "../../src/store/database.js";
import { MessageRows } from "../../src/store/message-rows.js";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { Vault } from "../../src/store/vault.js";
import { ASKS, retryable, row, SENDS } from "../ledger-table.js";
import { ALFA, ask, Heard, newChannel, send } from "./app.js";
import { KEYS, onEachDatabase, silent } from "./databases.js";

const WA = "3EB0AA0000000001";
const UP = { connected: true };

onEachDatabase("the SQL ledger", (ground) => {
  let store: Store;
  let other: Store;
  const heard = new Heard();
  const heardThere = new Heard();
  let channel: string;
  let mine: ChannelStore;
  let theirs: ChannelStore;
  beforeAll(async () => {
    [store, other] = [await ground.open(), await ground.open()];
    store.sayThrough(heard);
    other.sayThrough(heardThere);
  });

  /** A channel of its own, held by `store`, with this row. */
  async function given(before?: Row): Promise<void> {
    channel = newChannel();
    const lease = await store.leases.take(channel, ALFA);
    mine = store.channel(channel, ALFA, lease?.epoch ?? 0);
    theirs = other.channel(channel, ALFA, 2);
    if (before === undefined) return;
    const database = Database.at(ground.url, silent);
    const rows = new MessageRows(database.kind, new Vault(KEYS));
    await database.write((trx) => rows.put(trx, { channel, company: ALFA, waId: WA }, undefined, before));
    await database.close();
  }

  async function outcome(command: MessageSend, circumstances = UP): Promise<string> {
    const told = heard.of(channel).length;
    if (await mine.ledger.claim(command, circumstances)) return "write";
    const [said, ...more] = heard.of(channel).slice(told);
    expect(more).toEqual([]);
    if (said?.type === "message.accepted") return "accepted again";
    if (said?.type !== "message.known") throw new Error("a send that is not written is answered");
    const { state, ledger_claim_no, code, doubt } = said.data;
    return [state, ledger_claim_no, code, doubt ? "doubt" : undefined].filter((one) => one !== undefined).join(" ");
  }

  describe("R3, R5: a send is written only if", () => {
    it.each(SENDS)("%s", async (_, before, claim, again, expected) => {
      await given(before);
      expect(await outcome(send(channel, WA, claim, { again }))).toBe(expected);
    });

    it("its id comes with the same recipient and body", async () => {
      await given(row("acked", 3));
      expect(await outcome(send(channel, WA, 4, { to: "+5511900000000" }))).toBe("refused 3 content_mismatch");
      expect(await outcome(send(channel, WA, 4, { content: { text: "outro" } }))).toBe("refused 3 content_mismatch");
    });

    it("it is ours in a race of two processes: one writes, the other says that it may be written", async () => {
      await given();
      const claims = await Promise.all([mine, theirs].map((each) => each.ledger.claim(send(channel, WA, 1), UP)));
      expect(claims.filter((isOurs) => isOurs)).toHaveLength(1);
      const said = [...heard.of(channel), ...heardThere.of(channel)];
      expect(said.map(({ data }) => data)).toEqual([{ wa_id: WA, claim_no: 1, state: "writing", ledger_claim_no: 1, doubt: false }]);
    });

    it("it is still in time and the channel connected, else a copy stays unwritten too", async () => {
      await given();
      expect(await outcome(send(channel, WA, 1), { connected: false })).toBe("refused_retryable 1 not_connected");
      expect(await outcome(send(channel, WA, 1))).toBe("refused_retryable 1 not_connected");
      expect(await outcome(send(channel, WA, 2, { expires_at: "2020-01-01T00:00:00Z" }))).toBe("void 2 expired");
      expect(await outcome(send(channel, WA, 2))).toBe("void 2");
      expect(await outcome(send(channel, WA, 3))).toBe("write");
    });
  });

  describe("R4: asking fences whatever the state", () => {
    it.each(ASKS)("%s", async (_, before, state, ledgerClaim) => {
      await given(before);
      // Any bridge answers, with no session of it.
      await store.ask(ask(channel, WA, 5));
      expect(heard.last(channel)).toMatchObject({ type: "message.known", epoch: 1, data: { wa_id: WA, claim_no: 5, state, ledger_claim_no: ledgerClaim } });
      expect(await outcome(send(channel, WA, 5))).not.toBe("write");
    });

    it("a question and a send that meet: either it is void and never written, or written and known so", async () => {
      await given();
      for (let n = 0; n < 10; n += 1) {
        const waId = `${WA}${n}`;
        const [isOurs] = await Promise.all([theirs.ledger.claim(send(channel, waId, 1), UP), store.ask(ask(channel, waId, 1))]);
        expect(heard.last(channel)).toMatchObject({ data: { wa_id: waId, state: isOurs ? "writing" : "void" } });
      }
    });

    it("of a channel that nobody ever held it is answered with epoch 0", async () => {
      channel = newChannel();
      await store.ask(ask(channel, WA, 1));
      expect(heard.last(channel)).toMatchObject({ epoch: 0, data: { state: "void" } });
    });
  });

  describe("R6: what WhatsApp answers", () => {
    it("written says accepted once, an ack says server_ack once, a late accept nothing", async () => {
      await given();
      await outcome(send(channel, WA, 1));
      await mine.ledger.written(WA, 1);
      await mine.ledger.written(WA, 1);
      await mine.ledger.acked(WA);
      await mine.ledger.acked(WA);
      await mine.ledger.written(WA, 1);
      expect(heard.of(channel).map(({ type }) => type)).toEqual(["message.accepted", "message.status"]);
      expect(heard.last(channel)).toMatchObject({ data: { rank: "server_ack", claim_no: 1 } });
    });

    it("an ack of a message that is not ours changes and says nothing", async () => {
      await given();
      await mine.ledger.acked("3EB0NOTOURS");
      expect(heard.of(channel)).toEqual([]);
    });

    it("a nack refuses the claim it answers, with its code", async () => {
      await given(row("written", 3));
      await mine.ledger.refused(WA, 3, "rate_limited", true);
      expect(heard.last(channel)).toMatchObject({ data: { rank: "failed", claim_no: 3, code: "rate_limited", retryable: true } });
      expect(await outcome(send(channel, WA, 4))).toBe("write");
    });

    it.each<[string, Row]>([
      ["another claim", row("written", 4)],
      ["an attempt in doubt", row("written", 3, { doubt: true })],
      ["a message that is acked", row("acked", 3)],
    ])("a nack changes nothing of %s", async (_, before) => {
      await given(before);
      await mine.ledger.refused(WA, 3, "nack", false);
      expect(heard.of(channel)).toEqual([]);
      await store.ask(ask(channel, WA, 1));
      expect(heard.last(channel)).toMatchObject({ data: { state: before.state, ledger_claim_no: before.claimNo } });
    });

    it("its own claim is taken back, and may be sent again with a higher one", async () => {
      await given();
      await outcome(send(channel, WA, 1));
      await mine.ledger.takeBack(WA, 1, "media_unavailable");
      expect(heard.last(channel)).toMatchObject({ data: { state: "refused_retryable", ledger_claim_no: 1, code: "media_unavailable" } });
      expect(await outcome(send(channel, WA, 1))).toBe("refused_retryable 1 media_unavailable");
      expect(await outcome(send(channel, WA, 2))).toBe("write");
    });

    it("what is written, or claimed by another, is never taken back", async () => {
      await given(row("written", 3));
      await mine.ledger.takeBack(WA, 3, "not_connected");
      await given(row("writing", 4));
      await mine.ledger.takeBack(WA, 3, "not_connected");
      expect(heard.of(channel)).toEqual([]);
      await store.ask(ask(channel, WA, 1));
      expect(heard.last(channel)).toMatchObject({ data: { state: "writing" } });
    });

    it("with doubt nothing taken back is called refused", async () => {
      await given(row("written", 3));
      expect(await outcome(send(channel, WA, 4, { again: 3 }))).toBe("write");
      await mine.ledger.takeBack(WA, 4, "not_connected");
      expect(heard.last(channel)).toMatchObject({ data: { state: "writing", ledger_claim_no: 4, doubt: true } });
      await mine.ledger.acked(WA);
      await store.ask(ask(channel, WA, 5));
      expect(heard.last(channel)).toMatchObject({ data: { state: "acked", doubt: false } });
    });

    it("receipts of messages of ours are told, and stand for a lost ack", async () => {
      await given(row("written", 3));
      const at = new Date("2026-03-02T12:00:00Z");
      await mine.ledger.receipts([{ waId: "3EB0NOTOURS", rank: "read", at }, { waId: WA, rank: "delivered", at }]);
      expect(heard.of(channel).map(({ data }) => data)).toEqual([{ wa_id: WA, claim_no: 3, rank: "delivered", at: at.toISOString() }]);
      expect(await outcome(send(channel, WA, 4, { again: 3 }))).toBe("acked 3");
    });
  });

  describe("R8: a ledger that is not the one named", () => {
    it("neither writes nor says void, whoever asks", async () => {
      await given();
      expect(await outcome(send(channel, WA, 1, { ledger_id: "another" }))).toBe("writing 0 other_ledger doubt");
      await store.ask(ask(channel, WA, 1, "another"));
      expect(heard.last(channel)).toMatchObject({ data: { state: "writing", doubt: true, code: "other_ledger" } });
      expect(await outcome(send(channel, WA, 1, { ledger_id: store.ledgerId }))).toBe("write");
    });
  });

  it("a kill after the claim leaves 'writing': the next bridge neither writes nor calls it void", async () => {
    await given();
    expect(await theirs.ledger.claim(send(channel, WA, 1), UP)).toBe(true);
    expect(await outcome(send(channel, WA, 1))).toBe("writing 1");
    expect(await outcome(send(channel, WA, 2))).toBe("writing 1");
    await store.ask(ask(channel, WA, 2));
    expect(heard.last(channel)).toMatchObject({ data: { state: "writing", ledger_claim_no: 1 } });
  });

  it("what is to be written is kept for WhatsApp's retries, of the claim that stands", async () => {
    await given(retryable);
    await mine.ledger.claim(send(channel, WA, 4), { ...UP, content: Buffer.from("proto of 4") });
    expect(await theirs.ledger.claim(send(channel, WA, 3), { ...UP, content: Buffer.from("proto of 3") })).toBe(false);
    expect(await theirs.sentContent(WA)).toEqual(Buffer.from("proto of 4"));
    expect(await theirs.sentContent("3EB0NOTOURS")).toBeUndefined();
  });
});
