import type { Redis } from "ioredis";
import { APPLIED } from "../addresses.js";
import { openCommand } from "../commands.js";
import type { Log } from "../log.js";
import type { Outbox } from "../outbox.js";
import { pause } from "./waiting.js";

const BLOCK_MS = 500;
const RETRY_MS = 200;
const AT_ONCE = 500;
/** Every bridge has read by then. What is trimmed unread comes again: its batch is sent again, applied and confirmed. */
const KEPT_MS = 60_000;

interface Around {
  redis: Redis;
  key: Buffer;
  outbox: Pick<Outbox, "confirm">;
  log: Log;
}

/**
 * What the app has applied. Read by every bridge whole, not as a group: a batch is confirmed to whoever sent it, and
 * only that one knows its id.
 */
export class Confirmations {
  private readonly stopping = new AbortController();
  private cursor = "0";
  private trimmedAt = performance.now();
  private failing = false;

  constructor(private readonly around: Around) {}

  /** Until `stop`, whose closed connection ends the read. */
  async run(): Promise<void> {
    const { log } = this.around;
    for (;;) {
      try {
        await this.read();
        await this.trim();
        this.failing = false;
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (!this.failing) log.warn({ error: String(error) }, "cannot read confirmations, retrying");
        this.failing = true;
        // The stream may be another one by now, with lower ids: of ids confirmed twice nothing happens.
        this.cursor = "0";
        await pause(RETRY_MS, this.stopping.signal);
      }
    }
  }

  stop(): void {
    this.stopping.abort();
    this.around.redis.disconnect();
  }

  private async read(): Promise<void> {
    const { redis, key, outbox, log } = this.around;
    const reply = await redis.xread("COUNT", AT_ONCE, "BLOCK", BLOCK_MS, "STREAMS", APPLIED, this.cursor);
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.cursor = id;
      const of = (name: string): string => fields[fields.indexOf(name) + 1] ?? "";
      const opened = openCommand(key, { body: of("body"), sig: of("sig") });
      if ("refused" in opened) log.warn({ stream: APPLIED, entry: id, reason: opened.refused }, "entry dropped");
      else if (opened.command.type === "events.applied") outbox.confirm(opened.command.batches);
    }
  }

  private async trim(): Promise<void> {
    const now = performance.now();
    if (now - this.trimmedAt < KEPT_MS) return;
    this.trimmedAt = now;
    await this.around.redis.xtrim(APPLIED, "MINID", "~", Date.now() - KEPT_MS);
  }
}
