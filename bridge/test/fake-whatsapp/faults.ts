import { z } from "zod";
import { Connects } from "./connects.js";

/** How WhatsApp and a person's phone behave by themselves. */
export const policy = z.object({
  /** Which receipts the person's phone sends. */
  delivered: z.boolean(),
  read: z.boolean(),
  played: z.boolean(),
  receipts_delay_ms: z.number().int().min(0),
  /** LID: the receipt comes from there although the message went to the phone number. */
  receipts_from: z.enum(["pn", "lid"]),
  ack_delay_ms: z.number().int().min(0),
  /** What the person answers to everything; null: nothing. */
  reply: z.string().nullable(),
  /** The person's phone asks again for what it cannot read. */
  retries: z.boolean(),
});
export type Policy = z.infer<typeof policy>;

/** What becomes of messages that fit; the first rule that fits holds. */
export const rule = z.object({
  account: z.string().optional(),
  /** The recipient. */
  phone: z.string().optional(),
  id: z.string().optional(),
  /** For so many messages, then the rule is gone; without it, until rules are cleared. */
  next: z.number().int().min(1).optional(),
  then: z.enum(["error", "no_ack", "drop_before_ack", "drop_after_ack"]),
  /** The nack: 463, 479, 403, 429, 500 or any other. */
  error: z.string().optional(),
});
export type Rule = z.infer<typeof rule>;

export interface Attempt {
  id: string;
  to: string;
  number: string;
  account: string;
  isDuplicate: boolean;
}

export class Faults {
  readonly connects = new Connects();
  readonly policy: Policy = { delivered: true, read: false, played: false, receipts_delay_ms: 0, receipts_from: "pn", ack_delay_ms: 0, reply: null, retries: true };
  /** A contact's own, over the general one. */
  readonly policies = new Map<string, Partial<Policy>>();
  rules: Rule[] = [];
  /** A contact whose message the client could not read sends it again when asked. */
  resends = true;
  /** Namespaces of queries that are never answered (`w:p`: pings). */
  silentAbout = new Set<string>();
  /** Accounts whose sockets stay open and answer nothing. */
  mute = new Set<string>();
  /** In-process tests decide here; undefined leaves it to the rules. */
  onMessage: ((attempt: Attempt) => Pick<Rule, "then" | "error"> | undefined | Promise<Pick<Rule, "then" | "error"> | undefined>) | undefined;

  policyFor(number: string): Policy {
    return { ...this.policy, ...this.policies.get(number) };
  }

  async outcomeOf(attempt: Attempt): Promise<Pick<Rule, "then" | "error"> | undefined> {
    const decided = await this.onMessage?.(attempt);
    if (decided) return decided;
    const found = this.rules.find((candidate) => fits(candidate, attempt));
    if (found?.next !== undefined) {
      found.next -= 1;
      if (found.next === 0) this.rules = this.rules.filter((other) => other !== found);
    }
    return found;
  }

  isMute(account: string | undefined): boolean {
    return account !== undefined && this.mute.has(account);
  }

  isSilentAbout(namespace: string): boolean {
    return this.silentAbout.has(namespace);
  }
}

function fits(candidate: Rule, attempt: Attempt): boolean {
  const isFor = (wanted: string | undefined, is: string): boolean => wanted === undefined || wanted === is;
  return isFor(candidate.account, attempt.account) && isFor(candidate.phone, attempt.number) && isFor(candidate.id, attempt.id);
}
