import type { AuthenticationCreds, SignalKeyStore } from "baileys";
import type { MessageAsk, MessageSend } from "../commands.js";
import type { Me, Said, SessionState } from "../events.js";
import type { Outbox } from "../outbox.js";
import type { SendReason } from "../reasons.js";

/** Our epoch no longer holds the channel's lease: whoever gets this stops its socket and writes no more. */
export class LeaseLost extends Error {}
/** A call of the store did not end within its 5 s; whether it took effect is not known. */
export class StoreTimeout extends Error {}

/** A stanza as it came from the wire: encoded, sealed at rest. */
export interface Stanza {
  /** sha256 over its addresses, id, type and content: sent again it has the same, encrypted anew after a failure another. */
  key: string;
  body: Uint8Array;
}

/** What is decided together: one transaction. Events leave for the app after it, at least once (R9). */
export interface Step {
  say?: Said[];
  /** Journal keys of the stanzas that are dealt with by this. */
  done?: string[];
}

/**
 * What one generation of one channel's session may keep. Writes of credentials and keys are fenced by the epoch
 * (LeaseLost); steps are accepted from any epoch that ever held the lease (R9).
 */
export interface ChannelStore {
  readonly channel: string;
  readonly company: string;
  readonly epoch: number;
  /** Baileys' own interface, uncached; one transaction per `set`, committed when it resolves. */
  readonly keys: SignalKeyStore;
  credentials(): Promise<AuthenticationCreds | undefined>;
  saveCredentials(credentials: AuthenticationCreds): Promise<void>;
  /** Forgets this device: credentials and keys. Ledger, journal and events stay. */
  wipe(): Promise<void>;

  /** Journal first: committed before anything reads the stanzas. A key that is there already changes nothing. */
  arrived(stanzas: Stanza[]): Promise<void>;
  /** Stanzas nobody has dealt with, oldest first; `most` bounds the page. */
  undone(after: number, most: number): Promise<{ at: number; stanza: Stanza }[]>;
  step(step: Step): Promise<void>;

  /** The proto written under this id, for retries of WhatsApp's side (≥ 14 days). */
  sentContent(waId: string): Promise<Uint8Array | undefined>;
  /** Who a LID belongs to; the newest pair wins. */
  phoneOfLid(lid: string): Promise<string | undefined>;
  /** And tells the app (`lid.mapped`), in one transaction. */
  rememberLid(pairs: { lid: string; phone: string }[]): Promise<void>;
  readonly ledger: Ledger;
}

/** How a send stands where it is to be claimed. */
export interface Circumstances {
  connected: boolean;
  /** What keeps a connected session from writing it: the claim is refused with this code. */
  hindrance?: SendReason;
  /** The proto that is about to be written: WhatsApp's retries are answered from it (≥ 14 days). */
  content?: Uint8Array;
}

/** R3–R8 over SQL. Every method is one transaction that also holds the events it makes; nothing is said before it. */
export interface Ledger {
  /** Would a claim be granted now? Only looks: a claim may find otherwise. */
  isDue(command: MessageSend): Promise<boolean>;
  /**
   * True: `writing` is committed with its content by compare-and-set, and it is ours to write to the socket, once.
   * False: it may not be written, and its answer has been said (`message.known`, or `message.accepted` again).
   */
  claim(command: MessageSend, circumstances: Circumstances): Promise<boolean>;
  /** writing → written, and `message.accepted`. */
  written(waId: string, claimNo: number): Promise<void>;
  /** writing of this very claim → refused(retryable): only for who knows that nothing reached the socket. */
  takeBack(waId: string, claimNo: number, code: string): Promise<void>;
  /** → acked, and `message.status server_ack`. An id that is not ours is passed over. */
  acked(waId: string): Promise<void>;
  /** A nack for the claim written on this socket → refused, and `message.status failed`. */
  refused(waId: string, claimNo: number, code: string, retryable: boolean): Promise<void>;
  /** delivered, read, played: `message.status` of a message of ours. Unknown ids are passed over. */
  receipts(seen: { waId: string; rank: "delivered" | "read" | "played"; at: Date }[]): Promise<void>;
}

/** R4, answered by any bridge, with no session. */
export interface Asking {
  ask(command: MessageAsk): Promise<void>;
}

/** One channel as the bridge's own table tells it. */
export interface StoredSession {
  channel: string;
  company: string;
  wanted: boolean;
  /** Of the last wish that was kept. */
  version: number;
  /** Of the last wish that was carried out, -1: of none. Below `version` after a death in between. */
  answered: number;
  state: SessionState;
  reason: string | null;
  me: Me | null;
  paired: boolean;
  proxy: string | null;
  /** Days of the past to tell after the next pairing. */
  historyDays: number;
}

export interface Leases {
  /** Free or expired: ours, with the epoch raised. Undefined: somebody else holds it. 30 s from the database's now. */
  take(channel: string, company: string): Promise<{ epoch: number } | undefined>;
  /** Of these the ones still ours, prolonged by 30 s. */
  renew(held: { channel: string; epoch: number }[]): Promise<Set<string>>;
  /** Sets it free at once, if it is still ours. */
  release(channel: string, epoch: number): Promise<void>;
}

/** How much one round took away; `more`: another round would find something. */
export interface Swept {
  stanzas: number;
  contents: number;
  plaintexts: number;
  more: boolean;
}

/** The whole store of a bridge process. Media and Redis are not here. */
export interface Store extends Asking {
  readonly ledgerId: string;
  /** This process, for leases: new with every boot. */
  readonly owner: string;
  readonly leases: Leases;
  channel(channel: string, company: string, epoch: number): ChannelStore;
  /** From here on events leave, those of dead processes first. Called once; before it they only wait in SQL. */
  sayThrough(outbox: Pick<Outbox, "add">): void;
  /** All, or the one of a channel. */
  sessions(channel?: string): Promise<StoredSession[]>;
  /** A wish of the app; an older version than the kept one changes nothing. Returns what is kept now. */
  wish(of: { channel: string; company: string; version: number; wanted: boolean; proxy?: string | null; historyDays?: number }): Promise<StoredSession>;
  /** The session's state, fenced by the epoch. */
  state(channel: string, epoch: number, change: Partial<Pick<StoredSession, "answered" | "state" | "reason" | "me" | "paired">>): Promise<void>;
  /**
   * Makes this phone the channel's, fenced by the epoch. False, and nothing changed: another channel of the
   * installation has it, never says which. Of two that ask at the same moment one is told so.
   */
  claimNumber(channel: string, epoch: number, me: Me): Promise<boolean>;
  /** Seconds since the oldest call that has not ended, 0 when none is open: for the watchdog. */
  oldestCall(): number;
  /** Of how many channels session or credentials were sealed by a key that was not given. */
  lockedOut(): Promise<number>;
  /**
   * One bounded round over stanzas done for a day and plaintexts nobody waits for, and over contents and undone
   * stanzas of 14 days; while keys rotate, also over what an older key sealed.
   */
  sweep(): Promise<Swept>;
  /** Purges a person of a channel: journal, plaintexts, events not applied yet, ledger text, keys, LIDs. */
  erase(channel: string, company: string, phone: string): Promise<void>;
  close(): Promise<void>;
}
