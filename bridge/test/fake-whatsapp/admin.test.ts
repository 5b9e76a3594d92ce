import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeWhatsApp } from "./fake-whatsapp.js";
import { lidJid, phoneJid } from "./jids.js";
import { linked, StockClient } from "./stock-client.js";

const ALFA = "5511987650001";
const ANA = "5511912345678";

let fake: FakeWhatsApp;
let client: StockClient | undefined;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  await client?.end();
  client = undefined;
  await fake.stop();
});

async function tell(verb: string, body: object, status = 200): Promise<Record<string, unknown>> {
  const response = await fetch(`${fake.admin}/admin/${verb}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  expect(response.status, verb).toBe(status);
  return (await response.json()) as Record<string, unknown>;
}

async function ask(question: string): Promise<unknown> {
  return (await fetch(`${fake.admin}/admin/${question}`)).json();
}

test("scan and code link a client, and waiting tells who waits for which", async () => {
  const first = (client = new StockClient(fake));
  const qr = await first.qr();
  expect(await ask("waiting")).toEqual({ qr: 1, codes: [] });
  expect(await tell("scan", { qr, phone: ALFA })).toMatchObject({ jid: phoneJid(ALFA, 1) });
  await first.closed();
  client = new StockClient(fake);
  await client.qr();
  const code = await client.sock.requestPairingCode(ANA);
  await fake.wait(() => fake.sockets().some((connection) => connection.pairCode));
  expect(await ask("waiting")).toEqual({ qr: 0, codes: [ANA] });
  expect(await tell("code", { code: `${code.slice(0, 4)}-${code.slice(4)}`, phone: ANA })).toMatchObject({ jid: phoneJid(ANA, 1) });
});

test("a scan for a passkey says so and links nothing", async () => {
  client = new StockClient(fake);
  expect(await tell("scan", { qr: await client.qr(), phone: ALFA, passkey: true })).toEqual({ passkey: true });
});

test("messages, writes, accounts and counts tell what WhatsApp saw", async () => {
  client = await linked(fake, ALFA);
  const sent = await client.sock.sendMessage(phoneJid(ANA), { text: "oi" });
  const id = sent?.key.id ?? "";
  await fake.wait(() => fake.chats.find("out", ALFA, id));
  const { id: inboundId } = await tell("inbound", { account: ALFA, from: ANA, text: "olá", lid: true });
  await client.received(String(inboundId));
  const { id: typedId } = await tell("typed", { account: ALFA, to: ANA, text: "eu mesmo" });
  await client.received(String(typedId));
  expect(await ask(`messages?account=${ALFA}&direction=out`)).toMatchObject([{ id, text: "oi", with: ANA, writes: 1 }]);
  expect(await ask(`writes?account=${ALFA}`)).toMatchObject([{ id, outcome: "accepted" }]);
  expect(await ask("counts")).toMatchObject({ accepted: 1, writes: 1, written_twice: 0, inbound: 1, typed: 1, sockets: 1, unreadable_out: 0, unreadable_in: 0 });
  expect(await ask("accounts")).toMatchObject([{ phone: ALFA, sockets: 1, unreadable_in: 0, devices: [{ id: 1, logins: 1, replaced: 0 }] }]);
  expect(await ask(`messages?account=${ANA}`)).toEqual([]);
});

test("a receipt comes from the LID when asked, and reaches the message all the same", async () => {
  client = await linked(fake, ALFA);
  await tell("policy", { delivered: false });
  const sent = await client.sock.sendMessage(phoneJid(ANA), { text: "oi" });
  const id = sent?.key.id ?? "";
  await fake.wait(() => fake.chats.find("out", ALFA, id));
  await tell("receipt", { account: ALFA, ids: [id], rank: "read", lid: true });
  const read = await client.until(() => client?.happened.flatMap((event) => (event.name === "messages.update" ? event.data : [])).find(({ key }) => key.id === id));
  expect(read.key.remoteJid).toBe(lidJid(ANA));
  expect(await ask(`messages?id=${id}`)).toMatchObject([{ status: "read" }]);
});

test("a policy of one contact leaves the others alone", async () => {
  await tell("policy", { phone: ANA, read: true, reply: "SAIR" });
  expect(fake.faults.policyFor(ANA)).toMatchObject({ read: true, delivered: true, reply: "SAIR" });
  expect(fake.faults.policyFor(ALFA)).toMatchObject({ read: false, reply: null });
});

test("a reply of the policy comes for each message", async () => {
  client = await linked(fake, ALFA);
  await tell("policy", { phone: ANA, reply: "SAIR" });
  await client.sock.sendMessage(phoneJid(ANA), { text: "oi" });
  await client.until(() => client?.messages().find(({ message }) => message.message?.conversation === "SAIR"));
});

test("drop, stream-error and unlink end the sockets of the account they name", async () => {
  client = await linked(fake, ALFA);
  expect(await tell("drop", { account: ANA })).toEqual({ dropped: 0 });
  expect(await tell("drop", { account: ALFA })).toEqual({ dropped: 1 });
  expect(await client.closed()).toBe(428);
  client = new StockClient(fake, client.memory);
  await client.open();
  expect(await tell("stream-error", { account: ALFA, code: 403 })).toEqual({ ended: 1 });
  expect(await client.closed()).toBe(403);
  client = new StockClient(fake, client.memory);
  await client.open();
  await tell("unlink", { account: ALFA });
  expect(await client.closed()).toBe(401);
});

test("rules, connects, numbers, mute, resends and media set what they name", async () => {
  await tell("rules", { rules: [{ phone: ANA, then: "error", error: "479", next: 2 }] });
  await tell("connects", { refusals: [{ code: 405 }], per_minute: 10 });
  await tell("numbers", { not_on_whatsapp: [ANA], without_ninth: ["5511987654321"] });
  await tell("mute", { accounts: [ALFA], queries: ["w:p"] });
  await tell("resends", { on: false });
  await tell("media", { fail_uploads: 500 });
  expect(fake.faults.rules).toMatchObject([{ phone: ANA, error: "479", next: 2 }]);
  expect(fake.faults.connects).toMatchObject({ refusals: [{ code: 405 }], perMinute: 10 });
  expect(fake.directory.resolve(ANA)).toBeUndefined();
  expect(fake.directory.resolve("551187654321")).toBe("551187654321");
  expect(fake.faults.isMute(ALFA) && fake.faults.isSilentAbout("w:p")).toBe(true);
  expect([fake.faults.resends, fake.media?.failUploads]).toEqual([false, 500]);
});

test("a restriction is announced, and told again to a client that asks", async () => {
  client = await linked(fake, ALFA);
  await tell("restrict", { account: ALFA, lock: { is_active: true, time_enforcement_ends: "1893456000" }, capping: { capping_status: "CAPPED" } });
  await client.until(() => client?.updates().find((update) => update.reachoutTimeLock?.isActive));
  await client.until(() => client?.happened.find((event) => event.name === "message-capping.update"));
  expect((await client.sock.fetchAccountReachoutTimelock()).isActive).toBe(true);
});

test("a contact saved on the phone reaches a linked client", async () => {
  client = await linked(fake, ALFA);
  await fake.wait(() => fake.phone(ALFA).device?.queue.length === 0);
  await tell("contact", { account: ALFA, phone: ANA, name: "Ana Souza" });
  await client.until(() => client?.happened.find((event) => event.name === "contacts.upsert" && event.data.some((contact) => contact.name === "Ana Souza")));
});

test("history, prekeys and ask-again reach the client", async () => {
  client = await linked(fake, ALFA, { getMessage: (key) => Promise.resolve(fake.chats.find("out", ALFA, key.id ?? "")?.message ?? undefined) });
  await tell("history", { account: ALFA, chats: [{ with: ANA, messages: [{ id: "HIST1", text: "ontem", seconds_ago: 86_400 }] }] });
  await client.until(() => client?.happened.find((event) => event.name === "messaging-history.set" && event.data.messages.some((message) => message.key.id === "HIST1")));
  await tell("prekeys", { account: ALFA, left: 0 });
  await fake.wait(() => (fake.phone(ALFA).device?.preKeys.size ?? 0) > 0);
  const sent = await client.sock.sendMessage(phoneJid(ANA), { text: "oi" });
  await fake.wait(() => fake.chats.find("out", ALFA, sent?.key.id ?? ""));
  await tell("ask-again", { account: ALFA, id: sent?.key.id });
  await fake.wait(() => fake.chats.find("out", ALFA, sent?.key.id ?? "")?.retries === 1);
});

test("a body of another shape, an unknown verb and a form are refused", async () => {
  expect(await tell("unlink", { account: "Ana" }, 400)).toHaveProperty("error");
  await tell("dance", {}, 404);
  const form = await fetch(`${fake.admin}/admin/drop`, { method: "POST", body: new URLSearchParams({ account: ALFA }) });
  expect(form.status).toBe(400);
});

test("the phone page is one piece: it fetches nothing but the admin's own verbs", async () => {
  const html = await (await fetch(fake.admin)).text();
  expect(html).toContain('lang="pt-BR"');
  expect(html).not.toMatch(/https?:\/\/|<link|src=/);
});
