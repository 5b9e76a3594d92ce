import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { AppSide } from "../app-side.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { startRedis, type OwnRedis } from "../redis-server.js";
import { BridgeProcess, BUILT } from "./processes.js";

const OURS = "5511900000001";
const ANA = "5511987654321";

describe.skipIf(!existsSync(BUILT))("the bridge as a process, against the fake WhatsApp (needs npm run build)", () => {
  let redis: OwnRedis;
  let fake: FakeWhatsApp;
  let app: AppSide;
  let folder: string;
  const bridges: BridgeProcess[] = [];

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  beforeEach(async () => {
    folder = await mkdtemp(join(redis.folder, "bridge-"));
    fake = await FakeWhatsApp.start();
    app = new AppSide(redis.url);
    await app.redis.flushall();
    await admin("account", { phone: OURS });
    await admin("account", { phone: ANA });
  });
  afterEach(async () => {
    for (const bridge of bridges.splice(0)) await bridge.end("SIGKILL");
    app.close();
    await fake.stop();
  });

  const admin = async (verb: string, body: object): Promise<void> => {
    const response = await fetch(`${fake.admin}/admin/${verb}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${verb}: ${response.status} ${await response.text()}`);
  };
  const boot = (): BridgeProcess => {
    const bridge = BridgeProcess.start(folder, redis.url, fake);
    bridges.push(bridge);
    return bridge;
  };
  const connected = (): ReturnType<typeof app.until<"session.state">> => app.until("session.state", ({ data }) => data.state === "connected");
  const pair = async (): Promise<void> => {
    await app.wish("session.start", { version: 1 });
    const { data } = await app.until("session.qr", () => true);
    await admin("scan", { qr: data.text, phone: OURS });
    await connected();
  };
  const inbound = async (text: string): Promise<void> => {
    await admin("inbound", { account: OURS, from: ANA, text });
    await app.until("message.in", ({ data }) => data.text === text);
  };

  it("pairs by QR, sends to delivered, hears the answer", async () => {
    boot();
    await pair();
    await app.send("3EB0AAAAAAAAAAAAAA0001", 1);
    for (const rank of ["server_ack", "delivered"]) await app.until("message.status", ({ data }) => data.rank === rank);
    await inbound("oi");
  }, 60_000);

  it("a restart shows no new QR", async () => {
    const first = boot();
    await pair();
    app.events.length = 0;
    expect(await first.end()).toBe(0);
    boot();
    const { epoch } = await connected();
    expect(epoch).toBe(2);
    expect(app.events.some(({ type }) => type === "session.qr")).toBe(false);
    await inbound("voltou?");
  }, 60_000);

  it("an emptied Redis unpairs nobody and loses no inbound message", async () => {
    boot();
    await pair();
    app.confirms = false;
    await inbound("antes");
    await app.redis.flushall();
    app.rewind();
    app.confirms = true;
    app.events.length = 0;
    await app.until("message.in", ({ data }) => data.text === "antes");
    await inbound("depois");
    expect(app.events.some(({ type }) => type === "session.qr")).toBe(false);
  }, 60_000);
});
