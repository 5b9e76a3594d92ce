import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "./fake-whatsapp.js";
import { phoneJid } from "./jids.js";
import { exhaustPreKeys } from "./pre-keys.js";
import { linked, StockClient } from "./stock-client.js";

const ALFA = "5511987650001";
const ANA = "5511912345678";

let fake: FakeWhatsApp;
const clients: StockClient[] = [];

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  for (const made of clients.splice(0)) await made.end();
  await fake.stop();
});

async function pair(): Promise<StockClient> {
  const made = await linked(fake, ALFA);
  clients.push(made);
  return made;
}

function again(client: StockClient): StockClient {
  const made = new StockClient(fake, client.memory);
  clients.push(made);
  return made;
}

test("what comes while the client is away waits, and arrives in order as offline messages", async () => {
  const first = await pair();
  await fake.wait(() => fake.phone(ALFA).device?.queue.length === 0);
  await first.end();
  await fake.wait(() => fake.sockets(ALFA).length === 0);
  const ids = [await fake.inbound(ALFA, ANA, { text: "um" }), await fake.inbound(ALFA, ANA, { text: "dois" })];
  expect(fake.phone(ALFA).device?.queue).toHaveLength(2);
  const second = again(first);
  for (const id of ids) expect((await second.received(id)).type).toBe("append");
  expect(second.messages().flatMap(({ message }) => (ids.includes(message.key.id ?? "") ? [message.message?.conversation] : []))).toEqual(["um", "dois"]);
  await fake.wait(() => fake.phone(ALFA).device?.queue.length === 0);
});

test.each([401, 440, 403, 405, 408, 428, 500, 503, 515, 411, 400, 402, 406])("a stream error of %i closes the client with it", async (code) => {
  const client = await pair();
  for (const connection of fake.sockets(ALFA)) await connection.streamError(code);
  expect(await client.closed()).toBe(code);
});

test("a refused login closes the client with its code, so often as it was asked for", async () => {
  const first = await pair();
  await first.end();
  fake.faults.connects.refusals = [{ code: 503, account: ALFA, next: 1 }];
  expect(await again(first).closed()).toBe(503);
  await again(first).open();
});

test("logins above the limit of a minute are refused", async () => {
  fake.faults.connects.perMinute = 0;
  const client = new StockClient(fake);
  clients.push(client);
  expect(await client.closed()).toBe(429);
});

test("a message dropped before its ack was never seen, one dropped after it was", async () => {
  const first = await pair();
  fake.faults.rules = [{ id: "AAAA0001", then: "drop_before_ack" }, { id: "AAAA0002", then: "drop_after_ack" }];
  await first.sock.sendMessage(phoneJid(ANA), { text: "um" }, { messageId: "AAAA0001" });
  expect(await first.closed()).toBe(428);
  const second = again(first);
  await second.open();
  await second.sock.sendMessage(phoneJid(ANA), { text: "dois" }, { messageId: "AAAA0002" });
  await second.closed();
  expect(second.acks).toEqual([{ id: "AAAA0002", error: undefined }]);
  expect(fake.messages.map(({ id }) => id)).toEqual(["AAAA0002"]);
  expect(fake.writes.map(({ outcome }) => outcome)).toEqual(["dropped", "accepted"]);
});

test("without an ack the message is shown all the same", async () => {
  const client = await pair();
  fake.faults.rules = [{ then: "no_ack" }];
  const sent = await client.sock.sendMessage(phoneJid(ANA), { text: "oi" });
  await fake.wait(() => fake.chats.find("out", ALFA, sent?.key.id ?? ""));
  expect(client.acks).toEqual([]);
  expect(fake.writes).toMatchObject([{ outcome: "no_ack" }]);
});

test("a mute account's socket stays open and is answered nothing", async () => {
  const client = await pair();
  fake.faults.mute.add(ALFA);
  await client.sock.sendPresenceUpdate("composing", phoneJid(ANA));
  await fake.wait(() => fake.presences.find(({ state, to }) => state === "composing" && to === phoneJid(ANA)));
  await client.sock.sendNode({ tag: "message", attrs: { id: "AAAA0003", to: phoneJid(ANA) } });
  await fake.wait(() => fake.stanzas.find(({ node }) => node.attrs["id"] === "AAAA0003"));
  expect(fake.writes).toEqual([]);
  expect(fake.sockets(ALFA)).toHaveLength(1);
});

test("a device out of one-time keys is told so and brings new ones", async () => {
  await pair();
  const device = fake.phone(ALFA).device;
  if (device) await exhaustPreKeys(device, 0);
  await fake.wait(() => (device?.preKeys.size ?? 0) > 0);
});

test("numbers that are not on WhatsApp are not in the answer, nor the long spelling of a short one", async () => {
  const client = await pair();
  fake.directory.notOnWhatsApp.add("5511900000000");
  fake.directory.withoutNinth.add("5511987654321");
  fake.directory.resolvedWithoutNinth.add("5511987654322");
  const found = await client.sock.onWhatsApp(ANA, "5511900000000", "5511987654321", "551187654321", "5511987654322");
  const exists = (found ?? []).filter((each) => each.exists).map((each) => each.jid);
  expect(exists).toEqual([ANA, "551187654321", "551187654322"].map((number) => phoneJid(number)));
});

test("the address book and the chats of the last days come with the first login", async () => {
  const account = fake.account(ALFA);
  account.addressBook = [{ phone: ANA, name: "Ana Souza" }];
  account.history = [{ with: ANA, messages: [{ id: "HIST1", text: "ontem", seconds_ago: 86_400 }] }];
  const client = await pair();
  const named = await client.until(() =>
    client.happened.flatMap((event) => (event.name === "messaging-history.set" ? event.data.contacts : event.name === "contacts.upsert" ? event.data : [])).find((contact) => contact.name === "Ana Souza"),
  );
  expect(named.id).toBe(phoneJid(ANA));
  await client.until(() => client.happened.flatMap((event) => (event.name === "messaging-history.set" ? event.data.messages : [])).find((message) => message.key.id === "HIST1"));
});
