import { randomUUID } from "node:crypto";
import type { Said } from "../events.js";
import type { Confirmable, Outbox } from "../outbox.js";

/**
 * Gives every event its epoch and number. Numbers are kept in memory only: each boot raises the
 * epoch of every channel, so that (channel, epoch, seq) never comes twice.
 */
export class Announcer {
  private readonly numbers = new Map<string, { epoch: number; seq: number }>();

  constructor(
    private readonly outbox: Pick<Outbox, "add">,
    private readonly epochOf: (channel: string) => number,
  ) {}

  say(channel: string, company: string, said: Said, waiting?: Confirmable): void {
    const epoch = this.epochOf(channel);
    let number = this.numbers.get(channel);
    if (number?.epoch !== epoch) {
      number = { epoch, seq: 0 };
      this.numbers.set(channel, number);
    }
    number.seq += 1;
    const at = new Date().toISOString();
    const event = { id: randomUUID(), company, channel, epoch, seq: number.seq, at, ...said };
    this.outbox.add(event, waiting);
  }
}
