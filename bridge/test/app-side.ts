import { randomUUID } from "node:crypto";
import { Redis } from "ioredis";
import type { MessageSend } from "../src/commands.js";
import { directionKey, seal, verify } from "../src/envelope.js";
import { batch, type BridgeEvent } from "../src/events.js";
import { redisOptions } from "../src/redis.js";

export const ALFA = "0198c1f0-1111-7aaa-8aaa-000000000001";
export const CHANNEL = "0198c1f0-2222-7bbb-8bbb-000000000001";
export const SECRET = "a secret only for tests";
const EVENTS = "esquadrao:events:0";

type Of<T> = Extract<BridgeEvent, { type: T }>;

/** Plays the Python side: sends signed commands, reads and checks every signed batch. */
export class AppSide {
  readonly redis: Redis;
  readonly events: BridgeEvent[] = [];
  /** Every one, taken or not, in the order of the stream. */
  readonly heard: BridgeEvent[] = [];
  readonly batches: string[] = [];
  ledgerId: string | null = null;
  /** Off: the app never says that it applied anything. */
  confirms = true;
  private readonly reader: Redis;
  private readonly keys = { out: directionKey(SECRET, "app→bridge"), in: directionKey(SECRET, "bridge→app") };
  private cursor = "0";

  constructor(url: string) {
    const options = redisOptions(url) as { path: string };
    this.redis = new Redis(options);
    this.reader = new Redis(options);
  }

  close(): void {
    this.redis.disconnect();
    this.reader.disconnect();
  }

  async put(stream: string, body: object, forged?: string): Promise<void> {
    const { body: text, sig } = seal(this.keys.out, JSON.stringify(body));
    await this.redis.xadd(`esquadrao:${stream}`, "*", "body", text, "sig", forged ?? sig);
  }

  async wish(type: string, data: object): Promise<void> {
    await this.put("wishes", this.command(type, data));
  }

  async send(waId: string, claimNo: number, more: Partial<MessageSend["data"]> = {}): Promise<void> {
    const data = {
      wa_id: waId,
      to: "+5511987654321",
      content: { text: `Olá, ${waId}` },
      typing_ms: 0,
      claim_no: claimNo,
      again: 0,
      ledger_id: null,
      expires_at: "2999-01-01T00:00:00Z",
      ...more,
    };
    await this.put(`commands:${CHANNEL}`, this.command("message.send", data));
  }

  async check(phones: string[]): Promise<void> {
    await this.put(`commands:${CHANNEL}`, this.command("numbers.check", { phones }));
  }

  async pair(version = 1): Promise<void> {
    await this.wish("session.start", { version });
    await this.until("session.qr", () => true);
    await this.wish("session.scan", {});
    await this.until("session.state", ({ data }) => data.state === "connected");
  }

  /** Takes the first event not taken yet that fits; reads until it comes. */
  async until<T extends BridgeEvent["type"]>(type: T, fits: (event: Of<T>) => boolean): Promise<Of<T>> {
    for (;;) {
      const at = this.events.findIndex((event) => event.type === type && fits(event as Of<T>));
      if (at >= 0) return this.events.splice(at, 1)[0] as Of<T>;
      await this.read();
    }
  }

  /** Reads once, blocking; confirms what was read. */
  async read(): Promise<void> {
    const reply = await this.reader.xread("COUNT", 100, "BLOCK", 50, "STREAMS", EVENTS, this.cursor);
    const applied: string[] = [];
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.cursor = id;
      const body = fields[fields.indexOf("body") + 1] ?? "";
      const sig = fields[fields.indexOf("sig") + 1] ?? "";
      if (!verify(this.keys.in, { body, sig })) throw new Error("an event with a wrong signature");
      const opened = batch.parse(JSON.parse(body));
      this.ledgerId = opened.ledger_id;
      applied.push(opened.batch);
      this.batches.push(opened.batch);
      this.events.push(...opened.events);
      this.heard.push(...opened.events);
    }
    if (this.confirms && applied.length > 0) await this.confirm(applied);
  }

  async confirm(batches: string[]): Promise<void> {
    await this.put("applied", { v: 1, type: "events.applied", batches });
  }

  /** After a FLUSHALL: ids begin anew. */
  rewind(): void {
    this.cursor = "0";
  }

  command(type: string, data: object): object {
    return { v: 1, id: randomUUID(), at: new Date().toISOString(), type, channel: CHANNEL, company: ALFA, data };
  }
}
