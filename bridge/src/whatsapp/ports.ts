import type { Readable } from "node:stream";
import type { MessageSend } from "../commands.js";
import type { Checked, Me, SessionState } from "../events.js";
import type { Log } from "../log.js";
import type { SendReason } from "../reasons.js";
import type { ChannelStore } from "../store/ports.js";

/** Where WhatsApp is: the real one unless a fake's address and root key are given. */
export interface WhatsAppAddress {
  version: [number, number, number];
  url?: string;
  /** The Noise root of a fake, 32 bytes; never together with the real address. */
  rootKey?: Buffer;
  /** PEM of the fake's media host. */
  mediaCertificate?: string;
}

/** `missing`: there is no such object, or the key leads elsewhere. `too_large`: more than was allowed. Another try ends the same. */
export class MediaRefused extends Error {
  constructor(readonly code: "missing" | "too_large") {
    super(code);
  }
}

/** An object of the media store by its key; streamed, never more than `most` bytes. Throws MediaRefused, or what may pass. */
export interface MediaStore {
  open(key: string, most: number): Promise<{ stream: Readable; size: number; type: string }>;
  /** Puts what came in; returns its key. The company is part of it. */
  put(company: string, stream: NodeJS.ReadableStream, type: string, most: number): Promise<{ key: string; size: number }>;
}

export interface Around {
  store: ChannelStore;
  media: MediaStore;
  address: WhatsAppAddress;
  /** `http://`, `https://`, `socks5://` with name and password; null: none. */
  proxy: string | null;
  /** Days of the past to tell after a new pairing; 0: none. */
  historyDays?: number;
  log: Log;
}

/** Why a generation ended, and what bridge.md's table says to do. */
export interface Closed {
  code: number;
  /** at_once (515) · back_off · qr_over · replaced · logged_out · banned · outdated · failed · asked (we closed it). */
  then: "at_once" | "back_off" | "qr_over" | "replaced" | "logged_out" | "banned" | "outdated" | "failed" | "asked";
  /** A code with a sentence on the Python side. */
  reason: string | null;
}

export interface Listener {
  /** starting, qr, pairing, needs_passkey, connected (with me): never the state after an end, that is the keeper's. */
  state(state: SessionState, reason: string | null, me: Me | null): void;
  qr(qr: { text: string; expires_at: string; attempt: number }): void;
  pairCode(code: { code: string; expires_at: string }): void;
  /** Once, and nothing after it. */
  closed(closed: Closed): void;
}

export interface Health {
  /** Seconds; 0 when there is none. */
  oldestUnacked: number;
  /** Seconds since the oldest message stanza that came and was not turned into an event. */
  oldestUndone: number;
}

/** Thrown inside a send when it is certain that nothing was written to the socket. */
export class NotWritten extends Error {
  constructor(
    readonly code: SendReason,
    options?: ErrorOptions,
  ) {
    super(code, options);
  }
}

/** One socket, one generation: started once, ended once. Nothing of it survives but what the store holds. */
export interface Session {
  readonly isConnected: boolean;
  start(): Promise<void>;
  /** Closes the socket, flushes what is buffered into the store, ends. */
  stop(): Promise<void>;
  /** Tells WhatsApp to forget this device, then as `stop`. */
  logout(): Promise<void>;
  /** A new code voids the old one; only while a QR is shown. */
  pairCode(phone: string): Promise<void>;
  /** Shows typing, claims, writes, and marks `written` in the ledger; what may not be written is answered there. Rejects when the store does. */
  send(command: MessageSend): Promise<void>;
  check(phones: string[]): Promise<Checked[]>;
  markRead(ids: { waId: string; from: string }[]): Promise<void>;
  /** Shows the person that somebody types, records, or no longer does. */
  presence(phone: string, state: "composing" | "recording" | "paused"): Promise<void>;
  syncContacts(): Promise<void>;
  health(): Health;
}
