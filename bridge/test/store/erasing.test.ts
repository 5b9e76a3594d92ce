import { createHash } from "node:crypto";
import type { BinaryNode } from "baileys";
import { beforeAll, beforeEach, expect, it } from "vitest";
import type { BridgeEvent, Said } from "../../src/events.js";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { journaled } from "../../src/whatsapp/stanzas.js";
import { ALFA, Heard, kept, newChannel, plaintext, send } from "./app.js";
import { onEachDatabase, until } from "./databases.js";

const UP = { connected: true };
const [BRUNO, STRANGER] = ["5511987654321", "5511987654322"];
const AT = "2026-03-02T12:00:00Z";

function cipher(of: string): Buffer {
  return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(of)]);
}

/** As it came from the wire, and as its text is named once it is decrypted. */
function message(id: string, attrs: Record<string, string>): { node: BinaryNode; name: string } {
  const content = cipher(id);
  const node = { tag: "message", attrs: { id, ...attrs }, content: [{ tag: "enc", attrs: { v: "2", type: "msg" }, content }] };
  return { node, name: createHash("sha256").update(content).digest("hex") };
}

onEachDatabase("erasing", (ground) => {
  let store: Store;
  let channel: string;
  let mine: ChannelStore;
  beforeAll(async () => {
    store = await ground.open();
  });
  beforeEach(async () => {
    channel = newChannel();
    await store.leases.take(channel, ALFA);
    mine = store.channel(channel, ALFA, 1);
  });
  const got = (type: string, ids: string[]) => kept(mine, type, ids);
  const undone = async () => (await mine.undone(0, 1_000)).map((one) => one.stanza.key);

  it("takes text, recipient, LID and keys in both spellings, and leaves everybody else", async () => {
    const ofBruno = ["551187654321.0", `${BRUNO}_1.7`, `${BRUNO}.0`, "777_1.0", BRUNO];
    const others = [`${STRANGER}.0`, "7771_1.0", `1${BRUNO}.0`];
    await mine.rememberLid([{ lid: "777@lid", phone: `+${BRUNO}` }, { lid: "7771@lid", phone: `+${STRANGER}` }]);
    await mine.keys.set({ session: Object.fromEntries([...ofBruno, ...others].map((id) => [id, Buffer.from("k")])) });
    const groups = [`1@g.us::${BRUNO}::0`, `1@g.us::777_1::0`, `1@g.us::${STRANGER}::0`];
    await mine.keys.set({ "sender-key": Object.fromEntries(groups.map((id) => [id, Buffer.from("k")])) });
    for (const [id, to] of [["3EB0BRUNO", BRUNO], ["3EB0OTHER", STRANGER]] as const) {
      await mine.ledger.claim(send(channel, id, 1, { to: `+${to}` }), { ...UP, content: Buffer.from(id) });
    }
    await store.erase(channel, ALFA, "551187654321");
    expect(await got("session", [...ofBruno, ...others])).toEqual([...others].sort());
    expect(await got("sender-key", groups)).toEqual([`1@g.us::${STRANGER}::0`]);
    expect([await mine.sentContent("3EB0BRUNO"), await mine.sentContent("3EB0OTHER")]).toEqual([undefined, Buffer.from("3EB0OTHER")]);
    expect([await mine.phoneOfLid("777@lid"), await mine.phoneOfLid("7771@lid")]).toEqual([undefined, `+${STRANGER}`]);
    // The claim stays judged, though its recipient is forgotten.
    expect(await mine.ledger.claim(send(channel, "3EB0BRUNO", 1, { to: `+${BRUNO}` }), UP)).toBe(false);
  });

  it("takes the stanzas that name the person by any address, and leaves everybody else's", async () => {
    await mine.rememberLid([{ lid: "777", phone: `+${BRUNO}` }]);
    await mine.keys.set({ "lid-mapping": { "551187654321": "888", "888_reverse": "551187654321" } });
    const theirs = [
      message("A1", { from: `${BRUNO}@s.whatsapp.net` }),
      message("A2", { from: "551187654321:7@s.whatsapp.net" }),
      message("A3", { from: "777@lid" }),
      message("A4", { from: "888:2@lid" }),
      message("A5", { from: "999@lid", sender_pn: `${BRUNO}@s.whatsapp.net` }),
      message("A6", { from: "5511999990000@s.whatsapp.net", recipient: `${BRUNO}@s.whatsapp.net` }),
      message("A7", { from: "1@g.us", participant: "777@lid" }),
    ].map(({ node }) => journaled(node));
    const others = [
      journaled(message("B1", { from: `${STRANGER}@s.whatsapp.net` }).node),
      journaled(message("B2", { from: "7771@lid", sender_pn: `${STRANGER}@s.whatsapp.net` }).node),
      { key: "unreadable", body: Buffer.from([0]) },
    ];
    await mine.arrived([...theirs, ...others]);
    await store.erase(channel, ALFA, `+${BRUNO}`);
    expect(await undone()).toEqual(others.map(({ key }) => key));
    // WhatsApp sends one again: it is known, and no text of it is kept.
    await mine.arrived(theirs);
    expect(await undone()).toEqual(others.map(({ key }) => key));
  });

  it("takes every plaintext of the channel but those that somebody else's stanza may still need", async () => {
    const [theirs, needed, done] = [message("A1", { from: `${BRUNO}@s.whatsapp.net` }), message("B1", { from: `${STRANGER}@s.whatsapp.net` }), message("B2", { from: `${STRANGER}@s.whatsapp.net` })];
    const ended = journaled(done.node);
    await mine.arrived([journaled(theirs.node), journaled(needed.node), ended]);
    await mine.keys.set(plaintext([theirs.name, needed.name, done.name]));
    await mine.step({ done: [ended.key] });
    const elsewhere = store.channel(newChannel(), ALFA, 1);
    await store.leases.take(elsewhere.channel, ALFA);
    await elsewhere.keys.set(plaintext([theirs.name]));
    await store.erase(channel, ALFA, `+${BRUNO}`);
    expect(await got("inbound-plaintext", [theirs.name, needed.name, done.name])).toEqual([needed.name]);
    expect(Object.keys(await elsewhere.keys.get("inbound-plaintext" as "session", [theirs.name]))).toEqual([theirs.name]);
  });

  it("takes events about the person that are not applied, and the person out of those about many", async () => {
    await mine.rememberLid([{ lid: "777", phone: `+${BRUNO}` }]);
    const later = { wa_id: "A", from_me: false, at: AT };
    const other = { type: "message.in", data: { wa_id: "B1", from: `+${STRANGER}`, name: "", text: "oi", at: AT } } as const;
    const said: Said[] = [
      { type: "message.in", data: { wa_id: "A1", from: "+551187654321", name: "Bruno", text: "oi", at: AT } },
      { type: "message.in", data: { wa_id: "A2", from: "777", lid: "777", name: "Bruno", text: "oi", at: AT } },
      { type: "message.echo", data: { wa_id: "A3", to: `+${BRUNO}`, text: "oi", at: AT } },
      { type: "message.edited", data: { ...later, phone: `+${BRUNO}`, text: "oi" } },
      { type: "message.revoked", data: { ...later, phone: `+${BRUNO}` } },
      { type: "message.reaction", data: { ...later, phone: `+${BRUNO}`, emoji: "👍" } },
      { type: "lid.mapped", data: { pairs: [{ lid: "777", phone: `+${BRUNO}` }] } },
      other,
      { type: "contacts.upserted", data: { contacts: [{ phone: `+${BRUNO}`, lid: null, name: "Bruno" }, { phone: `+${STRANGER}`, lid: null, name: "Zé" }] } },
    ];
    await mine.step({ say: said });
    await store.erase(channel, ALFA, `+${BRUNO}`);
    const heard = new Heard();
    const next = await ground.open();
    next.sayThrough(heard);
    await until(() => heard.of(channel).length >= 2);
    expect(heard.of(channel).map(({ type, data }: BridgeEvent) => ({ type, data }))).toEqual([
      other,
      { type: "contacts.upserted", data: { contacts: [{ phone: `+${STRANGER}`, lid: null, name: "Zé" }] } },
    ]);
  });
});
