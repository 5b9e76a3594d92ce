import type { Me, SessionState } from "../events.js";
import type { Log } from "../log.js";
import type { ChannelStore } from "../store/ports.js";
import type { Around as SessionAround, Closed, Listener, MediaStore, Session, WhatsAppAddress } from "../whatsapp/ports.js";
import { BackOff } from "./back_off.js";
import type { Logins } from "./logins.js";
import type { Pace } from "./pace.js";
import type { Speech } from "./speech.js";
import { isDoneWithin, pause } from "./waiting.js";

export type OpenSession = (around: SessionAround, listener: Listener) => Session;

/** What all channels of a process share. */
export interface Shared {
  open: OpenSession;
  logins: Logins;
  media: MediaStore;
  address: () => WhatsAppAddress;
  /** Looks for a newer version of the client; never rejects. */
  refresh: () => Promise<void>;
  pace: Pace;
  log: Log;
}

interface Of {
  store: ChannelStore;
  speech: Speech;
  /** Asked when a number says hello. False: it is paired with another channel of the installation. */
  claim: (me: Me) => Promise<boolean>;
}

export interface Wanted {
  proxy: string | null;
  historyDays: number;
}

/** A connection that could not even begin. */
const NOT_BEGUN: Closed = { code: 0, then: "back_off", reason: "connection_lost" };
const TAKEN: Closed = { code: 0, then: "logged_out", reason: "number_taken" };

/** The sessions of one channel, one after the other, each a new generation: never two at a time. */
export class Generations {
  session: Session | undefined;
  private course = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private isLeaving = false;
  private openSince: number | undefined;

  constructor(
    private readonly of: Of,
    private readonly shared: Shared,
  ) {
    this.course.abort();
  }

  /** Somebody wants it up and it is up, or on its way. */
  get isRunning(): boolean {
    return !this.course.signal.aborted;
  }

  /** Goes on until `end`, or until an end that rests; `whenOver` is called only in the second case. */
  start(wanted: Wanted, whenOver: () => void): void {
    const course = (this.course = new AbortController());
    const backOff = new BackOff(this.shared.pace);
    this.running = this.running
      .then(() => this.goOn(wanted, backOff, course.signal))
      .catch((error: unknown) => {
        this.shared.log.error({ err: error, channel: this.of.store.channel }, "a session ended in an unforeseen way");
      })
      .then(() => {
        if (course.signal.aborted) return;
        course.abort();
        whenOver();
      });
  }

  /** Resolves once the socket is closed and what it held is in the store; never later than the pace allows. */
  async end(): Promise<void> {
    this.course.abort();
    await this.running;
  }

  /** As `end`; a session that is connected tells WhatsApp to forget this device. */
  async leave(): Promise<void> {
    this.isLeaving = true;
    await this.end();
    this.isLeaving = false;
  }

  /** Closes the socket; the same course opens a new one. */
  async reconnect(): Promise<void> {
    await this.session?.stop();
  }

  private async goOn(wanted: Wanted, backOff: BackOff, course: AbortSignal): Promise<void> {
    const { speech, store } = this.of;
    while (!course.aborted) {
      const closed = await this.generation(wanted, course);
      if (isEnded(course)) return;
      const openFor = this.openSince === undefined ? 0 : performance.now() - this.openSince;
      const next = backOff.after(closed, openFor);
      this.shared.log.info({ channel: store.channel, code: closed.code, then: closed.then, reason: closed.reason }, "session ended");
      if ("rest" in next) {
        if (next.wipe && !(await this.isWiped())) {
          // Kept keys of a device that is gone would be told so at the next login too: then again.
          await pause(this.shared.pace.firstWait, course);
          continue;
        }
        await speech.change({ state: next.rest, reason: next.reason, ...(next.wipe ? { me: null, paired: false } : {}) });
        return;
      }
      const { wait, reason } = "asked" in next ? { wait: 0, reason: "connection_lost" } : next;
      if ("refresh" in next) await this.shared.refresh();
      await speech.change({ state: "reconnecting", reason });
      await pause(wait, course);
    }
  }

  private async isWiped(): Promise<boolean> {
    const { store } = this.of;
    try {
      await store.wipe();
      return true;
    } catch (error) {
      this.shared.log.warn({ channel: store.channel, error: String(error) }, "cannot forget this device, trying again");
      return false;
    }
  }

  /** One socket from its start to its end. */
  private async generation(wanted: Wanted, course: AbortSignal): Promise<Closed> {
    const { logins, pace } = this.shared;
    const leave = await logins.enter(pace.login, course);
    this.openSince = undefined;
    try {
      if (isEnded(course)) return NOT_BEGUN;
      return await this.socket(wanted, course, leave);
    } finally {
      this.session = undefined;
      leave();
    }
  }

  private socket({ proxy, historyDays }: Wanted, course: AbortSignal, leave: () => void): Promise<Closed> {
    const { pace, open, media, address, log } = this.shared;
    const { store, speech } = this.of;
    return new Promise((over) => {
      let isOver = false;
      let because: Closed | undefined;
      let told: Promise<unknown> = Promise.resolve();
      const end = (closed: Closed): void => {
        isOver = true;
        course.removeEventListener("abort", abandon);
        // What was heard before the end is said, or found out, before what follows from the end.
        void isDoneWithin(pace.stopSession, told).then(() => { over(because ?? closed); });
      };
      /** For an end with a reason of ours: the session closes first, or is given up when it hangs in that. */
      const close = (reason: Closed, way: () => Promise<void>): void => {
        because ??= reason;
        void isDoneWithin(pace.stopSession, way()).then(() => { end(reason); });
      };
      const abandon = (): void => {
        close(NOT_BEGUN, () => (this.isLeaving ? session.logout() : session.stop()));
      };
      const listener: Listener = {
        state: (state, reason, me) => {
          // Said already, with its reason, by whoever opened this socket.
          if (isOver || state === "starting") return;
          if (state !== "pairing") leave();
          const telling = this.heard(state, reason, me);
          told = Promise.allSettled([told, telling]);
          telling.then(
            (isTaken) => { if (isTaken) close(TAKEN, () => session.logout()); },
            () => { close(NOT_BEGUN, () => session.stop()); },
          );
        },
        qr: (qr) => { if (!isOver) void speech.showQr(qr); },
        pairCode: (code) => { if (!isOver) void speech.showCode(code); },
        closed: end,
      };
      const session = (this.session = open({ store, media, address: address(), proxy, historyDays, log }, listener));
      course.addEventListener("abort", abandon, { once: true });
      session.start().catch((error: unknown) => {
        log.warn({ channel: store.channel, error: String(error) }, "session cannot start");
        close(NOT_BEGUN, () => session.stop());
      });
    });
  }

  /** True when the number is taken: then nobody hears that it was connected. */
  private async heard(state: SessionState, reason: string | null, me: Me | null): Promise<boolean> {
    const { speech, claim } = this.of;
    if (state !== "connected") {
      await speech.change({ state, reason, ...(me === null ? {} : { me }) });
      return false;
    }
    this.openSince ??= performance.now();
    if (me !== null && !(await claim(me))) return true;
    await speech.change({ state, reason, me, paired: true });
    return false;
  }
}

/** By a call, since an await may lie between two looks. */
function isEnded(course: AbortSignal): boolean {
  return course.aborted;
}
