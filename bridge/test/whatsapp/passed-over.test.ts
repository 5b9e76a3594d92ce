import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, linked, type Linked } from "./linked.js";

const WARN = 40;
let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  one = await linked(fake);
  // What a new device is told by its phone is behind it.
  await one.inbound(await fake.inbound(ALFA, ANA, { text: "antes" }));
  await fake.wait(() => waiting() === 0);
  one.store.said.length = one.lines.length = fake.receipts.length = 0;
});

afterEach(async () => {
  await one.session.stop();
  await fake.stop();
});

/** What WhatsApp would send again at the next login. */
const waiting = (): number | undefined => fake.phone(ALFA).device?.queue.length;
const troubles = (): string[] => one.lines.filter((line) => (JSON.parse(line) as { level: number }).level >= WARN);

/** A message of a person behind it has been told, so all before it has been through. */
async function allIsThrough(): Promise<void> {
  const last = await fake.inbound(ALFA, ANA, { text: "depois" });
  await one.inbound(last);
  await one.store.until(() => one.store.open === 0);
  await fake.wait(() => waiting() === 0);
  expect(one.store.of("message.in").map(({ wa_id }) => wa_id)).toEqual([last]);
}

test.each([
  ["a group", "120363000000000001@g.us"],
  ["a channel", "120363000000000002@newsletter"],
  ["the status feed", "status@broadcast"],
])("what is written in %s is acknowledged and passed over, with no trouble", async (_, chat) => {
  const media = { kind: "image", base64: "AAAA", type: "image/png" } as const;
  const ids = [await fake.inbound(ALFA, ANA, { text: "oi, todos" }, { chat }), await fake.inbound(ALFA, ANA, { media }, { chat })];
  await allIsThrough();
  expect(fake.receipts.flatMap((receipt) => receipt.ids).filter((id) => ids.includes(id))).toEqual([]);
  expect([fake.retries, fake.mediaHost().downloads]).toEqual([[], 0]);
  expect(one.store.said.filter(({ type }) => type !== "message.in")).toEqual([]);
  expect(troubles()).toEqual([]);
});

test("a call that nobody takes is acknowledged and told to nobody, with no trouble", async () => {
  await fake.call(ALFA, ANA);
  expect(waiting()).toBe(2);
  await allIsThrough();
  expect(one.store.said.filter(({ type }) => type !== "message.in")).toEqual([]);
  expect(troubles()).toEqual([]);
});

test("a message to a broadcast list is its sender's own to us", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "para todos vocês" }, { chat: "1700000000@broadcast" });
  expect(await one.inbound(id)).toMatchObject({ from: `+${ANA}`, text: "para todos vocês" });
  expect(troubles()).toEqual([]);
});
