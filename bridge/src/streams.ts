import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { Log } from "./log.js";

export interface Entry {
  id: string;
  body: string;
  sig: string;
}

export interface Reading {
  redis: Redis;
  group: string;
  consumer: string;
  log: Log;
  /** Asked before every read: the streams held now. */
  streams: () => readonly string[];
  /** Streams that nobody else reads now: what other consumers took and never acknowledged is taken over at once. */
  inherits?: (stream: string) => boolean;
  /** May return a promise to slow the reader down. Acknowledging is its business. */
  take: (stream: string, entries: Entry[]) => Promise<void> | void;
  /** A group was gone (FLUSHALL, an empty restart): whatever had been written to Redis may be gone. */
  onLost: () => void;
}

type Reply = [stream: string, entries: [id: string, fields: string[] | null][]][] | null;

/** How long a read blocks: bounds how late a newly held stream joins. */
const BLOCK_MS = 250;
const RETRY_MS = 200;

/**
 * Reads many streams of one consumer group with one blocking connection, at least once.
 * A stream new to it, and every stream after a lost connection, begins with this consumer's own
 * pending entries; a missing group is made again where it is missed.
 */
export class StreamReader {
  private readonly known = new Set<string>();
  private stopped = false;
  private failing = false;
  /** By the monotonic clock: when Redis last answered a read. */
  private answeredAt = performance.now();

  constructor(private readonly reading: Reading) {}

  async run(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.readOnce();
        this.failing = false;
      } catch (error) {
        await this.recover(error as Error);
      }
    }
  }

  /** Milliseconds without an answer: a connection that stands is no proof that anybody reads. */
  get silence(): number {
    return performance.now() - this.answeredAt;
  }

  stop(): void {
    this.stopped = true;
    this.reading.redis.disconnect();
  }

  private async readOnce(): Promise<void> {
    const streams = this.reading.streams();
    await this.begin(streams);
    const count = Math.max(50, Math.min(500, Math.floor(10_000 / streams.length)));
    const reply = await this.read(count, streams, streams.map(() => ">"), BLOCK_MS);
    this.answeredAt = performance.now();
    for (const [stream, entries] of reply ?? []) await this.reading.take(stream, alive(entries));
    // One call over a thousand streams costs Redis about a millisecond: let entries gather meanwhile.
    const linger = Math.min(10, Math.floor(streams.length / 100));
    if (linger > 0) await sleep(linger);
  }

  /** Makes groups and reads what was delivered before and never acknowledged. */
  private async begin(streams: readonly string[]): Promise<void> {
    const held = new Set(streams);
    for (const stream of this.known) if (!held.has(stream)) this.known.delete(stream);
    const fresh = streams.filter((stream) => !this.known.has(stream));
    if (fresh.length === 0) return;
    const { redis, group } = this.reading;
    const pipeline = redis.pipeline();
    for (const stream of fresh) pipeline.xgroup("CREATE", stream, group, "0", "MKSTREAM");
    for (const [error] of (await pipeline.exec()) ?? []) {
      if (error !== null && !error.message.startsWith("BUSYGROUP")) throw error;
    }
    for (const stream of fresh) if (this.reading.inherits?.(stream)) await this.inherit(stream, 0);
    await this.readPending(fresh);
    for (const stream of fresh) this.known.add(stream);
  }

  /** Makes pending entries of other consumers ours, if they took them more than `idle` ms ago. Returns how many. */
  async inherit(stream: string, idle: number): Promise<number> {
    const { redis, group, consumer } = this.reading;
    let cursor = "0-0";
    let count = 0;
    do {
      const reply = await redis.call("XAUTOCLAIM", stream, group, consumer, idle, cursor, "COUNT", 500, "JUSTID");
      const [next, ids] = reply as [string, string[]];
      cursor = next;
      count += ids.length;
    } while (cursor !== "0-0");
    return count;
  }

  /** Reads this stream's pending entries again at the next turn. */
  forget(stream: string): void {
    this.known.delete(stream);
  }

  private async readPending(streams: readonly string[]): Promise<void> {
    let cursors = new Map(streams.map((stream) => [stream, "0"]));
    while (cursors.size > 0 && !this.stopped) {
      const reply = await this.read(100, [...cursors.keys()], [...cursors.values()]);
      const further = new Map<string, string>();
      for (const [stream, entries] of reply ?? []) {
        const last = entries.at(-1);
        if (last === undefined) continue;
        further.set(stream, last[0]);
        await this.reading.take(stream, alive(entries));
      }
      cursors = further;
    }
  }

  private read(count: number, streams: string[] | readonly string[], ids: string[], block?: number): Promise<Reply> {
    const { redis, group, consumer } = this.reading;
    const wait = block === undefined ? [] : ["BLOCK", block];
    const args = ["GROUP", group, consumer, "COUNT", count, ...wait, "STREAMS", ...streams, ...ids];
    return redis.call("XREADGROUP", ...args) as Promise<Reply>;
  }

  private async recover(error: Error): Promise<void> {
    if (this.stopped) return;
    // Whatever happened, an answer may have been lost on its way: begin every stream again.
    this.known.clear();
    if (/^(NOGROUP|UNBLOCKED)/.test(error.message)) {
      this.reading.log.warn("consumer groups were gone, making them again");
      this.reading.onLost();
      return;
    }
    if (!this.failing) this.reading.log.warn({ error: error.message }, "cannot read streams, retrying");
    this.failing = true;
    await sleep(RETRY_MS);
  }
}

/** An entry deleted from the stream but still pending has no fields: it is only to be acknowledged. */
function alive(entries: [id: string, fields: string[] | null][]): Entry[] {
  return entries.map(([id, fields]) => {
    const found: Record<string, string | undefined> = {};
    for (let at = 0; fields !== null && at + 1 < fields.length; at += 2) found[fields[at] ?? ""] = fields[at + 1];
    return { id, body: found["body"] ?? "", sig: found["sig"] ?? "" };
  });
}
