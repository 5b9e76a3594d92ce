import type { Log } from "../log.js";
import type { Store } from "../store/ports.js";
import type { HeldChannel } from "./held_channel.js";
import type { Pace } from "./pace.js";

interface Around {
  store: Pick<Store, "oldestCall">;
  held: () => Iterable<HeldChannel>;
  pace: Pick<Pace, "watch" | "stuck" | "secondChance">;
  log: Log;
  /** The process must end: its supervisor starts another. */
  fail: (why: string) => void;
}

interface Seen {
  wasWell: boolean;
  /** When its first cure was tried, by the monotonic clock. */
  curedAt?: number;
}

/** "Connected" is no proof of life: what hangs is reconnected first, then the process ends. */
export class Watchdog {
  private readonly seen = new Map<string, Seen>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly around: Around) {}

  start(): void {
    this.timer = setInterval(() => { this.look(); }, this.around.pace.watch);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  look(): void {
    const { store, held, pace, fail } = this.around;
    const stuck = pace.stuck / 1000;
    if (store.oldestCall() > stuck) {
      fail("a call of the store does not end");
      return;
    }
    const there = new Set<string>();
    for (const channel of held()) {
      const { session, store: of } = channel;
      there.add(of.channel);
      if (session === undefined) continue;
      const { oldestUnacked, oldestUndone } = session.health();
      this.judge(channel, oldestUnacked > stuck || oldestUndone > stuck);
    }
    for (const channel of this.seen.keys()) if (!there.has(channel)) this.seen.delete(channel);
  }

  private judge(channel: HeldChannel, isStuck: boolean): void {
    const { pace, log, fail } = this.around;
    const id = channel.store.channel;
    const seen = this.seen.get(id) ?? { wasWell: false };
    if (!isStuck) {
      this.seen.set(id, { wasWell: true });
      return;
    }
    this.seen.set(id, seen);
    const now = performance.now();
    if (seen.curedAt === undefined) {
      seen.curedAt = now;
      log.warn({ channel: id }, "session hangs, it is opened again");
      void channel.reconnect().catch(() => undefined);
    } else if (now - seen.curedAt > pace.secondChance) {
      // What already hung when this process began is not cured by the next: nobody else pays for it.
      if (seen.wasWell) fail("a session hangs, also after a new one was opened");
      else log.error({ channel: id }, "session hangs since before this process");
      seen.curedAt = now;
    }
  }
}
