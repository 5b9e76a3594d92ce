import { randomUUID } from "node:crypto";
import type { Redis } from "ioredis";
import { seal } from "./envelope.js";
import type { BridgeEvent } from "./events.js";
import { reach } from "./failpoints.js";
import type { Log } from "./log.js";

/** Told once every event it was added with has been applied by the other side. */
export interface Confirmable {
  confirmed(): void;
}

interface Batch {
  id: string;
  body: string;
  sig: string;
  /** Where it stands in the stream now; absent before the first write and after a lost one. */
  entry?: string;
  sentAt: number;
  waiting: Confirmable[];
}

export interface Delivery {
  redis: Redis;
  key: Buffer;
  ledgerId: string;
  stream: string;
  group: string;
  log: Log;
}

const BATCH_EVENTS = 50;
const LINGER_MS = 2;
const RESEND_AFTER_MS = 10_000;
const RETRY_MS = 200;
/** Bounds one pipeline: about 3 MB of events. */
const PIPELINE_BATCHES = 200;

/**
 * Events on their way to the app, at least once: a batch is kept until `events.applied` names it
 * and written again every 10 s until then. Acknowledgements of commands leave behind the events
 * they caused, in the same pipeline, so that a command never disappears before its answer.
 */
export class Outbox {
  private events: BridgeEvent[] = [];
  private waiting: Confirmable[] = [];
  private readonly unsent = new Set<Batch>();
  private readonly unconfirmed = new Map<string, Batch>();
  private acks = new Map<string, string[]>();
  private removals: string[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly resender: NodeJS.Timeout;
  private writing: Promise<void> | undefined;
  private failing = false;
  private closed = false;

  constructor(private readonly to: Delivery) {
    this.resender = setInterval(() => {
      this.resend(performance.now() - RESEND_AFTER_MS);
    }, 1000);
  }

  add(event: BridgeEvent, waiting?: Confirmable): void {
    this.events.push(event);
    if (waiting !== undefined) this.waiting.push(waiting);
    if (this.events.length >= BATCH_EVENTS) this.closeBatch();
    this.wake(LINGER_MS);
  }

  acknowledge(stream: string, ids: string[]): void {
    const known = this.acks.get(stream);
    if (known === undefined) this.acks.set(stream, ids);
    else known.push(...ids);
    this.wake(LINGER_MS);
  }

  /** Batches that the app has applied: forgotten here and removed from the stream. */
  confirm(ids: string[]): void {
    for (const id of ids) {
      const batch = this.unconfirmed.get(id);
      if (batch === undefined) continue;
      reach("bridge.confirmed");
      this.unconfirmed.delete(id);
      this.unsent.delete(batch);
      if (batch.entry !== undefined) this.removals.push(batch.entry);
      for (const one of batch.waiting) one.confirmed();
    }
    this.wake(LINGER_MS);
  }

  /** Writes again what was written before `moment` (performance.now()) and never confirmed. */
  resend(moment: number): void {
    for (const batch of this.unconfirmed.values()) if (batch.sentAt <= moment) this.unsent.add(batch);
    if (this.unsent.size > 0) this.wake(0);
  }

  get size(): number {
    return this.unconfirmed.size + this.events.length;
  }

  /** Writes what is left, once. What fails stays with the ledger: it comes again after the next boot. */
  async close(): Promise<void> {
    clearInterval(this.resender);
    await this.writing;
    this.closed = true;
    clearTimeout(this.timer);
    await this.write();
  }

  private closeBatch(): void {
    if (this.events.length === 0) return;
    const id = randomUUID();
    const body = written({ v: 1, batch: id, ledger_id: this.to.ledgerId, events: this.events });
    const batch = { id, ...seal(this.to.key, body), sentAt: Infinity, waiting: this.waiting };
    this.events = [];
    this.waiting = [];
    this.unconfirmed.set(id, batch);
    this.unsent.add(batch);
  }

  private wake(after: number): void {
    if (this.closed || this.timer !== undefined || this.writing !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.writing = this.write().finally(() => {
        this.writing = undefined;
        if (this.hasWork()) this.wake(this.failing ? RETRY_MS : LINGER_MS);
      });
    }, after);
  }

  private hasWork(): boolean {
    return this.events.length + this.unsent.size + this.acks.size + this.removals.length > 0;
  }

  private async write(): Promise<void> {
    this.closeBatch();
    const batches = [...this.unsent].slice(0, PIPELINE_BATCHES);
    // Acks wait until every event made before them has left.
    const all = batches.length === this.unsent.size;
    const acks = all ? this.acks : new Map<string, string[]>();
    if (all) this.acks = new Map();
    const removals = this.removals;
    this.removals = [];
    if (batches.length + acks.size + removals.length === 0) return;
    const { redis, stream, group } = this.to;
    const pipeline = redis.pipeline();
    for (const { body, sig } of batches) pipeline.xadd(stream, "*", "body", body, "sig", sig);
    // The older copy goes once the newer stands, so that an app that is away finds each batch once.
    for (const { entry } of batches) if (entry !== undefined) removals.push(entry);
    if (removals.length > 0) pipeline.xdel(stream, ...removals);
    for (const [name, ids] of acks) pipeline.xack(name, group, ...ids).xdel(name, ...ids);
    if (batches.length > 0) reach("bridge.answering");
    const replies = await pipeline.exec().catch((error: unknown) => [[error as Error, null]] as [Error, null][]);
    if (batches.length > 0) reach("bridge.answered");
    batches.forEach((batch, at) => {
      this.written(batch, replies?.[at]);
    });
    const failed = replies?.find(([error]) => error !== null)?.[0];
    if (failed != null) {
      if (!this.failing) this.to.log.warn({ error: failed.message }, "cannot write events, retrying");
      for (const [name, ids] of acks) this.acknowledge(name, ids);
      this.removals.push(...removals);
    }
    this.failing = failed != null;
  }

  private written(batch: Batch, reply: [error: Error | null, result: unknown] | undefined): void {
    if (typeof reply?.[1] !== "string") return;
    this.unsent.delete(batch);
    batch.entry = reply[1];
    batch.sentAt = performance.now();
    // Applied before this very reply came back: nothing is waiting for it any more.
    if (!this.unconfirmed.has(batch.id)) this.removals.push(batch.entry);
  }
}

/** Half of a surrogate pair, as JSON.stringify escapes it; a text that holds these letters only costs a second pass. */
const HALF = /\\ud[89a-f][0-9a-f]{2}/;

/** JSON that every reader takes: somebody's half character would else have the whole batch refused, for ever. */
function written(batch: object): string {
  const body = JSON.stringify(batch);
  if (!HALF.test(body)) return body;
  return JSON.stringify(batch, (_, value: unknown) => (typeof value === "string" ? Buffer.from(value, "utf8").toString("utf8") : value));
}
