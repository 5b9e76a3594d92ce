import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, BIA, linked, write, type Linked } from "./linked.js";

let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  one = await linked(fake);
  await fake.wait(() => fake.phone(ALFA).device?.queue.length === 0);
});

afterEach(async () => {
  vi.useRealTimers();
  await one.session.stop();
  await fake.stop();
});

/** Baileys alone writes to nobody, and WhatsApp acknowledges it: the message would be lost and taken for sent. */
test.each([
  ["which devices a person has", "usync"],
  ["which keys they have", "encrypt"],
])("while WhatsApp does not say %s, nothing is written to them, and it may be tried again", async (_, namespace) => {
  fake.faults.silentAbout.add(namespace);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const sent = write(ANA, { text: "oi" });
  fake.stanzas = [];
  void one.session.send(sent);
  // Each question is put only once the one before it was given up.
  while (one.store.rows.get(sent.waId)?.state !== "refused") {
    await vi.advanceTimersByTimeAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "refused", code: "unavailable" });
  vi.useRealTimers();
  expect(fake.stanzas.some(({ node }) => node.attrs["xmlns"] === namespace)).toBe(true);
  expect(fake.writes).toEqual([]);
  expect(one.session.health().oldestUnacked).toBe(0);

  fake.faults.silentAbout.clear();
  await one.session.send(sent);
  expect(await fake.wait(() => fake.chats.find("out", ALFA, sent.waId))).toMatchObject({ text: "oi", undecryptable: [] });
});

test("a number that is not on WhatsApp is written nothing, for good", async () => {
  fake.directory.notOnWhatsApp.add(BIA);
  const sent = write(BIA, { text: "oi" });
  await one.session.send(sent);
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "refused", code: "not_on_whatsapp" });
  expect(fake.writes).toEqual([]);
});

test("a message that is to be written anew for fresh devices is not, while WhatsApp does not say which they are", async () => {
  const before = write(ANA, { text: "antes" });
  await one.session.send(before);
  await one.store.until(() => one.store.rows.get(before.waId)?.state === "acked");
  fake.faults.rules = [{ then: "error", error: "479", next: 1 }];
  fake.faults.silentAbout.add("usync");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  while (one.store.rows.get(sent.waId)?.state !== "refused") {
    await vi.advanceTimersByTimeAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(one.store.rows.get(sent.waId)).toMatchObject({ code: "stale_devices" });
  expect(fake.writes.filter(({ id }) => id === sent.waId).map(({ outcome }) => outcome)).toEqual(["refused"]);
});
