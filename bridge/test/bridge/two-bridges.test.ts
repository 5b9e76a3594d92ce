import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import Libsql from "libsql";
import { AppSide } from "../app-side.js";
import { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { startRedis, type OwnRedis } from "../redis-server.js";
import { BridgeProcess, BUILT, freePort } from "./processes.js";

const OURS = "5511900000001";
const ANA = "5511987654321";
/** Seconds: short for who waits, long enough for a busy machine to renew it in time. */
const LEASE = { BRIDGE_LEASE: "3" };
const SLOW = { timeout: 20_000, interval: 20 };

describe.skipIf(!existsSync(BUILT))("two bridges on one state (needs npm run build)", () => {
  let redis: OwnRedis;
  let fake: FakeWhatsApp;
  let app: AppSide;
  let folder: string;
  let ids = 0;
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
    fake.account(OURS);
  });
  afterEach(async () => {
    for (const bridge of bridges.splice(0)) {
      bridge.thaw();
      await bridge.end("SIGKILL");
    }
    app.close();
    await fake.stop();
  });

  const boot = (more: Record<string, string> = {}): BridgeProcess => {
    const bridge = BridgeProcess.start(folder, redis.url, fake, { ...LEASE, ...more });
    bridges.push(bridge);
    return bridge;
  };
  const connected = (above = 0): ReturnType<typeof app.until<"session.state">> =>
    app.until("session.state", ({ data, epoch }) => data.state === "connected" && epoch > above);
  const pair = async (): Promise<number> => {
    await app.wish("session.start", { version: 1 });
    const { data } = await app.until("session.qr", () => true);
    await fake.scan(data.text, OURS);
    return (await connected()).epoch;
  };
  /** Frozen inside a transaction it would keep everybody out of SQLite's one file, not out of its channel alone. */
  const freezeOutsideOfSql = async (bridge: BridgeProcess): Promise<void> => {
    bridge.freeze();
    const lock = new Libsql(join(folder, "bridge.sqlite3"));
    await vi.waitUntil(() => {
      try {
        lock.exec("begin immediate; rollback");
        return true;
      } catch {
        bridge.thaw();
        bridge.freeze();
        return false;
      }
    }, SLOW);
    lock.close();
  };
  const newId = (): string => `3EB0${String(++ids).padStart(18, "A")}`;
  /** As the engine does: what was turned away before it was written, for want of a socket, is claimed anew. */
  const left = async (waId: string): Promise<void> => {
    for (let claim = 2; ; claim += 1) {
      if ((await end(waId)) === "message.status") return;
      await app.send(waId, claim);
    }
  };
  const end = async (waId: string): Promise<string> => {
    for (;;) {
      const at = app.events.findIndex(
        ({ type, data }) =>
          (type === "message.status" && data.wa_id === waId && data.rank === "delivered") || (type === "message.known" && data.wa_id === waId && data.state === "refused_retryable"),
      );
      const [found] = at < 0 ? [] : app.events.splice(at, 1);
      if (found !== undefined) return found.type;
      await app.read();
    }
  };
  const sent = async (waId: string): Promise<void> => {
    await app.send(waId, 1);
    await left(waId);
  };
  let texts = 0;
  const inbound = async (): Promise<string> => {
    const text = `mensagem ${++texts}`;
    await fake.inbound(OURS, ANA, { text });
    return text;
  };
  const came = async (text: string): Promise<void> => {
    await app.until("message.in", ({ data }) => data.text === text);
  };
  const writesOf = (waId: string): number => fake.writes.filter(({ id }) => id === waId).length;
  const heard = (text: string): number => app.heard.filter((event) => event.type === "message.in" && event.data.text === text).length;

  it("a channel has one socket, whichever of them dies, and no new QR", async () => {
    const alive = new Set([boot(), boot()]);
    const epoch = await pair();
    for (let round = 1; round <= 2; round += 1) {
      // One of the two holds it, and nobody can tell from outside which: both die in turn.
      for (const victim of [...alive]) {
        alive.delete(victim);
        await victim.end("SIGKILL");
        alive.add(boot());
        await came(await inbound());
      }
      const waId = newId();
      await sent(waId);
      expect(writesOf(waId)).toBe(1);
    }
    expect(Math.max(...app.heard.map((event) => event.epoch))).toBeGreaterThan(epoch);
    // Counted by WhatsApp at each login: no other socket of the account was open.
    expect(fake.phone(OURS).device).toMatchObject({ id: 1, replaced: 0 });
    expect(app.heard.filter(({ type }) => type === "session.qr")).toHaveLength(1);
  }, 60_000);

  it("one frozen beyond its lease loses the channel, says nothing more of its session and writes nothing more", async () => {
    const port = await freePort();
    const frozen = boot({ BRIDGE_HEALTH_PORT: String(port) });
    const early = await pair();
    const first = newId();
    await sent(first);
    expect(await metrics(port)).toContain("bridge_sessions{");
    await freezeOutsideOfSql(frozen);
    // Redis hands this one to the frozen one, that waits for commands: whoever takes the lease inherits it.
    const claimed = newId();
    await app.send(claimed, 1);
    const asleep = await inbound();
    boot();
    const { epoch } = await connected(early);
    await left(claimed);
    await came(asleep);
    frozen.thaw();
    await vi.waitUntil(async () => !(await metrics(port)).includes("bridge_sessions{"), SLOW);
    const last = newId();
    await sent(last);
    const after = await inbound();
    await came(after);

    const taken = app.heard.findIndex((event) => event.epoch === epoch);
    expect(app.heard.slice(taken).filter((event) => event.type.startsWith("session.") && event.epoch < epoch)).toEqual([]);
    expect([first, claimed, last].map(writesOf)).toEqual([1, 1, 1]);
    expect([asleep, after].map(heard)).toEqual([1, 1]);
    expect(fake.sockets(OURS)).toHaveLength(1);
    expect(fake.phone(OURS).device).toMatchObject({ id: 1, logins: 2, replaced: 1 });
  }, 60_000);
});

async function metrics(port: number): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}
