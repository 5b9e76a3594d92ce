import { createHash } from "node:crypto";
import type { Wish } from "../commands.js";
import type { Said } from "../events.js";
import type { Announcer } from "./announcer.js";
import type { Journal } from "./journal.js";
import { QR_LIFE_MS, qrText } from "./qr.js";
import type { Schedule } from "./schedule.js";
import type { Change, Pairing, Session, Sessions } from "./sessions.js";

/** WhatsApp frowns on a crowd that signs in at once; the real bridge keeps the same limit. */
const LOGINS_AT_ONCE = 5;

/** As WhatsApp's own: no letter that could be read as a digit. */
const CODE_LETTERS = "123456789ABCDEFGHJKLMNPQRSTVWXYZ";
const CODE_LENGTH = 8;
const CODE_LIFE_MS = 180_000;

/** Carries out the wishes about sessions: start, stop, logout, the code and the simulated scan. */
export class PairingDesk {
  private readonly queue: (() => void)[] = [];
  private loggingIn = 0;

  constructor(
    private readonly sessions: Sessions,
    private readonly journal: Journal,
    private readonly announcer: Announcer,
    private readonly schedule: Schedule,
    private readonly pairing: Pairing,
  ) {}

  /** A wish seen before, or an older one, only makes the state be said again. */
  wish(command: Wish): void {
    const session = this.sessions.of(command.channel, command.company);
    if (command.data.version <= session.version) {
      this.repeat(session);
      return;
    }
    session.version = command.data.version;
    if (command.type === "session.start") this.start(session);
    else if (command.type === "session.stop") this.leave(session, { state: "stopped", reason: "asked" });
    else this.leave(session, { state: "logged_out", reason: "asked", me: null });
  }

  /** After a boot: what was up comes up again by itself, and every state is said again. */
  resume(): void {
    for (const session of this.sessions) {
      if (!this.sessions.isWanted(session)) this.repeat(session);
      else if (session.me === null) this.showQr(session, 1);
      else {
        this.change(session, { state: "reconnecting", reason: "restart" });
        this.logIn(session);
      }
    }
  }

  private start(session: Session): void {
    if (this.sessions.isWanted(session)) {
      this.change(session, {});
      this.repeatQr(session);
      return;
    }
    session.epoch += 1;
    session.course += 1;
    this.change(session, { state: "starting", reason: null });
    if (session.me === null) this.showQr(session, 1);
    else this.logIn(session);
  }

  private leave(session: Session, change: Change): void {
    session.course += 1;
    this.change(session, change);
  }

  scan(channel: string): void {
    const session = this.sessions.get(channel);
    if (session === undefined) return;
    if (session.state !== "qr") {
      this.repeat(session);
      return;
    }
    session.course += 1;
    this.change(session, { state: "pairing", reason: null });
    this.logIn(session);
  }

  /** Beside the QR, which stays readable: a scan pairs either way. Each asking gives another code. */
  pairCode(channel: string): void {
    const session = this.sessions.get(channel);
    if (session === undefined) return;
    if (session.state !== "qr") {
      this.repeat(session);
      return;
    }
    session.codes += 1;
    const drawn = createHash("sha256").update(`${this.pairing.seed} ${channel} ${session.epoch} ${session.codes}`).digest();
    const code = Array.from(drawn.subarray(0, CODE_LENGTH), (byte) => CODE_LETTERS[byte % CODE_LETTERS.length]).join("");
    const expires_at = new Date(Date.now() + CODE_LIFE_MS).toISOString();
    this.journal.after(() => {
      this.announcer.say(channel, session.company, { type: "session.pair_code", data: { code, expires_at } });
    });
  }

  private showQr(session: Session, attempt: number): void {
    const life = QR_LIFE_MS[attempt - 1];
    if (life === undefined) {
      this.leave(session, { state: "stopped", reason: "qr_timeout" });
      return;
    }
    session.attempt = attempt;
    if (attempt === 1) this.change(session, { state: "qr", reason: null });
    const expires = new Date(Date.now() + life).toISOString();
    session.qrExpires = expires;
    this.journal.after(() => {
      this.sayQr(session, expires);
    });
    this.later(session, life, () => {
      this.showQr(session, attempt + 1);
    });
    if (attempt === 1 && this.pairing.autoPair) {
      this.later(session, this.draw("pair"), () => {
        this.scan(session.channel);
      });
    }
  }

  private logIn(session: Session): void {
    const { course } = session;
    this.queue.push(() => {
      this.schedule.after(this.draw("login"), () => {
        this.loggingIn -= 1;
        if (session.course === course) {
          this.change(session, { state: "connected", reason: null, me: this.sessions.identity(session.channel) });
        }
        this.admit();
      });
    });
    this.admit();
  }

  private admit(): void {
    while (this.loggingIn < LOGINS_AT_ONCE) {
      const next = this.queue.shift();
      if (next === undefined) return;
      this.loggingIn += 1;
      next();
    }
  }

  private later(session: Session, delay: number, run: () => void): void {
    const { course } = session;
    this.schedule.after(delay, () => {
      if (session.course === course) run();
    });
  }

  /** On disk first, said afterwards: nobody hears of a state that a restart would not know. */
  private change(session: Session, change: Change): void {
    const { channel, company, epoch, version } = session;
    const state = change.state ?? session.state;
    const reason = change.reason === undefined ? session.reason : change.reason;
    const me = change.me === undefined ? session.me : change.me;
    const at = new Date().toISOString();
    const line = { t: "session" as const, channel, company, epoch, state, reason, me, version, at };
    this.sessions.apply(line);
    const said: Said = { type: "session.state", data: { state, reason, me, version } };
    this.journal.append(line, () => {
      this.announcer.say(channel, company, said);
    });
  }

  private repeat(session: Session): void {
    const { channel, company, state, reason, me } = session;
    const version = Math.max(0, session.version);
    this.journal.after(() => {
      this.announcer.say(channel, company, { type: "session.state", data: { state, reason, me, version } });
    });
    this.repeatQr(session);
  }

  private repeatQr(session: Session): void {
    const expires = session.qrExpires;
    if (session.state !== "qr" || expires === undefined) return;
    this.journal.after(() => {
      this.sayQr(session, expires);
    });
  }

  private sayQr({ channel, company, epoch, attempt }: Session, expires: string): void {
    const text = qrText(this.pairing.seed, channel, epoch, attempt);
    this.announcer.say(channel, company, { type: "session.qr", data: { text, expires_at: expires, attempt } });
  }

  private draw(name: "login" | "pair"): number {
    const { min, max } = this.pairing.delays[name];
    return min + (max - min) * Math.random();
  }
}
