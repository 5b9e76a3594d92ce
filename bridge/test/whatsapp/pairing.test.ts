import { Curve } from "baileys";
import { afterEach, beforeEach, expect, test } from "vitest";
import { strict } from "../../src/whatsapp/libsignal.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, Linked, linked, VERSION } from "./linked.js";

let fake: FakeWhatsApp;
let one: Linked;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  strict.signatures = true;
  await one.session.stop();
  await fake.stop();
});

test("a scanned QR links the device, and the next generation logs in with no QR", async () => {
  const first = new Linked(fake);
  const qr = await first.shown();
  expect(first.qrs[0]).toMatchObject({ attempt: 1 });
  await fake.scan(qr, ALFA);
  expect(await first.ended()).toMatchObject({ code: 515, then: "at_once" });
  expect(first.states.map(([state]) => state)).toEqual(["starting", "qr", "pairing"]);

  one = await first.next();
  expect(one.qrs).toEqual([]);
  expect(one.states.at(-1)).toMatchObject(["connected", null, { phone: `+${ALFA}` }]);
});

test("a linked device has brought enough one-time keys for many people to write at once", async () => {
  one = await linked(fake);
  await fake.wait(() => (fake.phone(ALFA).device?.preKeys.size ?? 0) >= 800);
});

test("QRs that nobody scans end, and the end is no lost connection", async () => {
  await fake.stop();
  fake = await FakeWhatsApp.start({ refs: 0 });
  one = new Linked(fake);
  await one.session.start();
  expect(await one.ended()).toMatchObject({ code: 408, then: "qr_over", reason: "qr_timeout" });
});

test("a server whose certificate WhatsApp's root did not sign is refused before anything is said to it", async () => {
  const rootKey = Buffer.from(Curve.generateKeyPair().public);
  const address = { version: VERSION, url: fake.url, rootKey };
  one = new Linked(fake, undefined, undefined, { address });
  await one.session.start();
  expect(await one.ended()).toMatchObject({ then: "failed", reason: "refused" });
  expect([one.qrs, fake.stanzas]).toEqual([[], []]);

  // The library alone would take it for WhatsApp.
  strict.signatures = false;
  one = new Linked(fake, undefined, undefined, { address });
  expect(await one.shown()).toContain("#");
});

test("a typed code links the device", async () => {
  one = new Linked(fake);
  await one.shown();
  await one.session.pairCode(`+${ALFA}`);
  expect(one.codes[0]?.code).toMatch(/^[0-9A-Z]{8}$/);
  await fake.wait(() => [...fake.connections].some((waiting) => waiting.pairCode));
  await fake.enterCode(one.codes[0]?.code ?? "", ALFA);
  expect(await one.ended()).toMatchObject({ then: "at_once" });
  one = await one.next();
  expect(one.session.isConnected).toBe(true);
});

test("a code that nobody typed leaves no device behind: the next generation shows a QR", async () => {
  const first = new Linked(fake);
  await first.shown();
  await first.session.pairCode(ALFA);
  await first.session.stop();
  one = new Linked(fake, first.store);
  expect(await one.shown()).toContain("#");
});

test("a phone of the passkey cohort is told of, not waited for", async () => {
  one = new Linked(fake);
  const qr = await one.shown();
  await fake.scan(qr, ALFA, { passkey: true });
  await one.store.until(() => one.states.find(([state, reason]) => state === "needs_passkey" && reason === "passkey"));
});

test("a phone that cannot prove itself is not linked", async () => {
  one = new Linked(fake);
  const qr = await one.shown();
  await fake.scan(qr, ALFA, { badProof: true }).catch(() => undefined);
  await one.ended();
  expect(one.store.creds).toBeUndefined();
});

test("an unlinked phone ends the session as logged out, and so does the next login", async () => {
  one = await linked(fake);
  await fake.unlink(ALFA);
  expect(await one.ended()).toMatchObject({ code: 401, then: "logged_out" });
  one = new Linked(fake, one.store);
  await one.session.start();
  expect(await one.ended()).toMatchObject({ code: 401, then: "logged_out" });
});

test("a logout of ours removes the device at WhatsApp", async () => {
  one = await linked(fake);
  await one.session.logout();
  await fake.wait(() => fake.account(ALFA).devices.size === 0);
  expect(one.end).toMatchObject({ then: "asked" });
});

test("a second login with the same credentials replaces the first", async () => {
  const first = await linked(fake);
  one = await first.next();
  expect(await first.ended()).toMatchObject({ code: 440, then: "replaced" });
});

test("nothing of a pairing is in the log", async () => {
  one = await linked(fake);
  const log = one.lines.join("");
  expect(log).not.toContain(ALFA);
  const secret = JSON.parse(one.store.creds ?? "{}") as { advSecretKey: string };
  expect(secret.advSecretKey).toHaveLength(44);
  expect(log).not.toContain(secret.advSecretKey);
});
