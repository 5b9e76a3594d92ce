import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it, vi } from "vitest";
import { Calls } from "../../src/store/calls.js";
import { StoreTimeout } from "../../src/store/ports.js";
import { openStore } from "../../src/store/open.js";
import { ALFA, newChannel } from "./app.js";
import { KEYS, onEachDatabase, silent } from "./databases.js";

afterEach(() => {
  vi.useRealTimers();
});

it("a call that hangs is rejected after 5 s, and stays the oldest until the database answers", async () => {
  vi.useFakeTimers();
  const calls = new Calls();
  expect(calls.oldest()).toBe(0);
  let answer = (): void => undefined;
  const hanging = calls.within(() => new Promise<void>((done) => (answer = done)));
  const rejected = expect(hanging).rejects.toThrow(StoreTimeout);
  await vi.advanceTimersByTimeAsync(4_999);
  const quick = calls.within(() => Promise.resolve(1));
  expect(await quick).toBe(1);
  expect(calls.oldest()).toBeCloseTo(5, 1);
  await vi.advanceTimersByTimeAsync(1);
  await rejected;
  await vi.advanceTimersByTimeAsync(7_000);
  expect(calls.oldest()).toBeCloseTo(12, 1);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(calls.oldest()).toBe(0);
});

/** Stands before a database server; while it is deaf, bytes wait and no connection is answered. */
class Between {
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async open(url: string): Promise<Between> {
    const target = new URL(url);
    const sockets: Socket[] = [];
    const server = createServer((near) => {
      const far = connect(Number(target.port), target.hostname);
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) {
        socket.on("error", () => undefined);
        sockets.push(socket);
      }
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as { port: number };
    const between = new Between(server, Object.assign(new URL(url), { port: String(port) }).href);
    server.on("connection", () => {
      for (const socket of sockets.splice(0)) between.sockets.add(socket);
    });
    return between;
  }

  deafen(): void {
    for (const socket of this.sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  close(): void {
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
  }
}

onEachDatabase("deadlines", (ground) => {
  it.runIf(ground.kind !== "sqlite")("a server that falls silent times the call out, and the store goes on with new connections", async () => {
    const between = await Between.open(ground.url);
    const store = await openStore({ url: between.url, keys: KEYS, log: silent });
    await store.leases.take(newChannel(), ALFA);
    between.deafen();
    await expect(store.leases.take(newChannel(), ALFA)).rejects.toThrow(StoreTimeout);
    expect(await store.leases.take(newChannel(), ALFA)).toEqual({ epoch: 1 });
    await store.close();
    between.close();
  });
});
