/** Longer than this the engine has long asked about it; kept so long for a late nack. */
const FORGOTTEN_MS = 10 * 60 * 1000;

export interface Flight {
  claimNo: number;
  jid: string;
  since: number;
  /** Written anew once already, for a fresh list of devices. */
  isRefreshed: boolean;
}

/** What was written on this very socket and not answered: a nack counts only for these. */
export class Flights {
  private readonly flying = new Map<string, Flight>();
  private readonly waiting = new Map<string, (isAnswered: boolean) => void>();

  begin(waId: string, claimNo: number, jid: string): void {
    this.flying.delete(waId);
    this.flying.set(waId, { claimNo, jid, since: Date.now(), isRefreshed: false });
    for (const [oldest, { since }] of this.flying) {
      if (Date.now() - since < FORGOTTEN_MS) break;
      this.flying.delete(oldest);
    }
  }

  of(waId: string): Flight | undefined {
    return this.flying.get(waId);
  }

  end(waId: string): void {
    this.flying.delete(waId);
    this.waiting.get(waId)?.(true);
  }

  /** False: no answer came within `ms`, or before `close`. */
  answered(waId: string, ms: number): Promise<boolean> {
    if (!this.flying.has(waId)) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.waiting.get(waId)?.(false), ms);
      this.waiting.set(waId, (isAnswered) => {
        clearTimeout(timer);
        this.waiting.delete(waId);
        resolve(isAnswered);
      });
    });
  }

  /** Nobody waits for an answer any more. */
  close(): void {
    for (const tell of [...this.waiting.values()]) tell(false);
  }

  /** Milliseconds since the oldest was written; 0: all are answered. */
  oldest(): number {
    for (const { since } of this.flying.values()) return Date.now() - since;
    return 0;
  }
}
