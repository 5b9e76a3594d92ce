import { beforeAll, expect, it } from "vitest";
import { LeaseLost, type Store } from "../../src/store/ports.js";
import { ALFA, BETA, newChannel } from "./app.js";
import { KEYS, onEachDatabase } from "./databases.js";

const PROXY = "socks5://ana:secret@proxy.example:1080";

onEachDatabase("sessions", (ground) => {
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    [store, other] = [await ground.open(), await ground.open()];
  });

  async function held(by: Store): Promise<string> {
    const channel = newChannel();
    await by.wish({ channel, company: ALFA, version: 1, wanted: true });
    await by.leases.take(channel, ALFA);
    return channel;
  }
  const claims = async (by: Store, phone: string): Promise<boolean> => by.claimNumber(await held(by), 1, { phone, name: "Ana" });

  async function paired(company: string, phone: string): Promise<string> {
    const channel = newChannel();
    await store.wish({ channel, company, version: 1, wanted: true });
    const lease = await store.leases.take(channel, company);
    await store.state(channel, lease?.epoch ?? 0, { state: "connected", me: { phone, name: "Ana" }, paired: true });
    return channel;
  }

  it("a wish is kept, a newer one replaces it, an older one changes nothing", async () => {
    const of = { channel: newChannel(), company: ALFA };
    const kept = { ...of, version: 2, answered: -1, wanted: true, proxy: PROXY, historyDays: 30 };
    expect(await store.wish(kept)).toEqual({ ...kept, state: "stopped", reason: null, me: null, paired: false });
    expect(await other.wish({ ...of, version: 1, wanted: false, proxy: null, historyDays: 7 })).toMatchObject(kept);
    expect(await other.wish({ ...of, version: 3, wanted: false })).toMatchObject({ wanted: false, version: 3, proxy: PROXY, historyDays: 30 });
    expect(await store.wish({ ...of, version: 4, wanted: true, proxy: null })).toMatchObject({ proxy: null });
  });

  it("a wish for another company's channel changes nothing", async () => {
    const channel = newChannel();
    await store.wish({ channel, company: ALFA, version: 1, wanted: true });
    expect(await store.wish({ channel, company: BETA, version: 9, wanted: false })).toMatchObject({ company: ALFA, version: 1, wanted: true });
  });

  it("two that wish first at the same moment make one session", async () => {
    const channel = newChannel();
    await Promise.all([1, 2].map((version) => (version === 1 ? store : other).wish({ channel, company: ALFA, version, wanted: true })));
    expect((await store.sessions()).filter((one) => one.channel === channel)).toMatchObject([{ version: 2 }]);
  });

  it("states are there for the next process, what is not named stays", async () => {
    const channel = await paired(ALFA, "+5511911111111");
    await store.state(channel, 1, { state: "reconnecting", reason: "connection_lost" });
    const found = (await other.sessions()).find((one) => one.channel === channel);
    expect(found).toMatchObject({ state: "reconnecting", reason: "connection_lost", paired: true, me: { phone: "+5511911111111", name: "Ana" } });
  });

  it("a wish that is kept is not yet answered; the state it leads to says that it is", async () => {
    const channel = await paired(ALFA, "+5511955555555");
    await store.state(channel, 1, { answered: 1, state: "failed", reason: "refused" });
    expect(await other.wish({ channel, company: ALFA, version: 2, wanted: true })).toMatchObject({ version: 2, answered: 1 });
    await store.state(channel, 1, { answered: 2, state: "starting", reason: null });
    expect(await other.sessions(channel)).toMatchObject([{ version: 2, answered: 2, state: "starting" }]);
  });

  it("a phone paired with another channel is taken, in either spelling, whichever key is first now", async () => {
    const channel = await paired(BETA, "+5511922222222");
    const rotated = await ground.open(`a newer key that is of more than 32 characters,${KEYS}`);
    expect(await claims(other, "551122222222")).toBe(false);
    expect(await claims(rotated, "+5511922222222")).toBe(false);
    expect(await claims(other, "+5511933333333")).toBe(true);
    expect(await store.claimNumber(channel, 1, { phone: "+5511922222222", name: "Ana" })).toBe(true);
  });

  it("who is refused a phone stays as it was; who gets it is paired with it", async () => {
    await paired(BETA, "+5511966666666");
    const [refused, given] = [await held(store), await held(store)];
    await store.claimNumber(refused, 1, { phone: "+5511966666666", name: "Ana" });
    await store.claimNumber(given, 1, { phone: "+5511977777777", name: "Ana" });
    expect(await store.sessions(refused)).toMatchObject([{ paired: false, me: null }]);
    expect(await store.sessions(given)).toMatchObject([{ paired: true, me: { phone: "+5511977777777", name: "Ana" } }]);
  });

  it("of channels that claim one phone at the same moment, in several bridges, one gets it", async () => {
    const phones = Array.from({ length: 10 }, (_, at) => `+551198888${1000 + at}`);
    const channels = await Promise.all(phones.map(async (phone) => ({ phone, one: await held(store), two: await held(other) })));
    const got = await Promise.all(
      channels.map(({ phone, one, two }) =>
        Promise.all([store.claimNumber(one, 1, { phone, name: "Ana" }), other.claimNumber(two, 1, { phone, name: "Bia" })]),
      ),
    );
    expect(got.map((both) => both.filter(Boolean).length)).toEqual(phones.map(() => 1));
  });

  it("who lost the channel claims nothing", async () => {
    const channel = await held(store);
    await store.leases.take(channel, ALFA);
    await expect(store.claimNumber(channel, 1, { phone: "+5511988888888", name: "Ana" })).rejects.toThrow(LeaseLost);
    expect(await store.sessions(channel)).toMatchObject([{ paired: false, me: null }]);
  });

  it("a device that was wiped holds its phone no more", async () => {
    const channel = await paired(ALFA, "+5511944444444");
    await store.channel(channel, ALFA, 1).wipe();
    expect(await claims(store, "+5511944444444")).toBe(true);
  });
});
