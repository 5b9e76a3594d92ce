import type { Delays } from "../config_simulator.js";
import type { Me, SessionState } from "../events.js";
import type { SessionReason } from "../reasons.js";
import type { Line, SessionLine } from "./lines.js";

/** One channel as the ledger's lines tell it. `me` stands while the number is paired. */
export interface Session {
  channel: string;
  company: string;
  epoch: number;
  state: SessionState;
  reason: string | null;
  me: Me | null;
  version: number;
  /** Rises with every change of course, so that a timer of the former course does nothing. */
  course: number;
  attempt: number;
  /** Codes shown so far, so that the next one is another. */
  codes: number;
  qrExpires?: string;
}

/** States in which somebody wants the channel up. */
const WANTED: ReadonlySet<SessionState> = new Set(["starting", "qr", "pairing", "connected", "reconnecting"]);

/**
 * All sessions, rebuilt from the ledger file. A boot raises every epoch by one, for what is said
 * after it counts from 1 again.
 */
export class Sessions {
  private readonly byChannel = new Map<string, Session>();
  /** The number of a channel stays its own, also after a logout: the same phone is scanned again. */
  private readonly identities = new Map<string, Me>();
  private boots = 0;
  private heldChannels: readonly string[] | undefined;

  replay(line: Line): void {
    if (line.t === "boot") {
      this.boots += 1;
      for (const session of this.byChannel.values()) session.epoch += 1;
    } else if (line.t === "session") {
      this.apply(line);
    }
  }

  apply(line: SessionLine): void {
    this.heldChannels = undefined;
    if (line.me !== null) this.identities.set(line.channel, line.me);
    const { channel, company, epoch, state, reason, me, version } = line;
    Object.assign(this.of(channel, company), { epoch, state, reason, me, version });
  }

  get(channel: string): Session | undefined {
    return this.byChannel.get(channel);
  }

  of(channel: string, company: string): Session {
    const known = this.byChannel.get(channel);
    if (known !== undefined) return known;
    const session: Session = {
      channel,
      company,
      epoch: this.boots,
      state: "stopped",
      reason: null,
      me: null,
      version: -1,
      course: 0,
      attempt: 0,
      codes: 0,
    };
    this.byChannel.set(channel, session);
    return session;
  }

  epochOf(channel: string): number {
    return this.byChannel.get(channel)?.epoch ?? this.boots;
  }

  isConnected(channel: string): boolean {
    return this.byChannel.get(channel)?.state === "connected";
  }

  isWanted(session: Session): boolean {
    return WANTED.has(session.state);
  }

  /** Channels whose commands are read here. Not while reconnecting: a send would only be refused. */
  get held(): readonly string[] {
    this.heldChannels ??= [...this.byChannel.values()]
      .filter((session) => WANTED.has(session.state) && session.state !== "reconnecting")
      .map((session) => session.channel);
    return this.heldChannels;
  }

  [Symbol.iterator](): Iterator<Session> {
    return this.byChannel.values();
  }

  identity(channel: string): Me {
    const number = this.identities.size + 1;
    const digits = String(number).padStart(8, "0");
    return this.identities.get(channel) ?? { phone: `+55119${digits}`, name: `Celular simulado ${number}` };
  }
}

export interface Pairing {
  seed: string;
  autoPair: boolean;
  delays: Pick<Delays, "login" | "pair">;
}

export type Change = Partial<Pick<Session, "state" | "me">> & { reason?: SessionReason | null };
