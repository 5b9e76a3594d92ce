import { z } from "zod";

/** WhatsApp refuses logins: with this code, of this account or of all, so many times or until cleared. */
export const refusal = z.object({
  code: z.number().int(),
  account: z.string().optional(),
  next: z.number().int().min(1).optional(),
});
export type Refusal = z.infer<typeof refusal>;

const WINDOW_MS = 60_000;
const TOO_MANY = 429;

/** Who may log in. */
export class Connects {
  refusals: Refusal[] = [];
  /** More logins than this within a minute are refused with 429; null: no limit. */
  perMinute: number | null = null;
  /** Moments of the last logins, in milliseconds. */
  private recent: number[] = [];

  /** The code to refuse this login with. `account` is undefined for a client that is not linked. */
  failureOf(account: string | undefined): number | undefined {
    const now = Date.now();
    this.recent = [...this.recent.filter((moment) => moment > now - WINDOW_MS), now];
    const found = this.refusals.find((candidate) => candidate.account === undefined || candidate.account === account);
    if (found?.next !== undefined) {
      found.next -= 1;
      if (found.next === 0) this.refusals = this.refusals.filter((other) => other !== found);
    }
    if (found) return found.code;
    return this.perMinute !== null && this.recent.length > this.perMinute ? TOO_MANY : undefined;
  }
}
