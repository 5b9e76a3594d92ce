import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, linked, Linked, VERSION, type MemoryMedia } from "./linked.js";
import type { MemoryStore } from "./memory-store.js";

let fake: FakeWhatsApp;
let paired: { store: MemoryStore; media: MemoryMedia };

beforeAll(async () => {
  fake = await FakeWhatsApp.start();
  const one = await linked(fake);
  await one.session.stop();
  paired = one;
});

afterEach(() => {
  fake.faults.connects.refusals = [];
});

afterAll(() => fake.stop());

async function refused(around: ConstructorParameters<typeof Linked>[3] = {}): Promise<Linked> {
  const one = new Linked(fake, paired.store, paired.media, around);
  await one.session.start();
  await one.ended();
  return one;
}

test.each([
  [401, "logged_out", "logged_out"],
  [402, "banned", "banned"],
  [403, "banned", "banned"],
  [406, "banned", "banned"],
  [405, "outdated", "outdated"],
  [409, "back_off", "connection_lost"],
  [411, "failed", "refused"],
  [429, "back_off", "connection_lost"],
  [500, "back_off", "connection_lost"],
  [503, "back_off", "connection_lost"],
])("a login that WhatsApp refuses with %i is %s, and nobody hears that it was connected", async (code, then, reason) => {
  fake.faults.connects.refusals = [{ code, account: ALFA }];
  const one = await refused();
  expect(one.end).toEqual({ code, then, reason });
  expect(one.states.map(([state]) => state)).toEqual(["starting"]);
});

test("a WhatsApp that is not there is a lost connection", async () => {
  const one = await refused({ address: { version: VERSION, url: "ws://127.0.0.1:9/ws/chat" } });
  expect(one.end).toMatchObject({ then: "back_off", reason: "connection_lost" });
});

test("an answer of WhatsApp's edge that is no socket is a lost connection, not a wait for ever", async () => {
  const one = await refused({ address: { version: VERSION, url: fake.url.replace("/ws/chat", "/elsewhere") } });
  expect(one.end).toMatchObject({ then: "back_off", reason: "connection_lost" });
});
