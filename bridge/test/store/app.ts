import { randomUUID } from "node:crypto";
import type { SignalDataSet } from "baileys";
import type { MessageAsk, MessageSend } from "../../src/commands.js";
import type { BridgeEvent } from "../../src/events.js";
import type { Confirmable } from "../../src/outbox.js";
import type { ChannelStore } from "../../src/store/ports.js";
import { TEXT, TO } from "../ledger-table.js";

export const ALFA = "0198c1f0-1111-7aaa-8aaa-000000000001";
export const BETA = "0198c1f0-1111-7aaa-8aaa-000000000002";

/** Stands where the outbox stands: remembers what was said, confirms when told. */
export class Heard {
  readonly events: BridgeEvent[] = [];
  private waiting: Confirmable[] = [];

  add(event: BridgeEvent, waiting?: Confirmable): void {
    this.events.push(event);
    if (waiting !== undefined) this.waiting.push(waiting);
  }

  confirm(): void {
    for (const one of this.waiting.splice(0)) one.confirmed();
  }

  of(channel: string): BridgeEvent[] {
    return this.events.filter((event) => event.channel === channel);
  }

  last(channel: string): BridgeEvent | undefined {
    return this.of(channel).at(-1);
  }
}

export function newChannel(): string {
  return randomUUID();
}

export function send(channel: string, waId: string, claimNo: number, more: Partial<MessageSend["data"]> = {}): MessageSend {
  return {
    v: 1,
    id: randomUUID(),
    at: new Date().toISOString(),
    channel,
    company: ALFA,
    type: "message.send",
    data: {
      wa_id: waId,
      to: TO,
      content: { text: TEXT },
      typing_ms: 0,
      claim_no: claimNo,
      again: 0,
      ledger_id: null,
      expires_at: "2999-01-01T00:00:00Z",
      ...more,
    },
  };
}

export function ask(channel: string, waId: string, claimNo: number, ledgerId: string | null = null): MessageAsk {
  const data = { wa_id: waId, claim_no: claimNo, ledger_id: ledgerId };
  return { v: 1, id: randomUUID(), at: new Date().toISOString(), channel, company: ALFA, type: "message.ask", data };
}

/** Keys to set: a plaintext for each of these names. */
export function plaintext(ids: string[]): SignalDataSet {
  return { "inbound-plaintext": Object.fromEntries(ids.map((id) => [id, Buffer.from(id)])) } as unknown as SignalDataSet;
}

/** Of these names the ones that are kept. */
export async function kept(store: ChannelStore, type: string, ids: string[]): Promise<string[]> {
  return Object.keys(await store.keys.get(type as "session", ids)).sort();
}
