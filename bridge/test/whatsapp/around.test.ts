import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { addContact, tellHistory } from "../fake-whatsapp/history.js";
import { announce } from "../fake-whatsapp/restrictions.js";
import { ALFA, ANA, BIA, linked, type Linked } from "./linked.js";

const DAY = 86_400;
let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  const account = fake.account(ALFA);
  account.addressBook = [{ phone: ANA, name: "Ana Souza" }];
  account.history = [
    { with: ANA, messages: [{ id: "PAST0001", text: "ontem", seconds_ago: DAY }, { id: "PAST0002", text: "respondi", from_me: true, seconds_ago: DAY - 60 }] },
    { with: BIA, messages: [{ id: "PAST0003", text: "há um mês", seconds_ago: 30 * DAY }] },
  ];
});

afterEach(async () => {
  await one.session.stop();
  await fake.stop();
});

function told(id: string): { is_history?: boolean | undefined; text: string } | undefined {
  return [...one.store.of("message.in"), ...one.store.of("message.echo")].find(({ wa_id }) => wa_id === id);
}

test("the past is told only for the days that were asked for, and as the past", async () => {
  one = await linked(fake, ALFA, { historyDays: 7 });
  await one.store.until(() => one.store.of("history.progress").find(({ done }) => done));
  expect(told("PAST0001")).toMatchObject({ text: "ontem", is_history: true });
  expect(told("PAST0002")).toMatchObject({ text: "respondi", is_history: true });
  expect(told("PAST0003")).toBeUndefined();
});

test("nobody who did not ask for the past is told of it", async () => {
  one = await linked(fake);
  await tellHistory(fake, fake.account(ALFA), [{ with: ANA, messages: [{ id: "PAST0004", text: "antes", seconds_ago: 60 }] }]);
  const now = await fake.inbound(ALFA, ANA, { text: "agora" });
  await one.inbound(now);
  await one.store.until(() => one.store.open === 0);
  expect(one.store.of("message.in").map(({ wa_id }) => wa_id)).toEqual([now]);
});

test("the phone's address book is told with names, and what is saved later too", async () => {
  one = await linked(fake);
  const named = (phone: string, name: string) => one.store.until(() => one.store.of("contacts.upserted").flatMap(({ contacts }) => contacts).find((contact) => contact.phone === `+${phone}` && contact.name === name));
  await named(ANA, "Ana Souza");
  await addContact(fake.account(ALFA), BIA, "Bia Lima");
  await named(BIA, "Bia Lima");
});

test("whoever writes from a LID is mapped to the phone, once told and kept", async () => {
  one = await linked(fake);
  const id = await fake.inbound(ALFA, BIA, { text: "oi" }, { lid: true });
  await one.inbound(id);
  const { lid } = fake.phone(BIA);
  await one.store.until(() => one.store.of("lid.mapped").flatMap(({ pairs }) => pairs).find((pair) => pair.lid === lid && pair.phone === `+${BIA}`));
  expect(await one.store.phoneOfLid(lid)).toBe(`+${BIA}`);
});

test("a reach-out lock and a cap on new chats are told with their end", async () => {
  one = await linked(fake);
  const ends = Math.floor(Date.now() / 1000) + DAY;
  await announce(fake.account(ALFA), { lock: { is_active: true, time_enforcement_ends: String(ends), enforcement_type: "RESTRICT" } });
  await announce(fake.account(ALFA), { capping: { total_quota: 100, used_quota: 80, cycle_end_timestamp: ends } });
  const until = new Date(ends * 1000).toISOString();
  const restricted = (kind: string) => one.store.until(() => one.store.of("session.restricted").find((data) => data.kind === kind));
  expect(await restricted("reach_out")).toMatchObject({ until });
  expect(await restricted("quota")).toMatchObject({ used: 80, limit: 100, until });
});
