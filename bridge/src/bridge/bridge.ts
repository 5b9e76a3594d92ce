import { mkdir } from "node:fs/promises";
import type { Server } from "node:http";
import { dirname } from "node:path";
import type { Redis } from "ioredis";
import { commandStream, EVENTS, GROUP, WISHES } from "../addresses.js";
import type { BridgeConfig } from "../config_bridge.js";
import { directionKey } from "../envelope.js";
import type { Log } from "../log.js";
import { Outbox } from "../outbox.js";
import { openRedis } from "../redis.js";
import type { Store } from "../store/ports.js";
import { StreamReader } from "../streams.js";
import type { WhatsAppAddress } from "../whatsapp/ports.js";
import { Confirmations } from "./confirmations.js";
import { Desk } from "./desk.js";
import type { OpenSession, Shared } from "./generations.js";
import { openHealth, type Vitals } from "./health.js";
import { Keeper } from "./keeper.js";
import { Logins } from "./logins.js";
import { openMedia } from "./media_store.js";
import type { Pace } from "./pace.js";
import { BUNDLED, ClientVersion } from "./version.js";
import { isDoneWithin } from "./waiting.js";
import { Watchdog } from "./watchdog.js";

export interface Made {
  store: Store;
  open: OpenSession;
  pace: Pace;
  log: Log;
  /** The process must end, for what is said in words. */
  fail: (why: string) => void;
}

/** One bridge process: everything it has is made here, and ended here. */
export class Bridge {
  private readonly timers: NodeJS.Timeout[] = [];
  private readonly running: Promise<void>[] = [];
  private health: Server | undefined;
  private isReading = false;

  private constructor(
    private readonly made: Made,
    private readonly parts: {
      outbox: Outbox;
      writer: Redis;
      version: ClientVersion;
      keeper: Keeper;
      desk: Desk;
      reader: StreamReader;
      confirmations: Confirmations;
      watchdog: Watchdog;
    },
  ) {}

  /** Begins to hold channels and to read commands. */
  static async boot(config: BridgeConfig, made: Made): Promise<Bridge> {
    const { store, open, pace, log, fail } = made;
    const writer = openRedis(config.redisUrl, log, "writer");
    const key = directionKey(config.secret, "app→bridge");
    const outboxKey = directionKey(config.secret, "bridge→app");
    const outbox = new Outbox({ redis: writer, key: outboxKey, ledgerId: store.ledgerId, stream: EVENTS, group: GROUP, log });
    const version = new ClientVersion(config.version ?? BUNDLED, config.isReal, log);
    const shared: Shared = {
      open,
      logins: new Logins(),
      media: await openMedia(config.storage),
      address: () => addressOf(config, version),
      refresh: () => version.refresh(),
      pace,
      log,
    };
    const keeper = new Keeper({ store, outbox, shared });
    const desk = new Desk({ key, store, keeper, outbox, redis: writer, pace, log });
    const reader = new StreamReader({
      redis: openRedis(config.redisUrl, log, "reader"),
      group: GROUP,
      consumer: store.owner,
      log,
      streams: () => [WISHES, ...[...keeper.held.keys()].map(commandStream)],
      inherits: (stream) => stream !== WISHES,
      take: (stream, entries) => desk.take(stream, entries),
      onLost: () => { outbox.resend(Infinity); },
    });
    const confirmations = new Confirmations({ redis: openRedis(config.redisUrl, log, "confirmations"), key, outbox, log });
    const watchdog = new Watchdog({ store, held: () => keeper.held.values(), pace, log, fail });
    const bridge = new Bridge(made, { outbox, writer, version, keeper, desk, reader, confirmations, watchdog });
    await bridge.begin(config);
    return bridge;
  }

  private async begin({ healthPort }: BridgeConfig): Promise<void> {
    const { store, pace, log } = this.made;
    const { outbox, version, keeper, reader, confirmations, watchdog } = this.parts;
    if (healthPort !== undefined) this.health = await openHealth(healthPort, () => this.vitals());
    this.running.push(confirmations.run());
    store.sayThrough(outbox);
    version.start(pace.version);
    keeper.start();
    this.running.push(reader.run());
    this.isReading = true;
    watchdog.start();
    this.every(pace.sweep, "sweep", async () => {
      while ((await store.sweep()).more && this.isReading);
    });
    this.every(pace.idle, "inherit", async () => {
      if ((await reader.inherit(WISHES, pace.idle)) > 0) reader.forget(WISHES);
    });
    log.info({ ledger_id: store.ledgerId, owner: store.owner }, "bridge is up");
  }

  /** Bounded: sockets closed and flushed, leases given back, what is decided written; the rest is in SQL. */
  async stop(): Promise<void> {
    const { pace, store } = this.made;
    const { outbox, writer, version, keeper, desk, reader, confirmations, watchdog } = this.parts;
    this.isReading = false;
    for (const timer of this.timers) clearInterval(timer);
    watchdog.stop();
    version.stop();
    reader.stop();
    await isDoneWithin(pace.stopCommands, desk.stop());
    await isDoneWithin(pace.stopSession, keeper.stop());
    confirmations.stop();
    await isDoneWithin(pace.lastWords, Promise.all([...this.running, store.close(), outbox.close()]));
    writer.disconnect();
    this.health?.close();
    this.health?.closeAllConnections();
  }

  private every(interval: number, job: string, run: () => Promise<void>): void {
    const timer = setInterval(() => {
      run().catch((error: unknown) => { this.made.log.warn({ job, error: String(error) }, "a job failed, it comes again"); });
    }, interval);
    this.timers.push(timer);
  }

  private vitals(): Vitals {
    const { store, pace } = this.made;
    const { outbox, writer, keeper, desk, reader } = this.parts;
    const states: Record<string, number> = {};
    for (const { speech } of keeper.held.values()) states[speech.state] = (states[speech.state] ?? 0) + 1;
    const isAlive = store.oldestCall() * 1000 < pace.stuck;
    return {
      isAlive,
      isReady: isAlive && this.isReading && writer.status === "ready" && keeper.isAnswered && reader.silence < pace.stuck,
      states,
      dropped: desk.dropped,
      gauges: {
        outbox_events: outbox.size,
        backlog_commands: desk.backlog,
        oldest_store_call_seconds: store.oldestCall(),
        memory_bytes: process.memoryUsage.rss(),
      },
    };
  }
}

function addressOf({ fake }: BridgeConfig, version: ClientVersion): WhatsAppAddress {
  if (fake === undefined) return { version: version.current };
  const certificate = fake.certificate === undefined ? {} : { mediaCertificate: fake.certificate };
  return { version: version.current, url: fake.url, rootKey: fake.rootKey, ...certificate };
}

/** The folder of a database that is a file; whoever opens it does not make folders. */
export async function makeFolderOf(databaseUrl: string): Promise<void> {
  const path = /^sqlite:\/\/([^?]+)/.exec(databaseUrl)?.[1];
  if (path !== undefined) await mkdir(dirname(path), { recursive: true });
}
