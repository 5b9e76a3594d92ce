import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import type { Server } from "node:net";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import { APPLIED, commandStream, EVENTS, GROUP, WISHES } from "../addresses.js";
import type { Config } from "../config_simulator.js";
import { directionKey } from "../envelope.js";
import type { Log } from "../log.js";
import { Outbox } from "../outbox.js";
import { openRedis } from "../redis.js";
import { StreamReader } from "../streams.js";
import { Announcer } from "./announcer.js";
import { Desk } from "./desk.js";
import { Journal } from "./journal.js";
import { lockLedger } from "./lock.js";
import { Mischief } from "./mischief.js";
import { answerFor } from "./numbers.js";
import { PairingDesk } from "./pairing.js";
import { Quota } from "./quota.js";
import { Receipts } from "./receipts.js";
import { Rows, Unfinished } from "./rows.js";
import { Schedule } from "./schedule.js";
import { Sessions } from "./sessions.js";

const CONSUMER = "simulator";
/** Entries of an earlier life, which nobody will confirm to us, go after this long. */
const TRIM_AFTER_MS = 60_000;
const LAST_WORDS_MS = 1_000;

/** A WhatsApp that never was: everything it did stands in its ledger file. */
export class Simulator {
  private constructor(
    readonly ledgerId: string,
    private readonly parts: {
      lock: Server;
      journal: Journal;
      outbox: Outbox;
      schedule: Schedule;
      reader: StreamReader;
      writer: Redis;
      running: Promise<void>;
    },
  ) {}

  /**
   * Takes the ledger, rebuilds everything from it, brings sessions up again and starts to read.
   * `fail` is called when the ledger can no longer be written: the process must end.
   */
  static async boot(config: Config, log: Log, fail: (error: Error) => void): Promise<Simulator> {
    const { ledger, seed, autoPair, delays, rates, newChats } = config.simulator;
    await mkdir(dirname(ledger), { recursive: true });
    const lock = await lockLedger(ledger);

    const rows = new Rows();
    const sessions = new Sessions();
    const unfinished = new Unfinished();
    const quota = new Quota(newChats);
    let ledgerId: string | undefined;
    const journal = await Journal.open(
      ledger,
      (line) => {
        if (line.t === "boot") ledgerId ??= line.ledger_id;
        else if (line.t !== "session" && line.t !== "done") rows.apply(line);
        sessions.replay(line);
        unfinished.replay(line);
        quota.replay(line);
      },
      fail,
    );
    ledgerId ??= randomUUID();
    const bootLine = { t: "boot" as const, ledger_id: ledgerId, at: new Date().toISOString() };
    sessions.replay(bootLine);
    journal.append(bootLine);
    await journal.settled();

    const writer = openRedis(config.redisUrl, log, "writer");
    const outboxKey = directionKey(config.secret, "bridge→app");
    const outbox = new Outbox({ redis: writer, key: outboxKey, ledgerId, stream: EVENTS, group: GROUP, log });
    const schedule = new Schedule();
    const mischief = new Mischief(outbox, schedule, { seed, rates, delays });
    const announcer = new Announcer(mischief, (channel) => sessions.epochOf(channel));
    const pairing = new PairingDesk(sessions, journal, announcer, schedule, { seed, autoPair, delays });
    const receipts = new Receipts(rows, journal, announcer, schedule, { seed, rates, delays }, log);
    const numbers = (phones: string[]) => phones.map((phone) => answerFor(seed, phone, rates));
    const commandKey = directionKey(config.secret, "app→bridge");
    const desk = new Desk({ key: commandKey, ledgerId, rows, sessions, journal, outbox, announcer, mischief, numbers, pairing, receipts, quota, log });

    log.info({ ledger_id: ledgerId, unfinished: unfinished.size }, "simulator is up");
    pairing.resume();
    for (const written of unfinished) receipts.begin(written);
    trimLater(writer, schedule);

    const reader = new StreamReader({
      redis: openRedis(config.redisUrl, log, "reader"),
      group: GROUP,
      consumer: CONSUMER,
      log,
      streams: () => [WISHES, APPLIED, ...sessions.held.map(commandStream)],
      take: (stream, entries) => desk.take(stream, entries),
      onLost: () => {
        outbox.resend(Infinity);
      },
    });
    const running = reader.run();
    return new Simulator(ledgerId, { lock, journal, outbox, schedule, reader, writer, running });
  }

  /** Reads no more, puts on disk and into Redis what is decided, and lets go of the ledger. */
  async stop(): Promise<void> {
    const { lock, journal, outbox, schedule, reader, writer, running } = this.parts;
    reader.stop();
    schedule.stop();
    await running;
    await journal.close();
    await Promise.race([outbox.close(), sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    writer.disconnect();
    lock.close();
  }
}

function trimLater(redis: Redis, schedule: Schedule): void {
  const booted = Date.now();
  schedule.after(TRIM_AFTER_MS, () => {
    // Failing costs nothing but room: the next boot tries again.
    redis.xtrim(EVENTS, "MINID", booted).catch(() => undefined);
  });
}
