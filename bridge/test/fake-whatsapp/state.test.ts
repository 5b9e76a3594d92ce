import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "./fake-whatsapp.js";
import { phoneJid } from "./jids.js";
import { linked, StockClient } from "./stock-client.js";

const ALFA = "5511987650001";
const ANA = "5511912345678";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "fake-state-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

const start = (): Promise<FakeWhatsApp> => FakeWhatsApp.start({ folder, state: join(folder, "state.json") });

test("a restart keeps pairings, sessions, chats and what waits, and the client trusts it still", async () => {
  const before = await start();
  const first = await linked(before, ALFA);
  const sent = await first.sock.sendMessage(phoneJid(ANA), { text: "antes" });
  await before.wait(() => before.chats.find("out", ALFA, sent?.key.id ?? ""));
  await first.received(await before.inbound(ALFA, ANA, { text: "oi" }));
  await first.end();
  await before.wait(() => before.sockets(ALFA).length === 0);
  const waiting = await before.inbound(ALFA, ANA, { text: "esperei" });
  await before.stop();

  const after = await start();
  expect([after.rootKey, after.certificate.certificate]).toEqual([before.rootKey, before.certificate.certificate]);
  expect(after.messages.map(({ text }) => text)).toEqual(["antes", "oi", "esperei"]);
  const second = new StockClient(after, first.memory);
  expect((await second.received(waiting)).message.message?.conversation).toBe("esperei");
  const again = await second.sock.sendMessage(phoneJid(ANA), { text: "depois" });
  expect(await after.wait(() => after.chats.find("out", ALFA, again?.key.id ?? ""))).toMatchObject({ text: "depois", undecryptable: [] });
  await second.end();
  await after.stop();
});

test("a medium outlives the process", async () => {
  const before = await start();
  const stored = await before.mediaHost().put(Buffer.from("foto"), "image");
  await before.stop();
  const after = await start();
  expect(await after.mediaHost().open(stored.directPath, stored.mediaKey, "image")).toEqual(Buffer.from("foto"));
  await after.stop();
});
