import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, linked, type Linked } from "./linked.js";

/** Baileys' own: it pings so often, and gives the line up after so long and five seconds more. */
const PING_MS = 30_000;
/** Longer than any question of Baileys waits for its answer. */
const ANSWER_MS = 30_000;

let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await one.session.stop();
  await fake.stop();
});

const asked = (namespace: string): number => fake.stanzas.filter(({ node }) => node.attrs["xmlns"] === namespace).length;

/** So many pings, each gone to WhatsApp and, if it answers them, answered. */
async function pings(count: number): Promise<void> {
  for (let at = 1; at <= count; at += 1) {
    vi.advanceTimersByTime(PING_MS);
    await fake.wait(() => asked("w:p") === at);
    // By the same line as the answer, and behind it.
    if (!fake.faults.isSilentAbout("w:p")) await one.inbound(await fake.inbound(ALFA, ANA, { text: String(at) }));
  }
}

test("a WhatsApp that answers no pings is a lost connection; one that does stays connected", async () => {
  const first = await linked(fake);
  await first.session.stop();
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"], now: Date.now() });
  one = await first.next();
  await pings(3);
  expect(one.session.isConnected).toBe(true);

  fake.stanzas = [];
  fake.faults.silentAbout.add("w:p");
  await pings(1);
  vi.advanceTimersByTime(PING_MS);
  expect(await one.ended()).toMatchObject({ code: 408, then: "back_off", reason: "connection_lost" });
});

test.each(["abt", "blocklist", "privacy"])("a question about %s that is never answered rejects nowhere and leaves the session open", async (namespace) => {
  const rejected: unknown[] = [];
  const heard = (reason: unknown): void => void rejected.push(reason);
  process.on("unhandledRejection", heard);
  const first = await linked(fake);
  await first.session.stop();
  fake.stanzas = [];
  fake.faults.silentAbout.add(namespace);
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  one = await first.next();
  await fake.wait(() => asked(namespace) > 0);
  await vi.advanceTimersByTimeAsync(ANSWER_MS);
  vi.useRealTimers();
  expect(one.lines.join("")).toContain("timed out waiting for message");

  expect(await one.inbound(await fake.inbound(ALFA, ANA, { text: "ouviu?" }))).toMatchObject({ text: "ouviu?" });
  process.off("unhandledRejection", heard);
  expect(rejected).toEqual([]);
  expect([one.session.isConnected, one.end]).toEqual([true, undefined]);
});

test("while WhatsApp does not hand out a new device's settings its messages wait, and none is lost", async () => {
  fake.faults.silentAbout.add("w:sync:app:state");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  one = await linked(fake);
  const id = await fake.inbound(ALFA, ANA, { text: "ouviu?" });
  // Given up and put again.
  await passing(() => asked("w:sync:app:state") > 1);
  fake.faults.silentAbout.clear();
  await passing(() => one.store.of("message.in").some(({ wa_id }) => wa_id === id));
  expect(fake.retries).toEqual([]);
});

/** Seconds of Baileys' time pass until it is so. */
async function passing(isSo: () => boolean): Promise<void> {
  while (!isSo()) {
    await vi.advanceTimersByTimeAsync(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
