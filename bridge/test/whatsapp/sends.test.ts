import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import type { Shown } from "../fake-whatsapp/shown.js";
import { ALFA, ANA, BIA, linked, PNG, write, type Linked } from "./linked.js";

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

const shown = (id: string): Promise<Shown> => fake.wait(() => fake.chats.find("out", ALFA, id));
const state = (id: string, wanted: string) => one.store.until(() => one.store.rows.get(id)?.state === wanted && one.store.rows.get(id));

test("a text arrives under our own id and is acknowledged", async () => {
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  expect(await shown(sent.waId)).toMatchObject({ text: "oi", with: ANA, undecryptable: [] });
  await state(sent.waId, "acked");
  expect(one.session.health().oldestUnacked).toBe(0);
});

test("a text after the first, and one after an answer, is readable too", async () => {
  for (const text of ["um", "dois"]) {
    const sent = write(ANA, { text });
    await one.session.send(sent);
    expect(await shown(sent.waId)).toMatchObject({ text, undecryptable: [], retries: 0 });
    await one.inbound(await fake.inbound(ALFA, ANA, { text: "sim" }));
  }
});

test.each(["pn", "lid"] as const)("receipts are told, from the person's %s alike", async (from) => {
  fake.faults.policies.set(ANA, { delivered: true, read: true, played: true, receipts_from: from });
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  await one.store.until(() => one.store.of("message.status").some(({ wa_id, rank }) => wa_id === sent.waId && rank === "played"));
  expect(one.store.of("message.status").map(({ rank }) => rank)).toEqual(["delivered", "read", "played"]);
});

test.each([
  ["image", "image/png", "image"],
  ["document", "application/pdf", "document"],
  ["video", "video/mp4", "video"],
  ["voice", "audio/ogg", "audio"],
] as const)("a file as %s is uploaded whole", async (kind, type, as) => {
  one.media.files.set("k", { bytes: PNG, type });
  const sent = write(ANA, { ...(kind === "voice" ? {} : { text: "veja" }), media: { kind, key: "k", type, name: "a.bin" } });
  await one.session.send(sent);
  const seen = await shown(sent.waId);
  expect(seen).toMatchObject({ kind: as, text: kind === "voice" ? null : "veja", undecryptable: [] });
  expect(seen.media).toMatchObject({ size: PNG.length, intact: true });
});

test("a resend uploads nothing and shows nothing twice", async () => {
  one.media.files.set("k", { bytes: PNG, type: "image/png" });
  const content = { media: { kind: "image", key: "k", type: "image/png" } } as const;
  const sent = write(ANA, content);
  await one.session.send(sent);
  await state(sent.waId, "acked");
  const uploads = fake.mediaHost().uploads;
  one.media.files.clear();
  await one.session.send(write(ANA, content, { waId: sent.waId, claimNo: 2, again: 1 }));
  await fake.wait(() => fake.chats.find("out", ALFA, sent.waId)?.writes === 2);
  expect(fake.mediaHost().uploads).toBe(uploads);
});

test("a reply names the message it answers", async () => {
  const asked = await fake.inbound(ALFA, ANA, { text: "quanto custa?" });
  await one.inbound(asked);
  const sent = write(ANA, { text: "dez", quote: { wa_id: asked, from: `+${ANA}`, text: "quanto custa?" } });
  await one.session.send(sent);
  expect(await shown(sent.waId)).toMatchObject({ text: "dez", quoted: asked });
});

test("of a frame that left nothing is said, unless its ack keeps us waiting", async () => {
  const written: unknown[] = [];
  one.store.before = (call, waId) => {
    if (call === "written") written.push(waId);
  };
  const quick = write(ANA, { text: "um" });
  await one.session.send(quick);
  await state(quick.waId, "acked");
  fake.faults.rules = [{ then: "no_ack" }];
  const slow = write(ANA, { text: "dois" });
  await one.session.send(slow);
  await state(slow.waId, "written");
  expect(written).toEqual([slow.waId]);
});

test("a frame that left before the end is known as written", async () => {
  fake.faults.rules = [{ then: "no_ack" }];
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  await one.session.stop();
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "written" });
});

test("the token of a person is issued once, not with each message", async () => {
  const tokens = (): number => fake.stanzas.filter(({ node }) => node.attrs["xmlns"] === "privacy" && JSON.stringify(node).includes("trusted_contact")).length;
  for (const text of ["um", "dois", "três"]) {
    const sent = write(ANA, { text });
    await one.session.send(sent);
    await state(sent.waId, "acked");
    await one.store.until(() => [...one.store.data].some(([name, value]) => name.startsWith("tctoken") && value.includes("senderTimestamp")));
  }
  expect(tokens()).toBe(1);
});

test("typing is shown before the message", async () => {
  const sent = write(ANA, { text: "oi" }, { typing: 20 });
  await one.session.send(sent);
  await shown(sent.waId);
  expect(fake.presences.some((presence) => presence.state === "composing")).toBe(true);
});

