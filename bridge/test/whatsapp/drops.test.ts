import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, linked, write, type Linked } from "./linked.js";

let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  one = await linked(fake);
});

afterEach(async () => {
  await one.session.stop();
  await fake.stop();
});

const outcomes = (waId: string): string[] => fake.writes.filter(({ id }) => id === waId).map(({ outcome }) => outcome);
const state = (waId: string): string | undefined => one.store.rows.get(waId)?.state;

/** The next generation is up and has written something of its own: whatever it writes by itself was written before. */
async function nextHasSpoken(): Promise<void> {
  one = await one.next();
  const other = write(ANA, { text: "outra" });
  await one.session.send(other);
  await one.store.until(() => state(other.waId) === "acked");
}

test.each([
  ["drop_before_ack", ["dropped", "accepted"], "written"],
  ["drop_after_ack", ["accepted", "again"], "acked"],
] as const)("a message whose line goes with %s is written again only when asked, and shown once", async (then, writes, known) => {
  fake.faults.rules = [{ then, next: 1 }];
  const sent = write(ANA, { text: "uma vez" });
  await one.session.send(sent);
  expect(await one.ended()).toMatchObject({ then: "back_off" });

  await nextHasSpoken();
  await one.store.until(() => state(sent.waId) === known);
  expect(outcomes(sent.waId)).toEqual(writes.slice(0, 1));

  await one.session.send(write(ANA, { text: "uma vez" }, { waId: sent.waId, claimNo: 2, again: 1 }));
  await fake.wait(() => outcomes(sent.waId).length === 2);
  await one.store.until(() => state(sent.waId) === "acked");
  expect(outcomes(sent.waId)).toEqual(writes);
  expect(fake.messages.filter(({ id }) => id === sent.waId)).toMatchObject([{ text: "uma vez", undecryptable: [] }]);
});

test("a message without an ack stays written, and its age is told until the ack comes", async () => {
  fake.faults.rules = [{ then: "no_ack", next: 1 }];
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  await fake.wait(() => fake.chats.find("out", ALFA, sent.waId));
  await one.store.until(() => state(sent.waId) === "written");
  await expect.poll(() => one.session.health().oldestUnacked).toBeGreaterThan(0);

  await one.session.send(write(ANA, { text: "oi" }, { waId: sent.waId, claimNo: 2, again: 1 }));
  await one.store.until(() => state(sent.waId) === "acked");
  expect(one.session.health().oldestUnacked).toBe(0);
});
