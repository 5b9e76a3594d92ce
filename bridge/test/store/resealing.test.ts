import { initAuthCreds } from "baileys";
import { beforeAll, expect, it } from "vitest";
import { Database, type Unit } from "../../src/store/database.js";
import type { ChannelStore, Store } from "../../src/store/ports.js";
import { Resealing } from "../../src/store/resealing.js";
import { Unopenable, Vault } from "../../src/store/vault.js";
import { ALFA, Heard, newChannel, send } from "./app.js";
import { KEYS, onEachDatabase, silent } from "./databases.js";

const NEW = "a newer key that is of more than 32 characters";
const PROXY = "socks5://ana:secret@proxy.example:1080";
const ANA = { phone: "+5511987654321", name: "Ana" };
const BRUNO = "+5511912345678";
const UP = { connected: true };

onEachDatabase("a rotation of keys", (ground) => {
  let channel: string;
  let before: ChannelStore;
  let both: Store;
  const device = initAuthCreds();

  /** One of everything that is sealed. */
  beforeAll(async () => {
    const store = await ground.open(KEYS);
    channel = newChannel();
    await store.wish({ channel, company: ALFA, version: 1, wanted: true, proxy: PROXY });
    await store.leases.take(channel, ALFA);
    await store.claimNumber(channel, 1, ANA);
    before = store.channel(channel, ALFA, 1);
    await before.saveCredentials(device);
    await before.keys.set({ session: Object.fromEntries(Array.from({ length: 700 }, (_, at) => [`${at}.0`, Buffer.from("s")])) });
    await before.ledger.claim(send(channel, "3EB0OLD", 1, { to: BRUNO }), { ...UP, content: Buffer.from("oi") });
    await before.rememberLid([{ lid: "777@lid", phone: BRUNO }]);
    await before.arrived([{ key: "stanza", body: Buffer.from("raw") }]);
    await before.step({ say: [{ type: "message.status", data: { wa_id: "3EB0OLD", claim_no: 1, rank: "read", at: "2026-01-01T00:00:00Z" } }] });
    both = await ground.open(`${NEW},${KEYS}`);
  });

  const swept = async (): Promise<void> => {
    while ((await both.sweep()).more);
  };
  const byTheNewAlone = async (): Promise<{ store: Store; mine: ChannelStore }> => {
    const store = await ground.open(NEW);
    return { store, mine: store.channel(channel, ALFA, 1) };
  };

  it("what was never written again since opens only with the old key; the loss is counted before anything runs", async () => {
    const { store, mine } = await byTheNewAlone();
    await expect(mine.credentials()).rejects.toThrow(Unopenable);
    expect([await store.lockedOut(), await both.lockedOut()]).toEqual([1, 0]);
  });

  it("the sweep seals everything anew, after which the new key alone opens and finds it", async () => {
    await swept();
    const { store, mine } = await byTheNewAlone();
    expect(await store.lockedOut()).toBe(0);
    expect(await store.sessions(channel)).toMatchObject([{ me: ANA, paired: true, proxy: PROXY }]);
    expect((await mine.credentials())?.registrationId).toBe(device.registrationId);
    expect(Object.keys(await mine.keys.get("session", ["0.0", "350.0", "699.0"]))).toHaveLength(3);
    expect(await mine.sentContent("3EB0OLD")).toEqual(Buffer.from("oi"));
    expect(await mine.phoneOfLid("777@lid")).toBe(BRUNO);
    expect((await mine.undone(0, 10)).map(({ stanza }) => stanza.body)).toEqual([Buffer.from("raw")]);
    // Judged by its first content: another one under this id would be refused.
    expect(await mine.ledger.claim(send(channel, "3EB0OLD", 1, { to: BRUNO }), UP)).toBe(false);
    const heard = new Heard();
    store.sayThrough(heard);
    await expect.poll(() => heard.of(channel).map(({ type }) => type)).toContain("message.status");
  });

  it("hashes are made anew too: a number stays taken, and a person is found and erased", async () => {
    const { store, mine } = await byTheNewAlone();
    const other = newChannel();
    await store.wish({ channel: other, company: ALFA, version: 1, wanted: true });
    await store.leases.take(other, ALFA);
    expect(await store.claimNumber(other, 1, ANA)).toBe(false);
    await store.erase(channel, ALFA, BRUNO);
    expect([await mine.sentContent("3EB0OLD"), await mine.phoneOfLid("777@lid")]).toEqual([undefined, undefined]);
  });

  it("what a session writes between the reading of a row and its sealing anew stays", async () => {
    const busy = newChannel();
    const store = await ground.open(KEYS);
    await store.wish({ channel: busy, company: ALFA, version: 1, wanted: true });
    await store.leases.take(busy, ALFA);
    const { keys } = store.channel(busy, ALFA, 1);
    await keys.set({ session: { "1.0": Buffer.from("one step") } });
    const database = Database.at(ground.url, silent);
    const meanwhile = Object.assign(Object.create(database) as Database, {
      write: async (unit: Unit<unknown>) => {
        await keys.set({ session: { "1.0": Buffer.from("two steps") } });
        return database.write(unit);
      },
    });
    const resealing = new Resealing(meanwhile, new Vault(`${NEW},${KEYS}`), silent);
    while (await resealing.round());
    await database.close();
    expect(await keys.get("session", ["1.0"])).toEqual({ "1.0": Buffer.from("two steps") });
  });
});
