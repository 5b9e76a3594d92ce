import { proto } from "baileys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "./fake-whatsapp.js";
import { lidJid, phoneJid } from "./jids.js";
import type { Shown } from "./shown.js";
import { linked, StockClient } from "./stock-client.js";

const ALFA = "5511987650001";
const ANA = "5511912345678";
const BIA = "5511923456789";
const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");
const { ERROR, DELIVERY_ACK, READ, PLAYED } = proto.WebMessageInfo.Status;

let fake: FakeWhatsApp;
let client: StockClient;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
  client = await linked(fake, ALFA, { getMessage: (key) => Promise.resolve(fake.chats.find("out", ALFA, key.id ?? "")?.message ?? undefined) });
});

afterEach(async () => {
  await client.end();
  await fake.stop();
});

const shown = (id: string | null | undefined): Promise<Shown> => fake.wait(() => fake.chats.find("out", ALFA, id ?? ""));

async function send(text: string, to = ANA, messageId?: string): Promise<string> {
  const sent = await client.sock.sendMessage(phoneJid(to), { text }, messageId === undefined ? {} : { messageId });
  return sent?.key.id ?? "";
}

test("what the client writes is opened by the phone, acknowledged, delivered and read", async () => {
  fake.faults.policy.receipts_delay_ms = 1;
  const id = await send("oi");
  expect(await shown(id)).toMatchObject({ text: "oi", with: ANA, undecryptable: [], writes: 1 });
  await client.until(() => client.acks.find((ack) => ack.id === id && ack.error === undefined));
  await client.until(() => client.statuses(id).find((status) => status === DELIVERY_ACK));
  await fake.receipt({ account: ALFA, from: lidJid(ANA), ids: [id], rank: "read" });
  await client.until(() => client.statuses(id).find((status) => status === READ));
  await fake.receipt({ account: ALFA, from: phoneJid(ANA), ids: [id], rank: "played" });
  await client.until(() => client.statuses(id).find((status) => status === PLAYED));
});

test("a message after the first is of the same session, by number or by LID", async () => {
  await send("um");
  expect(await shown(await send("dois"))).toMatchObject({ text: "dois", undecryptable: [] });
  const toLid = await client.sock.sendMessage(lidJid(ANA), { text: "três" });
  expect(await shown(toLid?.key.id)).toMatchObject({ text: "três", with: ANA, undecryptable: [] });
});

test("an image is uploaded to the media host and is there what the message says", async () => {
  const sent = await client.sock.sendMessage(phoneJid(ANA), { image: PNG, caption: "foto", mimetype: "image/png", jpegThumbnail: "" });
  const seen = await shown(sent?.key.id);
  expect(seen).toMatchObject({ kind: "image", text: "foto", media: { type: "image/png", intact: true } });
});

test("edits, deletions, reactions and quotes name the message they are about", async () => {
  const id = await send("primeira");
  const key = { remoteJid: phoneJid(ANA), fromMe: true, id };
  const quoted = await client.sock.sendMessage(phoneJid(ANA), { text: "cito" }, { quoted: { key, message: { conversation: "primeira" } } });
  const edit = await client.sock.sendMessage(phoneJid(ANA), { text: "corrigida", edit: key });
  const reaction = await client.sock.sendMessage(phoneJid(ANA), { react: { text: "👍", key } });
  const revoke = await client.sock.sendMessage(phoneJid(ANA), { delete: key });
  expect(await shown(quoted?.key.id)).toMatchObject({ kind: "text", quoted: id });
  expect(await shown(edit?.key.id)).toMatchObject({ kind: "edit", text: "corrigida", target: id });
  expect(await shown(reaction?.key.id)).toMatchObject({ kind: "reaction", text: "👍", target: id });
  expect(await shown(revoke?.key.id)).toMatchObject({ kind: "revoke", target: id });
});

test("what a contact writes arrives, from the number and from the LID", async () => {
  const one = await client.received(await fake.inbound(ALFA, ANA, { text: "oi" }, { name: "Ana" }));
  expect(one.message).toMatchObject({ message: { conversation: "oi" }, pushName: "Ana", key: { remoteJid: phoneJid(ANA) } });
  const two = await client.received(await fake.inbound(ALFA, BIA, { text: "olá" }, { lid: true }));
  expect(two.message).toMatchObject({ message: { conversation: "olá" }, key: { remoteJid: lidJid(BIA) } });
  await fake.wait(() => fake.receipts.length >= 2);
});

