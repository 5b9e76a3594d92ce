import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Redis } from "ioredis";
import { initAuthCreds } from "baileys";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openStore } from "../../src/store/open.js";
import { StreamReader } from "../../src/streams.js";
import { ALFA, CHANNEL } from "../app-side.js";
import { log, Process, SharedRows } from "./fakes.js";
import { BridgeProcess, BUILT } from "./processes.js";

describe("what a bridge says of its own health", () => {
  afterEach(() => vi.restoreAllMocks());

  it("a store that does not answer is told of until it answers again", async () => {
    const rows = new SharedRows();
    const bridge = new Process(rows);
    bridge.keeper.start();
    await bridge.wish("session.start", 1);
    rows.cutOff.add(bridge.store.owner);
    await vi.waitFor(() => { expect(bridge.keeper.isAnswered).toBe(false); });
    rows.cutOff.clear();
    await vi.waitFor(() => { expect(bridge.keeper.isAnswered).toBe(true); });
    await bridge.keeper.stop();
  });

  it("a Redis that holds the connection and answers nothing is silence, however long", async () => {
    let now = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    let answer = (): void => undefined;
    const asked = vi.fn(() => new Promise<null>((done) => (answer = () => { done(null); })));
    const pipeline = () => ({ exec: () => Promise.resolve([]), xgroup: () => undefined });
    const redis = { pipeline, disconnect: () => { answer(); }, call: asked } as unknown as Redis;
    const reader = new StreamReader({ redis, group: "g", consumer: "c", log, streams: () => ["s"], take: () => undefined, onLost: () => undefined });
    const running = reader.run();
    // What it had before, then the first read that waits for news.
    await vi.waitFor(() => { expect(asked).toHaveBeenCalledTimes(1); });
    answer();
    await vi.waitFor(() => { expect(asked).toHaveBeenCalledTimes(2); });
    now = 40_000;
    expect(reader.silence).toBe(40_000);
    answer();
    await vi.waitFor(() => { expect(asked).toHaveBeenCalledTimes(3); });
    expect(reader.silence).toBe(0);
    reader.stop();
    await running;
  });
});

it.skipIf(!existsSync(BUILT))("a bridge whose keys do not open what is kept ends before it does anything (needs npm run build)", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bridge-"));
  const store = await openStore({ url: `sqlite://${join(folder, "bridge.sqlite3")}`, keys: "a".repeat(32), log });
  await store.leases.take(CHANNEL, ALFA);
  await store.channel(CHANNEL, ALFA, 1).saveCredentials(initAuthCreds());
  await store.close();
  const nobody = { url: "ws://127.0.0.1:9", rootKey: Buffer.alloc(32), certificate: { path: "/dev/null" } };
  const bridge = BridgeProcess.start(folder, `unix://${folder}/none.sock`, nobody as never, { BRIDGE_KEYS: "b".repeat(32) });
  expect(await bridge.ended()).toBe(1);
  await rm(folder, { recursive: true });
});
