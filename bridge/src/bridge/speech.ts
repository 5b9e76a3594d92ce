import { randomUUID } from "node:crypto";
import type { Me, Said, SessionState } from "../events.js";
import type { Log } from "../log.js";
import type { Outbox } from "../outbox.js";
import { LeaseLost, type Store, type StoredSession } from "../store/ports.js";
import { Lane } from "./lane.js";

export type Change = { state: SessionState; reason: string | null; me?: Me | null; paired?: boolean };
type Qr = Extract<Said, { type: "session.qr" }>["data"];
type Code = Extract<Said, { type: "session.pair_code" }>["data"];

interface Around {
  store: Pick<Store, "state">;
  outbox: Pick<Outbox, "add">;
  log: Log;
  /** The store says that another bridge holds the channel. */
  onLost: () => void;
}

/**
 * What one epoch of a channel says of its session: kept first, said afterwards, in order, numbered from 1. Nothing is
 * said after `silence`.
 */
export class Speech {
  state: SessionState;
  reason: string | null;
  me: Me | null;
  /** Of the last wish that was carried out, -1: of none. Every state names it and is kept with it. */
  version: number;
  private seq = 0;
  private qr: Qr | undefined;
  private isSilent = false;
  private readonly lane = new Lane();

  constructor(
    private readonly of: { channel: string; company: string; epoch: number },
    kept: Pick<StoredSession, "state" | "reason" | "me" | "answered"> | undefined,
    private readonly around: Around,
  ) {
    this.state = kept?.state ?? "stopped";
    this.reason = kept?.reason ?? null;
    this.me = kept?.me ?? null;
    // Not the kept wish's: named before it is carried out, it would count as answered, and nobody asked again.
    this.version = kept?.answered ?? -1;
  }

  /** Resolves once it is kept and on its way; never rejects. */
  change(change: Change): Promise<void> {
    this.state = change.state;
    this.reason = change.reason;
    if (change.me !== undefined) this.me = change.me;
    if (change.state !== "qr") this.qr = undefined;
    const [now, answered] = [this.now(), this.version];
    return this.lane.add(async () => {
      if (this.isSilent) return;
      await this.keep({ ...change, answered });
      this.say(now);
    });
  }

  /** Said again because a wish came again (R11). */
  again(): Promise<void> {
    const [now, qr] = [this.now(), this.qr];
    return this.lane.add(() => {
      this.say(now);
      if (qr !== undefined) this.say({ type: "session.qr", data: qr });
      return Promise.resolve();
    });
  }

  /** A wish that finds everything as it wants it: kept and said like a state, with the QR that is shown. */
  answer(version: number): Promise<void> {
    this.version = version;
    void this.lane.add(async () => {
      if (!this.isSilent) await this.keep({ answered: version });
    });
    return this.again();
  }

  showQr(qr: Qr): Promise<void> {
    this.qr = qr;
    return this.after({ type: "session.qr", data: qr });
  }

  showCode(code: Code): Promise<void> {
    return this.after({ type: "session.pair_code", data: code });
  }

  silence(): void {
    this.isSilent = true;
  }

  private now(): Said {
    const { state, reason, me, version } = this;
    return { type: "session.state", data: { state, reason, me, version: Math.max(0, version) } };
  }

  /** Behind the states before it: a code without its state on the app's row is not shown. */
  private after(said: Said): Promise<void> {
    return this.lane.add(() => {
      this.say(said);
      return Promise.resolve();
    });
  }

  private async keep(change: Partial<Change> & { answered: number }): Promise<void> {
    const { channel, epoch } = this.of;
    try {
      await this.around.store.state(channel, epoch, change);
    } catch (error) {
      if (error instanceof LeaseLost) {
        this.silence();
        this.around.onLost();
      }
      // A state that could not be kept is said all the same: the next start looks for itself.
      else this.around.log.warn({ channel, state: this.state, error: String(error) }, "cannot keep the state");
    }
  }

  private say(said: Said): void {
    if (this.isSilent) return;
    this.seq += 1;
    this.around.outbox.add({ id: randomUUID(), ...this.of, seq: this.seq, at: new Date().toISOString(), ...said });
  }
}
