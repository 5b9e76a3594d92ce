import { beforeAll, expect, it } from "vitest";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { ALFA, Heard, kept, newChannel, plaintext, send } from "./app.js";
import { onEachDatabase } from "./databases.js";

const DAY = 86_400_000;
const UP = { connected: true };

onEachDatabase("cleaning", (ground) => {
  let store: Store;
  let channel: string;
  let mine: ChannelStore;
  const heard = new Heard();
  beforeAll(async () => {
    store = await ground.open();
    store.sayThrough(heard);
    channel = newChannel();
    await store.leases.take(channel, ALFA);
    mine = store.channel(channel, ALFA, 1);
  });
  const got = (type: string, ids: string[]) => kept(mine, type, ids);

  it("takes what is done for a day, and texts and undone stanzas of 14 days, and nothing younger", async () => {
    await mine.arrived(["done", "waiting"].map((key) => ({ key, body: Buffer.from(key) })));
    await mine.step({ done: ["done"] });
    await mine.ledger.claim(send(channel, "3EB0OLD1", 1), { ...UP, content: Buffer.from("old") });
    await ground.tamper(`update bridge_inbound set done_at = done_at - ${DAY - 60_000}`);
    await ground.tamper(`update bridge_inbound set at = at - ${14 * DAY - 60_000}`);
    await ground.tamper(`update bridge_message set content_at = content_at - ${14 * DAY - 60_000}`);
    expect(await store.sweep()).toEqual({ stanzas: 0, contents: 0, plaintexts: 0, more: false });
    await ground.tamper("update bridge_inbound set done_at = done_at - 120000, at = at - 120000");
    await ground.tamper("update bridge_message set content_at = content_at - 120000");
    await mine.arrived([{ key: "young", body: Buffer.from("young") }]);
    expect(await store.sweep()).toEqual({ stanzas: 2, contents: 1, plaintexts: 0, more: false });
    expect((await mine.undone(0, 10)).map((one) => one.stanza.key)).toEqual(["young"]);
    expect(await mine.sentContent("3EB0OLD1")).toBeUndefined();
    // Its row stays: the same claim is never written twice.
    expect(await mine.ledger.claim(send(channel, "3EB0OLD1", 1), UP)).toBe(false);
    await mine.step({ done: ["young"] });
  });

  it("takes a plaintext after a day, once no stanza of its channel waits that long", async () => {
    await mine.arrived([{ key: "late", body: Buffer.from("late") }]);
    await mine.keys.set({ ...plaintext(["p"]), session: { s: Buffer.from("s") } });
    await ground.tamper(`update bridge_signal_key set at = at - ${DAY - 60_000}`);
    expect(await store.sweep()).toMatchObject({ plaintexts: 0 });
    await ground.tamper("update bridge_signal_key set at = at - 120000");
    await ground.tamper(`update bridge_inbound set at = at - ${DAY}`);
    expect(await store.sweep()).toMatchObject({ plaintexts: 0 });
    expect(await got("inbound-plaintext", ["p"])).toEqual(["p"]);
    await mine.step({ done: ["late"] });
    expect(await store.sweep()).toMatchObject({ plaintexts: 1 });
    expect(await got("session", ["s"])).toEqual(["s"]);
  });

  it("takes a plaintext of 14 days, whatever waits", async () => {
    await mine.arrived([{ key: "stuck", body: Buffer.from("stuck") }]);
    await mine.keys.set(plaintext(["old"]));
    await ground.tamper(`update bridge_inbound set at = at - ${13 * DAY}`);
    await ground.tamper(`update bridge_signal_key set at = at - ${14 * DAY + 60_000} where type = 'inbound-plaintext'`);
    expect(await store.sweep()).toMatchObject({ plaintexts: 1 });
    await mine.step({ done: ["stuck"] });
  });

  it("takes 500 of a sort in one round, and says that there is more", async () => {
    await mine.keys.set(plaintext(Array.from({ length: 501 }, (_, at) => `many-${at}`)));
    await ground.tamper(`update bridge_signal_key set at = at - ${15 * DAY} where type = 'inbound-plaintext'`);
    expect(await store.sweep()).toMatchObject({ plaintexts: 500, more: true });
    expect(await store.sweep()).toMatchObject({ plaintexts: 1, more: false });
  });
});