test("inbound media, quotes, edits, deletions and reactions arrive as Baileys knows them", async () => {
  const id = await send("do canal");
  await shown(id);
  const media = await client.received(await fake.inbound(ALFA, ANA, { text: "veja", media: { kind: "image", base64: PNG.toString("base64"), type: "image/png" } }));
  expect(media.message.message?.imageMessage).toMatchObject({ caption: "veja", mimetype: "image/png" });
  const quoting = await client.received(await fake.inbound(ALFA, ANA, { text: "cito", quoted: id }));
  expect(quoting.message.message?.extendedTextMessage?.contextInfo?.stanzaId).toBe(id);
  const first = await fake.inbound(ALFA, ANA, { text: "erada" });
  const edited = await client.received(await fake.inbound(ALFA, ANA, { text: "errada", edit: first }));
  expect(edited.message.message?.protocolMessage?.editedMessage?.conversation).toBe("errada");
  const revoked = await client.received(await fake.inbound(ALFA, ANA, { revoke: first }));
  expect(revoked.message.message?.protocolMessage?.key?.id).toBe(first);
  const reaction = await client.received(await fake.inbound(ALFA, ANA, { reaction: { to: id, emoji: "❤️" } }));
  expect(reaction.message.message?.reactionMessage).toMatchObject({ text: "❤️", key: { id, fromMe: true } });
});

test("what is typed on the phone comes as the account's own", async () => {
  const typed = await client.received(await fake.typed(ALFA, ANA, { text: "do aparelho" }));
  expect(typed.message).toMatchObject({ key: { fromMe: true, remoteJid: phoneJid(ANA) }, message: { conversation: "do aparelho" } });
});

test("two accounts write to each other, and each phone shows its side", async () => {
  const other = await linked(fake, BIA);
  const id = await send("de Alfa", BIA);
  expect((await other.received(id)).message.message?.extendedTextMessage?.text).toBe("de Alfa");
  expect(fake.chats.find("in", BIA, id)).toMatchObject({ text: "de Alfa", with: ALFA });
  await client.until(() => client.statuses(id).find((status) => status === DELIVERY_ACK));
  await other.end();
});

test("a refused message is shown to nobody, and the client is told the code", async () => {
  fake.faults.rules = [{ phone: BIA, then: "error", error: "463" }];
  const id = await send("frio", BIA);
  await client.until(() => client.statuses(id).find((status) => status === ERROR));
  expect(client.acks.find((ack) => ack.id === id)?.error).toBe("463");
  expect(fake.chats.find("out", ALFA, id)).toBeUndefined();
  expect(fake.writes).toMatchObject([{ id, outcome: "refused", error: "463" }]);
});

test("a rule for the next message leaves the one after it alone", async () => {
  fake.faults.rules = [{ next: 1, then: "error", error: "500" }];
  const first = await send("um");
  const second = await send("dois");
  await shown(second);
  expect(fake.chats.find("out", ALFA, first)).toBeUndefined();
});

test("the same id twice is shown once and counted twice", async () => {
  await send("uma vez", ANA, "3EB0AAAAAAAAAAAAAAAAAA01");
  await shown("3EB0AAAAAAAAAAAAAAAAAA01");
  await send("uma vez", ANA, "3EB0AAAAAAAAAAAAAAAAAA01");
  await fake.wait(() => fake.writes.length === 2);
  expect(fake.messages.filter((message) => message.direction === "out")).toHaveLength(1);
  expect(await shown("3EB0AAAAAAAAAAAAAAAAAA01")).toMatchObject({ writes: 2, retries: 0 });
  expect(fake.writes.map((write) => write.outcome)).toEqual(["accepted", "again"]);
});

test("a phone that cannot read a message asks for it, and reads it then", async () => {
  const id = await send("de novo");
  await shown(id);
  await fake.askAgain(ALFA, id);
  expect(await fake.wait(() => fake.messages.find((message) => message.id === id && message.retries === 1))).toMatchObject({ writes: 1, undecryptable: [] });
  expect(fake.writes.map((write) => write.outcome)).toEqual(["accepted", "retry"]);
});

test("a message the client cannot read is asked for, and sent again under its id", async () => {
  const id = await fake.inbound(ALFA, ANA, { text: "quebrada" }, { corrupt: true });
  await fake.wait(() => fake.retries.some((retry) => retry.ids.includes(id)));
  const read = await client.until(() => client.messages().find(({ message }) => message.key.id === id && message.message?.conversation));
  expect(read.message.message?.conversation).toBe("quebrada");
});

test("what is written in a group names the group and the person, and a call rings until it is given up", async () => {
  const chat = "120363000000000001@g.us";
  const { message } = await client.received(await fake.inbound(ALFA, ANA, { text: "oi, todos" }, { chat }));
  expect(message).toMatchObject({ key: { remoteJid: chat, participant: phoneJid(ANA) }, message: { conversation: "oi, todos" } });
  const steps: string[] = [];
  const over = new Promise<void>((resolve) => {
    client.sock.ev.on("call", (calls) => {
      steps.push(...calls.map(({ status, from }) => `${status} ${from}`));
      if (steps.length === 2) resolve();
    });
  });
  await fake.call(ALFA, ANA);
  await over;
  expect(steps).toEqual([`offer ${phoneJid(ANA)}`, `timeout ${phoneJid(ANA)}`]);
});
