import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "./fake-whatsapp.js";
import { linked, newMemory, StockClient } from "./stock-client.js";

const ALFA = "5511987650001";

let fake: FakeWhatsApp;
const clients: StockClient[] = [];
const client = (...given: ConstructorParameters<typeof StockClient>): StockClient => {
  const made = new StockClient(...given);
  clients.push(made);
  return made;
};

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  for (const made of clients.splice(0)) await made.end();
  await fake.stop();
});

test("a QR that is scanned links the client, restarts it and lets it log in", async () => {
  const first = client(fake);
  const scanned = await fake.scan(await first.qr(), ALFA);
  expect(await first.closed()).toBe(515);
  const second = client(fake, first.memory);
  await second.open();
  expect(second.sock.user?.id).toBe(scanned?.jid);
  expect(fake.phone(ALFA).device?.preKeys.size).toBeGreaterThan(0);
  expect(fake.complaints).toEqual([]);
});

test("the 8-character code links the client", async () => {
  const first = client(fake);
  await first.qr();
  const code = await first.sock.requestPairingCode(ALFA);
  await fake.wait(() => fake.sockets().some((connection) => connection.pairCode));
  await fake.enterCode(code, ALFA);
  expect(await first.closed()).toBe(515);
  await client(fake, first.memory).open();
  expect(fake.phone(ALFA).devices.size).toBe(1);
});

test("a wrong code links nothing", async () => {
  const first = client(fake);
  await first.qr();
  await first.sock.requestPairingCode(ALFA);
  await fake.wait(() => fake.sockets().some((connection) => connection.pairCode));
  await expect(fake.enterCode("WRONGAAA", ALFA)).rejects.toThrow();
  expect(fake.phone(ALFA).devices.size).toBe(0);
});

test("a proof that does not fit the QR is refused by the client", async () => {
  const first = client(fake);
  await expect(fake.scan(await first.qr(), ALFA, { badProof: true })).rejects.toThrow("hung up");
  expect(fake.phone(ALFA).devices.size).toBe(0);
});

test("a QR nobody scans is renewed, and after the last ref the client gives up", async () => {
  const first = client(fake, newMemory(), { qrTimeout: 20 });
  expect(await first.closed()).toBe(408);
  expect(first.updates().filter((update) => update.qr)).toHaveLength(6);
});

test("a passkey request reaches the client and links nothing", async () => {
  const first = client(fake);
  await fake.scan(await first.qr(), ALFA, { passkey: true });
  await first.until(() => first.notifications.find((type) => type === "passkey_prologue_request"));
  expect(fake.phone(ALFA).devices.size).toBe(0);
});

test("a second login replaces the first, and is counted", async () => {
  const first = await linked(fake, ALFA);
  await client(fake, first.memory).open();
  expect(await first.closed()).toBe(440);
  expect(fake.phone(ALFA).device).toMatchObject({ replaced: 1, logins: 2 });
  expect(fake.sockets(ALFA)).toHaveLength(1);
});

test("an unlinked device is closed with 401, and not let in again", async () => {
  const first = await linked(fake, ALFA);
  await fake.unlink(ALFA);
  expect(await first.closed()).toBe(401);
  expect(await client(fake, first.memory).closed()).toBe(401);
});

test("a logout removes the device from the phone", async () => {
  const first = await linked(fake, ALFA);
  await first.sock.logout();
  await fake.wait(() => fake.phone(ALFA).devices.size === 0);
});
