import { afterEach, beforeEach, expect, test } from "vitest";
import { Keeper } from "../../src/bridge/keeper.js";
import { Logins } from "../../src/bridge/logins.js";
import { Watchdog } from "../../src/bridge/watchdog.js";
import { Calls } from "../../src/store/calls.js";
import { openSession } from "../../src/whatsapp/session.js";
import { ALFA as COMPANY, CHANNEL } from "../app-side.js";
import { log, SharedRows, SWIFT } from "../bridge/fakes.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, BIA, linked, MemoryMedia, VERSION } from "./linked.js";
import { MemoryStore } from "./memory-store.js";

let fake: FakeWhatsApp;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(() => fake.stop());

const never = (): Promise<never> => new Promise(() => undefined);
const readsSession = (call: string, given: unknown): boolean => call === "get" && (given as { type: string }).type === "session";

test("6: a call of the store that never returns ends the generation; what came meanwhile is told by the next", async () => {
  let one = await linked(fake);
  const calls = new Calls(50);
  one.store.before = (call, given) => (readsSession(call, given) ? calls.within(never) : undefined);
  const ids = [await fake.inbound(ALFA, ANA, { text: "um" }), await fake.inbound(ALFA, BIA, { text: "dois" })];
  expect(await one.ended()).toMatchObject({ then: "back_off" });
  expect(one.store.of("message.in")).toEqual([]);
  expect(calls.oldest()).toBeGreaterThan(0);

  one.store.before = undefined;
  one = await one.next();
  for (const id of ids) await one.inbound(id);
  expect(one.store.of("message.in").map(({ wa_id }) => wa_id).sort()).toEqual(ids.sort());
  await one.session.stop();
});

test("6: what hangs past every deadline is opened again by the watchdog, and nothing is lost", async () => {
  const kept = Object.assign(new MemoryStore(), { channel: CHANNEL, company: COMPANY });
  const store = { ...new SharedRows().store(), channel: () => kept };
  const qrs: string[] = [];
  const outbox = {
    add: (event: { type: string; data: object }): void => {
      if (event.type === "session.qr") qrs.push((event.data as { text: string }).text);
      kept.changed();
    },
  };
  const address = { version: VERSION, url: fake.url, rootKey: fake.rootKey };
  const idle = { logins: new Logins(), media: new MemoryMedia(), refresh: () => Promise.resolve() };
  const shared = { open: openSession, address: () => address, pace: SWIFT, log, ...idle };
  const keeper = new Keeper({ store, outbox, shared });
  const failures: string[] = [];
  const watchdog = new Watchdog({ store, held: () => keeper.held.values(), pace: { ...SWIFT, stuck: 1 }, log, fail: (why) => failures.push(why) });
  await keeper.wish({ v: 1, id: CHANNEL, at: new Date().toISOString(), channel: CHANNEL, company: COMPANY, type: "session.start", data: { version: 1 } });
  await fake.scan(await kept.until(() => qrs[0]), ALFA);
  const undone = (): number | undefined => keeper.held.get(CHANNEL)?.session?.health().oldestUndone;
  await fake.wait(() => fake.phone(ALFA).device?.logins === 1 && fake.phone(ALFA).device?.queue.length === 0);
  await expect.poll(undone).toBe(0);
  watchdog.look();

  let hangs = 0;
  kept.before = (call, given) => {
    if (!readsSession(call, given)) return;
    hangs += 1;
    return never();
  };
  const ids = [await fake.inbound(ALFA, ANA, { text: "um" }), await fake.inbound(ALFA, BIA, { text: "dois" })];
  await expect.poll(() => hangs).toBeGreaterThan(0);
  await expect.poll(undone).toBeGreaterThan(0.001);
  expect([kept.of("message.in"), fake.phone(ALFA).device?.logins]).toEqual([[], 1]);
  kept.before = undefined;
  watchdog.look();
  await kept.until(() => ids.every((id) => kept.of("message.in").some(({ wa_id }) => wa_id === id)));
  expect(kept.of("message.in")).toHaveLength(2);
  expect([fake.phone(ALFA).device?.logins, fake.phone(ALFA).device?.replaced, failures]).toEqual([2, 0, []]);
  await keeper.stop();
});
