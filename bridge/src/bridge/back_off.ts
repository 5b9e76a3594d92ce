import type { SessionState } from "../events.js";
import type { SessionReason } from "../reasons.js";
import type { Closed } from "../whatsapp/ports.js";
import type { Pace } from "./pace.js";

/** Of a client that was replaced, or is too old: a fourth try would only be a fight. */
const MOST_TRIES = 3;

export type Next =
  | { wait: number; reason: string; refresh?: true }
  | { rest: SessionState; reason: string; wipe?: true }
  /** We closed it ourselves: whoever did says what comes next. */
  | { asked: true };

/** What follows the end of a socket, by bridge.md's table. One for each channel: it remembers the tries. */
export class BackOff {
  private transient = 0;
  private replaced = 0;
  private outdated = 0;

  constructor(
    private readonly pace: Pick<Pace, "firstWait" | "longestWait" | "replacedWait" | "stood">,
    private readonly random: () => number = Math.random,
  ) {}

  /** `openFor`: how long the socket stood connected, in milliseconds; 0 when it never was. */
  after({ then, reason }: Closed, openFor: number): Next {
    if (openFor >= this.pace.stood) this.transient = this.replaced = this.outdated = 0;
    switch (then) {
      case "at_once":
        return { wait: 0, reason: reason ?? "restart" };
      case "back_off":
        return { wait: this.jitter(), reason: reason ?? "connection_lost" };
      case "replaced":
        if (++this.replaced > MOST_TRIES) return rest("conflict", "replaced", reason);
        return { wait: this.pace.replacedWait, reason: reason ?? "replaced" };
      case "outdated":
        if (++this.outdated > MOST_TRIES) return rest("outdated", "outdated", reason);
        return { wait: this.jitter(), reason: reason ?? "connection_lost", refresh: true };
      case "qr_over":
        return rest("stopped", "qr_timeout", reason);
      case "logged_out":
        return { ...rest("logged_out", "logged_out", reason), wipe: true };
      case "banned":
        return rest("banned", "banned", reason);
      case "failed":
        return rest("failed", "refused", reason);
      case "asked":
        return { asked: true };
    }
  }

  private jitter(): number {
    const { firstWait, longestWait } = this.pace;
    return this.random() * Math.min(longestWait, firstWait * 2 ** this.transient++);
  }
}

function rest(state: SessionState, usual: SessionReason, reason: string | null): { rest: SessionState; reason: string } {
  return { rest: state, reason: reason ?? usual };
}

/** States that only a new wish ends: nobody reconnects from them, whatever starts again. */
export const RESTING: ReadonlySet<SessionState> = new Set([
  "stopped",
  "conflict",
  "logged_out",
  "banned",
  "outdated",
  "failed",
] as const);