test("a message is claimed only when nothing but its encryption is left: a bridge that dies before leaves no doubt", async () => {
  one.media.files.set("k", { bytes: PNG, type: "image/png" });
  const before: string[] = [];
  one.store.before = (call) => {
    if (call !== "claim") return;
    if (fake.presences.some((presence) => presence.state === "composing")) before.push("typing");
    if (fake.mediaHost().uploads > 0) before.push("upload");
    if (fake.stanzas.some(({ node }) => node.tag === "iq" && node.attrs["xmlns"] === "encrypt" && JSON.stringify(node).includes(BIA))) before.push("session");
  };
  const sent = write(BIA, { media: { kind: "image", key: "k", type: "image/png" } }, { typing: 5 });
  await one.session.send(sent);
  expect(before).toEqual(["typing", "upload", "session"]);
  await shown(sent.waId);
});

test("what a person does beside a message is shown to the other", async () => {
  await one.session.presence(`+${ANA}`, "paused");
  await fake.wait(() => fake.presences.find(({ state, to }) => state === "paused" && to?.startsWith(ANA)));
});

test("an object that is not in the media store is not written", async () => {
  const sent = write(ANA, { media: { kind: "image", key: "none", type: "image/png" } });
  await one.session.send(sent);
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "refused", code: "media_missing" });
  expect(fake.writes.filter(({ id }) => id === sent.waId)).toEqual([]);
});

test("a file that WhatsApp's hosts do not take is not written, and may be tried again", async () => {
  one.media.files.set("k", { bytes: PNG, type: "image/png" });
  const sent = write(ANA, { media: { kind: "image", key: "k", type: "image/png" } });
  fake.mediaHost().failUploads = 500;
  await one.session.send(sent);
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "refused", code: "media_unavailable" });
  expect(fake.writes.filter(({ id }) => id === sent.waId)).toEqual([]);
  fake.mediaHost().failUploads = 0;
  await one.session.send(sent);
  expect(await shown(sent.waId)).toMatchObject({ kind: "image", undecryptable: [] });
});

test("nothing is written on a closed socket, and that is certain", async () => {
  await one.session.stop();
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  expect(one.store.rows.get(sent.waId)).toMatchObject({ state: "refused", code: "not_connected" });
});

test("463 refuses this message for good and tells of the lock", async () => {
  fake.faults.rules = [{ then: "error", error: "463" }];
  const sent = write(ANA, { text: "fria" });
  await one.session.send(sent);
  expect(await state(sent.waId, "refused")).toMatchObject({ code: "must_write_first", claimNo: 1 });
  expect(one.store.of("session.restricted")).toMatchObject([{ kind: "reach_out" }]);
  expect(fake.writes.filter(({ id }) => id === sent.waId)).toHaveLength(1);
});

test("479 writes the same id once more, for fresh devices", async () => {
  fake.faults.rules = [{ then: "error", error: "479", next: 1 }];
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  await state(sent.waId, "acked");
  expect(fake.writes.filter(({ id }) => id === sent.waId).map(({ outcome }) => outcome)).toEqual(["refused", "accepted"]);
});

test("479 twice is stale_devices", async () => {
  fake.faults.rules = [{ then: "error", error: "479" }];
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  expect(await state(sent.waId, "refused")).toMatchObject({ code: "stale_devices" });
  expect(fake.writes.filter(({ id }) => id === sent.waId)).toHaveLength(2);
});

test.each([
  ["429", "rate_limited?"],
  ["500", "unavailable?"],
  ["403", "banned"],
  ["420", "nack"],
])("a nack of %s is %s", async (error, code) => {
  fake.faults.rules = [{ then: "error", error }];
  const sent = write(ANA, { text: "oi" });
  await one.session.send(sent);
  expect(await state(sent.waId, "refused")).toMatchObject({ code });
});

test("a person's phone that asks again is answered from the store, by the next generation too", async () => {
  const sent = write(ANA, { text: "de novo" });
  await one.session.send(sent);
  await state(sent.waId, "acked");
  await one.session.stop();
  one = await one.next();
  await fake.askAgain(ALFA, sent.waId);
  await fake.wait(() => (fake.chats.find("out", ALFA, sent.waId)?.retries ?? 0) > 0);
  expect(await shown(sent.waId)).toMatchObject({ text: "de novo", undecryptable: [] });
});

test("numbers are told with their registered spelling and LID; those not on WhatsApp as such", async () => {
  fake.directory.notOnWhatsApp.add("5511900000000");
  const told = await one.session.check([`+${ANA}`, "+5511900000000"]);
  expect(told).toMatchObject([
    { phone: `+${ANA}`, exists: true, jid: `${ANA}@s.whatsapp.net` },
    { phone: "+5511900000000", exists: false, jid: null, lid: null },
  ]);
  expect(told[0]?.lid).toMatch(/^\d+$/);
});
