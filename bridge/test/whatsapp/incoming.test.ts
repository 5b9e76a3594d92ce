import { afterEach, beforeEach, expect, test } from "vitest";
import { mediaHosts } from "../../src/whatsapp/downloads.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, BIA, linked, PNG, type Linked } from "./linked.js";

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

test("a message is told with the sender's phone, LID and name, and its stanza is done", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "bom dia" }, { name: "Ana" });
  const told = await one.inbound(id);
  expect(told).toMatchObject({ from: `+${ANA}`, lid: fake.phone(ANA).lid, name: "Ana", text: "bom dia", kind: "text" });
  await one.store.until(() => one.store.open === 0);
});

test("WhatsApp is told that a message came, once it is kept, and sends it no more", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "chegou?" });
  await one.inbound(id);
  await fake.wait(() => fake.receipts.find(({ ids, type }) => ids.includes(id) && type !== "read"));
  await fake.wait(() => fake.phone(ALFA).device?.queue.every(({ attrs }) => attrs["id"] !== id));
  expect(fake.chats.find("in", ALFA, id)?.status).toBe("delivered");
});

test("a message from a LID is told with the phone", async () => {
  const id = await fake.inbound(ALFA, BIA, { text: "oi" }, { lid: true });
  expect(await one.inbound(id)).toMatchObject({ from: `+${BIA}`, lid: fake.phone(BIA).lid });
});

test("what the owner types on the phone is an echo", async () => {
  const id = await fake.typed(ALFA, ANA, { text: "já vou" });
  const echo = await one.store.until(() => one.store.of("message.echo").find(({ wa_id }) => wa_id === id));
  expect(echo).toMatchObject({ to: `+${ANA}`, text: "já vou" });
});

test("a picture lands in the media store as it was", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "olha", media: { kind: "image", base64: PNG.toString("base64"), type: "image/png" } });
  const told = await one.inbound(id);
  expect(told).toMatchObject({ kind: "image", text: "olha", media: { type: "image/png", size: PNG.length } });
  expect(one.media.files.get(told.media?.key ?? "")?.bytes.equals(PNG)).toBe(true);
});

test("a picture that is gone is told without it", async () => {
  fake.mediaHost().failDownloads = 410;
  const id = await fake.inbound(ALFA, ANA, { media: { kind: "image", base64: PNG.toString("base64"), type: "image/png" } });
  expect((await one.inbound(id)).media).toMatchObject({ refused: "gone" });
});

test("a file is fetched from WhatsApp's own hosts alone, whatever its sender says", () => {
  const isHost = mediaHosts(undefined);
  expect(["https://mmg.whatsapp.net/x", "https://media-gru1-1.cdn.whatsapp.net/x"].every((url) => isHost(new URL(url)))).toBe(true);
  for (const url of ["https://127.0.0.1/x", "https://mmg.whatsapp.net@10.0.0.5:8443/x", "https://evil-whatsapp.net/x", "https://mmg.whatsapp.net:8443/x"]) {
    expect(isHost(new URL(url)), url).toBe(false);
  }
});

test("a voice message is of its own kind", async () => {
  const id = await fake.inbound(ALFA, ANA, { media: { kind: "audio", base64: "AAAA", type: "audio/ogg; codecs=opus", voice: true } });
  expect(await one.inbound(id)).toMatchObject({ kind: "voice", media: { seconds: 1 } });
});

test("edits, deletions and reactions name their message", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "dez" });
  await fake.inbound(ALFA, ANA, { edit: id, text: "onze" });
  await fake.inbound(ALFA, ANA, { reaction: { to: id, emoji: "👍" } });
  await fake.inbound(ALFA, ANA, { revoke: id });
  await one.store.until(() => one.store.of("message.revoked")[0]);
  const head = { wa_id: id, phone: `+${ANA}`, from_me: false };
  expect(one.store.of("message.edited")).toMatchObject([{ ...head, text: "onze" }]);
  expect(one.store.of("message.reaction")).toMatchObject([{ ...head, emoji: "👍" }]);
  expect(one.store.of("message.revoked")).toMatchObject([head]);
  expect(one.store.of("message.in")).toHaveLength(1);
});

test("a place and a card are a kind and a short text", async () => {
  const place = await fake.inbound(ALFA, ANA, { message: { locationMessage: { degreesLatitude: -23.5, degreesLongitude: -46.6, name: "Sé" } } });
  const card = await fake.inbound(ALFA, ANA, { message: { contactMessage: { displayName: "Bia", vcard: "BEGIN:VCARD\nEND:VCARD" } } });
  expect(await one.inbound(place)).toMatchObject({ kind: "location", text: "Sé -23.5,-46.6" });
  expect(await one.inbound(card)).toMatchObject({ kind: "contact", text: "Bia" });
});

test("messages of one person keep their order, pictures among them", async () => {
  const ids: string[] = [];
  for (let at = 0; at < 12; at += 1) {
    const media = at % 3 === 0 ? { media: { kind: "image" as const, base64: PNG.toString("base64"), type: "image/png" } } : { text: String(at) };
    ids.push(await fake.inbound(ALFA, ANA, media));
  }
  await one.inbound(ids[11] ?? "");
  expect(one.store.of("message.in").map(({ wa_id }) => wa_id)).toEqual(ids);
});

test("what came while the bridge was away is told like the rest", async () => {
  await one.session.stop();
  const id = await fake.inbound(ALFA, ANA, { text: "alô?" });
  one = await one.next();
  expect(await one.inbound(id)).toMatchObject({ text: "alô?" });
});

test("a message that cannot be opened is asked for again and told when it comes", async () => {
  const first = await fake.inbound(ALFA, ANA, { text: "antes" });
  await one.inbound(first);
  const id = await fake.inbound(ALFA, ANA, { text: "de novo" }, { corrupt: true });
  expect(await one.inbound(id)).toMatchObject({ text: "de novo" });
  expect(fake.retries.some(({ ids }) => ids.includes(id))).toBe(true);
});

test("a read mark reaches WhatsApp", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "oi" });
  await one.inbound(id);
  await one.session.markRead([{ waId: id, from: `+${ANA}` }]);
  await fake.wait(() => fake.receipts.find((receipt) => receipt.ids.includes(id) && receipt.type === "read"));
});

test("a person whose phone WhatsApp does not tell goes by the LID's digits, with no plus", async () => {
  const { People } = await import("../../src/whatsapp/people.js");
  const silent = { signalRepository: { lidMapping: { getPNForLID: () => Promise.resolve(null) } }, executeUSyncQuery: () => Promise.resolve({ list: [], sideList: [] }) };
  const people = new People(one.store, silent as never);
  expect(await people.of({ key: { remoteJid: "123456789012345@lid" } })).toEqual({ phone: "123456789012345", lid: "123456789012345" });
});

test("while WhatsApp cannot be asked whose LID it is, nothing is said", async () => {
  const { People } = await import("../../src/whatsapp/people.js");
  const deaf = { signalRepository: { lidMapping: { getPNForLID: () => Promise.resolve(null) } }, executeUSyncQuery: () => Promise.resolve(undefined) };
  await expect(new People(one.store, deaf as never).of({ key: { remoteJid: "123456789012345@lid" } })).rejects.toThrow("did not answer");
});

test("no text and no phone is in the log", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "segredo-7351" });
  await one.inbound(id);
  const log = one.lines.join("");
  expect(log).not.toContain("segredo-7351");
  expect(log).not.toContain(ANA);
});
