import type { Delays, Rates } from "../config_simulator.js";
import type { BridgeEvent } from "../events.js";
import type { Confirmable, Outbox } from "../outbox.js";
import { drawn } from "./outcome.js";
import type { Schedule } from "./schedule.js";

/** What the app asks about when it does not come; a session's state and a person's words are kept until confirmed. */
const ASKED_ABOUT = new Set(["message.accepted", "message.status", "message.known", "numbers.checked"]);

export interface Bad {
  seed: string;
  rates: Pick<Rates, "dropped" | "lost" | "stray" | "twice">;
  delays: Pick<Delays, "stray">;
}

/**
 * A connection that behaves badly, for the fault tests; with every rate at 0 it only passes on.
 * What it does to an event is what a network may do to it: the ledger stays true.
 */
export class Mischief {
  constructor(
    private readonly outbox: Pick<Outbox, "add">,
    private readonly schedule: Pick<Schedule, "after">,
    private readonly bad: Bad,
  ) {}

  add(event: BridgeEvent, waiting?: Confirmable): void {
    const { rates, delays } = this.bad;
    if (ASKED_ABOUT.has(event.type) && this.happens(rates.lost)) return;
    if (this.happens(rates.twice)) this.schedule.after(this.within(delays.stray), () => { this.outbox.add(event); });
    if (this.happens(rates.stray)) this.schedule.after(this.within(delays.stray), () => { this.outbox.add(event, waiting); });
    else this.outbox.add(event, waiting);
  }

  /** Whether the connection drops under this attempt, before anything is written. */
  drops({ wa_id, claim_no }: { wa_id: string; claim_no: number }): boolean {
    const { seed, rates } = this.bad;
    return drawn([seed, wa_id, "dropped", String(claim_no)]) < rates.dropped;
  }

  private happens(rate: number): boolean {
    return rate > 0 && Math.random() < rate;
  }

  private within({ min, max }: { min: number; max: number }): number {
    return min + (max - min) * Math.random();
  }
}
