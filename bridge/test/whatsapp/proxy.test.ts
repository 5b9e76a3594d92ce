import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { ALFA, ANA, BETA, Linked, linked, PNG, write } from "./linked.js";
import { Proxy } from "./proxy.js";

let fake: FakeWhatsApp;
const proxies: Proxy[] = [];
const all: Linked[] = [];
/** Longer than a proxy is waited for. */
const PATIENCE_MS = 30_000;

beforeEach(async () => {
  fake = await FakeWhatsApp.start();
});

afterEach(async () => {
  vi.useRealTimers();
  for (const one of all.splice(0)) await one.session.stop();
  for (const proxy of proxies.splice(0)) await proxy.stop();
  await fake.stop();
});

async function proxied(kind: "http" | "socks5"): Promise<Proxy> {
  const proxy = await Proxy.start(kind);
  proxies.push(proxy);
  return proxy;
}

async function behind(proxy: string | null, number = ALFA): Promise<Linked> {
  const one = await linked(fake, number, { proxy });
  all.push(one);
  return one;
}

const hostOf = (url: string): string => new URL(url).host;
const count = ({ through }: Proxy, host: string): number => through.filter((target) => target === host).length;

test.each(["http", "socks5"] as const)("login, text and files of a channel go by its %s proxy, and by nothing else", async (kind) => {
  const proxy = await proxied(kind);
  const one = await behind(proxy.url);
  // The pairing and the login after it.
  expect(count(proxy, hostOf(fake.url))).toBe(2);

  one.media.files.set("k", { bytes: PNG, type: "image/png" });
  const sent = write(ANA, { media: { kind: "image", key: "k", type: "image/png" } });
  await one.session.send(sent);
  expect((await fake.wait(() => fake.chats.find("out", ALFA, sent.waId))).media).toMatchObject({ intact: true });
  const id = await fake.inbound(ALFA, ANA, { media: { kind: "image", base64: PNG.toString("base64"), type: "image/png" } });
  expect((await one.inbound(id)).media).toMatchObject({ size: PNG.length });
  const { host, uploads, downloads } = fake.mediaHost();
  expect([uploads, downloads]).toEqual([1, 1]);
  expect(count(proxy, host)).toBe(2);
});

test("each channel has its own way out", async () => {
  const [first, second] = [await proxied("http"), await proxied("socks5")];
  await behind(first.url, ALFA);
  await behind(second.url, BETA);
  await behind(null, ANA);
  expect([first, second].map((proxy) => count(proxy, hostOf(fake.url)))).toEqual([2, 2]);
});

test.each(["http", "socks5"] as const)("a %s proxy that is not there, or does not know us, is named, and WhatsApp hears nothing", async (kind) => {
  const proxy = await proxied(kind);
  const wrong = proxy.urlWith("errada");
  const gone = await Proxy.start(kind);
  const { url } = gone;
  await gone.stop();
  for (const dead of [url, wrong]) {
    const one = new Linked(fake, undefined, undefined, { proxy: dead });
    all.push(one);
    await one.session.start();
    expect(await one.ended()).toMatchObject({ then: "back_off", reason: "proxy_unreachable" });
  }
  expect([proxy.through, fake.connections.size]).toEqual([[], 0]);
});

test.each(["http", "socks5"])("a %s proxy that lets us in and says nothing is named, and its line is given back", async (scheme) => {
  const silent = createServer().listen(0, "127.0.0.1");
  await once(silent, "listening");
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const one = new Linked(fake, undefined, undefined, { proxy: `${scheme}://127.0.0.1:${String((silent.address() as AddressInfo).port)}` });
  all.push(one);
  const asked = once(silent, "connection") as Promise<[Socket]>;
  await one.session.start();
  const [line] = await asked;
  const given = once(line.resume(), "close");
  await vi.advanceTimersByTimeAsync(PATIENCE_MS);
  expect(await one.ended()).toMatchObject({ then: "back_off", reason: "proxy_unreachable" });
  await given;
  silent.close();
});

test("behind a proxy that stands, what WhatsApp ends is WhatsApp's end", async () => {
  const proxy = await proxied("http");
  const one = await behind(proxy.url);
  for (const line of fake.sockets(ALFA)) await line.streamError(503);
  expect(await one.ended()).toMatchObject({ code: 503, reason: "connection_lost" });
  const again = new Linked(fake, one.store, one.media, { proxy: proxy.url });
  all.push(again);
  fake.faults.connects.refusals = [{ code: 503 }];
  await again.session.start();
  expect(await again.ended()).toMatchObject({ code: 503, reason: "connection_lost" });
});
