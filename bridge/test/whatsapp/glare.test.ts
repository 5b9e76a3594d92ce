import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { strict } from "../../src/whatsapp/libsignal.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import type { Shown } from "../fake-whatsapp/shown.js";
import { ALFA, ANA, linked, write, type Linked } from "./linked.js";

/** Longer than a list of somebody's devices is kept. */
const TOMORROW_MS = 24 * 60 * 60 * 1000;

let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  one = await linked(fake);
  // A retry would put a new session in place of the broken one.
  fake.faults.policy.retries = false;
  fake.faults.resends = false;
  await fake.wait(() => fake.phone(ALFA).device?.queue.length === 0);
});

afterEach(async () => {
  strict.restores = true;
  vi.useRealTimers();
  await one.session.stop();
  await fake.stop();
});

async function say(text: string): Promise<Shown> {
  const claim = write(ANA, { text });
  await one.session.send(claim);
  return fake.wait(() => fake.chats.find("out", ALFA, claim.waId));
}

async function hear(text: string): Promise<void> {
  expect(await one.inbound(await fake.inbound(ALFA, ANA, { text }))).toMatchObject({ text });
}

/** Ana's text is under way while ours reaches her: she reads it first, and we read hers after it. */
async function cross(hers: string, ours: string): Promise<Shown> {
  const [line] = fake.sockets(ALFA);
  if (line === undefined) throw new Error("nobody is logged in");
  line.isActive = false;
  const id = await fake.inbound(ALFA, ANA, { text: hers });
  const shown = await say(ours);
  expect(one.store.of("message.in").some(({ wa_id }) => wa_id === id)).toBe(false);
  await line.device?.drain(line);
  await one.inbound(id);
  return shown;
}

const keysOfAna = (): number => fake.phone(ANA).endpoint.nextPreKey;

test("3: two sessions of one person, each begun by one side while the other began, are both whole ever after", async () => {
  const texts = [await cross("de lá", "de cá")];
  for (const at of [1, 2, 3]) {
    await hear(`de lá ${String(at)}`);
    texts.push(await say(`de cá ${String(at)}`));
  }
  expect(texts.flatMap(({ undecryptable }) => undecryptable)).toEqual([]);
  expect(fake.retries).toEqual([]);
});

test("3: a session renewed for a fresh list of devices leaves the one before it readable, and is whole itself", async () => {
  await say("oi");
  await hear("oi");
  const texts: Shown[] = [];
  for (const at of [1, 2, 3]) {
    const keys = keysOfAna();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TOMORROW_MS });
    texts.push(await cross(`de lá ${String(at)}`, `de cá ${String(at)}`));
    expect(keysOfAna()).toBeGreaterThan(keys);
    texts.push(await say(`outra ${String(at)}`));
    await hear(`outra de lá ${String(at)}`);
  }
  expect(texts.flatMap(({ undecryptable }) => undecryptable)).toEqual([]);
  expect(fake.retries).toEqual([]);
});

test("3: without the repair the very same crossing breaks the session, so the tests above do hold it", async () => {
  strict.restores = false;
  await cross("de lá", "de cá");
  await hear("outra de lá");
  expect((await say("outra")).undecryptable).not.toEqual([]);
});
