import { beforeAll, expect, it } from "vitest";
import type { SignalDataSet } from "baileys";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { ALFA, Heard, newChannel, send } from "./app.js";
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
  const plaintext = (ids: string[]) =>
    ({ "inbound-plaintext": Object.fromEntries(ids.map((id) => [id, Buffer.from(id)])) }) as unknown as SignalDataSet;
  const got = async (type: string, ids: string[]) => Object.keys(await mine.keys.get(type as "session", ids)).sort();

  it("takes what is done for a day, and texts, plaintexts and stanzas of 14 days, and nothing younger", async () => {
    await mine.arrived(["done", "waiting"].map((key) => ({ key, body: Buffer.from(key) })));
    await mine.step({ done: ["done"] });
    await mine.ledger.claim(send(channel, "3EB0OLD1", 1), { ...UP, content: Buffer.from("old") });
    await mine.keys.set({ ...plaintext(["p"]), session: { s: Buffer.from("s") } });
    await ground.tamper(`update bridge_inbound set done_at = done_at - ${DAY - 60_000}`);
    await ground.tamper(`update bridge_inbound set at = at - ${14 * DAY - 60_000}`);
    await ground.tamper(`update bridge_message set content_at = content_at - ${14 * DAY - 60_000}`);
    await ground.tamper(`update bridge_signal_key set at = at - ${14 * DAY - 60_000}`);
    expect(await store.sweep()).toEqual({ stanzas: 0, contents: 0, plaintexts: 0, more: false });
    await ground.tamper("update bridge_inbound set done_at = done_at - 120000, at = at - 120000");
    await ground.tamper("update bridge_message set content_at = content_at - 120000");
    await ground.tamper("update bridge_signal_key set at = at - 120000");
    await mine.arrived([{ key: "young", body: Buffer.from("young") }]);
    expect(await store.sweep()).toEqual({ stanzas: 2, contents: 1, plaintexts: 1, more: false });
    expect((await mine.undone(0, 10)).map((one) => one.stanza.key)).toEqual(["young"]);
    expect(await mine.sentContent("3EB0OLD1")).toBeUndefined();
    expect(await got("session", ["s"])).toEqual(["s"]);
    // Its row stays: the same claim is never written twice.
    expect(await mine.ledger.claim(send(channel, "3EB0OLD1", 1), UP)).toBe(false);
  });

  it("takes 500 of a sort in one round, and says that there is more", async () => {
    await mine.keys.set(plaintext(Array.from({ length: 501 }, (_, at) => `many-${at}`)));
    await ground.tamper(`update bridge_signal_key set at = at - ${15 * DAY} where type = 'inbound-plaintext'`);
    expect(await store.sweep()).toMatchObject({ plaintexts: 500, more: true });
    expect(await store.sweep()).toMatchObject({ plaintexts: 1, more: false });
  });

  it("erasing a person takes text, recipient, LID and keys in both spellings, and leaves everybody else", async () => {
    const [bruno, stranger] = ["5511987654321", "5511987654322"];
    const ofBruno = ["551187654321.0", `${bruno}_1.7`, `${bruno}.0`, "777_1.0", bruno];
    const others = [`${stranger}.0`, "7771_1.0", `1${bruno}.0`];
    await mine.rememberLid([{ lid: "777@lid", phone: `+${bruno}` }, { lid: "7771@lid", phone: `+${stranger}` }]);
    await mine.keys.set({ session: Object.fromEntries([...ofBruno, ...others].map((id) => [id, Buffer.from("k")])) });
    const groups = [`1@g.us::${bruno}::0`, `1@g.us::777_1::0`, `1@g.us::${stranger}::0`];
    await mine.keys.set({ "sender-key": Object.fromEntries(groups.map((id) => [id, Buffer.from("k")])) });
    for (const [id, to] of [["3EB0BRUNO", bruno], ["3EB0OTHER", stranger]] as const) {
      await mine.ledger.claim(send(channel, id, 1, { to: `+${to}` }), { ...UP, content: Buffer.from(id) });
    }
    await store.erase(channel, ALFA, "551187654321");
    expect(await got("session", [...ofBruno, ...others])).toEqual([...others].sort());
    expect(await got("sender-key", groups)).toEqual([`1@g.us::${stranger}::0`]);
    expect([await mine.sentContent("3EB0BRUNO"), await mine.sentContent("3EB0OTHER")]).toEqual([undefined, Buffer.from("3EB0OTHER")]);
    expect([await mine.phoneOfLid("777@lid"), await mine.phoneOfLid("7771@lid")]).toEqual([undefined, `+${stranger}`]);
    // The claim stays judged, though its recipient is forgotten.
    expect(await mine.ledger.claim(send(channel, "3EB0BRUNO", 1, { to: `+${bruno}` }), UP)).toBe(false);
  });
});
