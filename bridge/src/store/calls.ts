import { StoreTimeout } from "./ports.js";

/** A store that does not answer makes a session deaf: every call ends within this. */
export const CALL_MS = 5_000;

export interface Call {
  /** Its caller has been told that it timed out: what has not begun must not begin. */
  isGivenUp: boolean;
  readonly since: number;
}

/** Every call under way, each with its deadline. */
export class Calls {
  private readonly open = new Set<Call>();

  constructor(private readonly limit = CALL_MS) {}

  /** Rejects with StoreTimeout when `work` has not ended in time; whether it took effect is then unknown. */
  async within<T>(work: (call: Call) => Promise<T>): Promise<T> {
    const call: Call = { isGivenUp: false, since: performance.now() };
    this.open.add(call);
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, fail) => {
      timer = setTimeout(() => {
        call.isGivenUp = true;
        fail(new StoreTimeout(`the store did not answer within ${this.limit} ms`));
      }, this.limit);
    });
    const running = work(call).finally(() => {
      // Stays open until the database itself has answered: that is what the watchdog looks at.
      this.open.delete(call);
    });
    try {
      return await Promise.race([running, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Seconds; 0 when none is open. */
  oldest(): number {
    const first = this.open.values().next().value;
    return first === undefined ? 0 : (performance.now() - first.since) / 1000;
  }
}
