import { initAuthCreds, proto, type SignalDataSet } from "baileys";
import { beforeAll, expect, it } from "vitest";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { ALFA, Heard, newChannel, send } from "./app.js";
import { onEachDatabase } from "./databases.js";

const stanza = (key: string) => ({ key, body: Buffer.from(`stanza ${key}`) });
const INBOUND = { type: "message.in" as const, data: { wa_id: "3EB0IN", from: "+5511987654321", name: "Bruno", text: "oi", at: "2026-03-02T12:00:00Z" } };

onEachDatabase("what a session keeps", (ground) => {
  let store: Store;
  const heard = new Heard();
  let channel: string;
  let mine: ChannelStore;
  /** The same channel in the next process. */
  let next: ChannelStore;
  beforeAll(async () => {
    store = await ground.open();
    store.sayThrough(heard);
    channel = newChannel();
    await store.leases.take(channel, ALFA);
    mine = store.channel(channel, ALFA, 1);
    next = (await ground.open()).channel(channel, ALFA, 1);
  });

  it("credentials come back as they were", async () => {
    expect(await mine.credentials()).toBeUndefined();
    const credentials = initAuthCreds();
    await mine.saveCredentials(credentials);
    await mine.saveCredentials({ ...credentials, registered: true });
    const back = await next.credentials();
    expect(back).toMatchObject({ registered: true, registrationId: credentials.registrationId });
    expect(back?.noiseKey.private).toEqual(credentials.noiseKey.private);
  });

  it("keys of any type are set, replaced and removed in one set, for this channel alone", async () => {
    const own = { "inbound-plaintext": { abc: Buffer.from("oi") } } as unknown as SignalDataSet;
    await mine.keys.set({ session: { a: Buffer.from("1"), b: Buffer.from("2") }, ...own });
    await mine.keys.set({ session: { a: Buffer.from("3"), b: null }, "device-list": { "5511": ["0", "7"] } });
    expect(await next.keys.get("session", ["a", "b", "c"])).toEqual({ a: Buffer.from("3") });
    expect(await next.keys.get("device-list", ["5511"])).toEqual({ "5511": ["0", "7"] });
    expect(await next.keys.get("inbound-plaintext" as "session", ["abc"])).toEqual({ abc: Buffer.from("oi") });
    expect(await store.channel(newChannel(), ALFA, 1).keys.get("session", ["a"])).toEqual({});
  });

  it("as many keys as a pairing makes go in and out at once", async () => {
    const pair = () => ({ private: Buffer.alloc(32, 1), public: Buffer.alloc(32, 2) });
    const ids = Array.from({ length: 812 }, (_, at) => String(at));
    await mine.keys.set({ "pre-key": Object.fromEntries(ids.map((id) => [id, pair()])) });
    expect(Object.keys(await next.keys.get("pre-key", ids))).toHaveLength(812);
    await mine.keys.set({ "pre-key": Object.fromEntries(ids.map((id) => [id, null])) });
    expect(await next.keys.get("pre-key", ids)).toEqual({});
  });

  it("an app state key comes back as the proto that Baileys needs", async () => {
    const key = proto.Message.AppStateSyncKeyData.fromObject({ keyData: Buffer.from("abc"), timestamp: 5 });
    await mine.keys.set({ "app-state-sync-key": { k: key } });
    const back = (await next.keys.get("app-state-sync-key", ["k"]))["k"];
    expect(back).toBeInstanceOf(proto.Message.AppStateSyncKeyData);
    expect(Buffer.from(back?.keyData ?? [])).toEqual(Buffer.from("abc"));
  });

  it("stanzas wait, oldest first, until a step has dealt with them", async () => {
    await Promise.all([mine.arrived([stanza("a"), stanza("b")]), mine.arrived([stanza("b"), stanza("c")]), mine.arrived([])]);
    const undone = await next.undone(0, 10);
    expect(undone.map(({ stanza: { key, body } }) => [key, Buffer.from(body).toString()])).toEqual([
      ["a", "stanza a"],
      ["b", "stanza b"],
      ["c", "stanza c"],
    ]);
    const [first] = await next.undone(0, 1);
    expect((await next.undone(first?.at ?? 0, 1)).map((one) => one.stanza.key)).toEqual(["b"]);
    await mine.step({ say: [INBOUND], done: ["a", "c", "unknown"] });
    expect(heard.last(channel)).toMatchObject({ ...INBOUND, company: ALFA, epoch: 1 });
    expect((await next.undone(0, 10)).map((one) => one.stanza.key)).toEqual(["b"]);
    // WhatsApp sends it again: it was dealt with.
    await mine.arrived([stanza("a")]);
    expect((await next.undone(0, 10)).map((one) => one.stanza.key)).toEqual(["b"]);
  });

  it("of two phones of a LID the newest counts", async () => {
    await mine.rememberLid([{ lid: "1@lid", phone: "+551" }, { lid: "2@lid", phone: "+552" }, { lid: "1@lid", phone: "+553" }]);
    await mine.rememberLid([{ lid: "2@lid", phone: "+554" }]);
    const heardBefore = heard.of(channel).length;
    await mine.rememberLid([]);
    expect(heard.of(channel)).toHaveLength(heardBefore);
    expect(await Promise.all(["1@lid", "2@lid", "3@lid"].map((lid) => next.phoneOfLid(lid)))).toEqual(["+553", "+554", undefined]);
  });

  it("a pair that is kept is told, the newest of a LID", async () => {
    await mine.rememberLid([{ lid: "4", phone: "+551" }, { lid: "4", phone: "+552" }, { lid: "5", phone: "+553" }]);
    expect(heard.last(channel)).toMatchObject({ type: "lid.mapped", epoch: 1, data: { pairs: [{ lid: "4", phone: "+552" }, { lid: "5", phone: "+553" }] } });
  });

  it("wiping forgets the device, and neither the ledger nor what came nor what was decrypted", async () => {
    await mine.ledger.claim(send(channel, "3EB0WRITTEN", 1), { connected: true });
    await mine.wipe();
    expect(await next.credentials()).toBeUndefined();
    expect(await next.keys.get("session", ["a"])).toEqual({});
    expect(await next.keys.get("inbound-plaintext" as "session", ["abc"])).toEqual({ abc: Buffer.from("oi") });
    expect(await next.undone(0, 10)).toHaveLength(1);
    expect(await next.ledger.isDue(send(channel, "3EB0WRITTEN", 1))).toBe(false);
  });
});
