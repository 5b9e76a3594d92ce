import { Readable } from "node:stream";
import { pino } from "pino";
import type { MessageSend } from "../../src/commands.js";
import type { Me, SessionState } from "../../src/events.js";
import { MediaRefused, type Around, type Closed, type Listener, type MediaStore, type Session } from "../../src/whatsapp/ports.js";
import { openSession } from "../../src/whatsapp/session.js";
import type { FakeWhatsApp } from "../fake-whatsapp/fake-whatsapp.js";
import { MemoryStore, type DataOf } from "./memory-store.js";

export const ALFA = "5511987650001";
export const BETA = "5511987650002";
export const ANA = "5511912345678";
export const BIA = "5511923456789";
export const VERSION: [number, number, number] = [2, 3000, 1_043_857_760];
export const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

export class MemoryMedia implements MediaStore {
  readonly files = new Map<string, { bytes: Buffer; type: string }>();

  open(key: string): Promise<{ stream: Readable; size: number; type: string }> {
    const file = this.files.get(key);
    if (file === undefined) return Promise.reject(new MediaRefused("missing"));
    return Promise.resolve({ stream: Readable.from([file.bytes]), size: file.bytes.length, type: file.type });
  }

  async put(company: string, stream: NodeJS.ReadableStream, type: string, most: number): Promise<{ key: string; size: number }> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const bytes = Buffer.concat(chunks);
    if (bytes.length > most) throw new Error("too large");
    const key = `${company}/in/${String(this.files.size)}`;
    this.files.set(key, { bytes, type });
    return { key, size: bytes.length };
  }
}

/** One session of the bridge, what it tells its keeper, and what its store holds. */
export class Linked implements Listener {
  readonly states: [SessionState, string | null, Me | null][] = [];
  readonly qrs: { text: string; expires_at: string; attempt: number }[] = [];
  readonly codes: { code: string; expires_at: string }[] = [];
  end: Closed | undefined;
  readonly session: Session;
  /** What was logged, whole. */
  readonly lines: string[] = [];

  constructor(
    readonly fake: FakeWhatsApp,
    readonly store = new MemoryStore(),
    readonly media = new MemoryMedia(),
    around: Partial<Around> = {},
  ) {
    const log = pino({ level: "trace" }, { write: (line: string) => this.lines.push(line) });
    const address = { version: VERSION, url: fake.url, rootKey: fake.rootKey, mediaCertificate: fake.certificate.certificate };
    this.session = openSession({ store, media, address, proxy: null, log, ...around }, this);
  }

  state(state: SessionState, reason: string | null, me: Me | null): void {
    this.states.push([state, reason, me]);
    this.store.changed();
  }

  qr(qr: { text: string; expires_at: string; attempt: number }): void {
    this.qrs.push(qr);
    this.store.changed();
  }

  pairCode(code: { code: string; expires_at: string }): void {
    this.codes.push(code);
    this.store.changed();
  }

  closed(closed: Closed): void {
    this.end = closed;
    this.store.changed();
  }

  /** Started and shown a QR. */
  async shown(): Promise<string> {
    await this.session.start();
    return (await this.store.until(() => this.qrs[0])).text;
  }

  async connected(): Promise<this> {
    await this.session.start();
    await this.store.until(() => this.session.isConnected);
    return this;
  }

  ended(): Promise<Closed> {
    return this.store.until(() => this.end);
  }

  /** The next generation upon the same store, logged in. */
  next(around: Partial<Around> = {}): Promise<Linked> {
    return new Linked(this.fake, this.store, this.media, around).connected();
  }

  inbound(id: string): Promise<DataOf<"message.in">> {
    return this.store.until(() => this.store.of("message.in").find((data) => data.wa_id === id));
  }
}

/** Scanned and logged in: a second generation, as WhatsApp wants after a pairing. */
export async function linked(fake: FakeWhatsApp, number = ALFA, around: Partial<Around> = {}): Promise<Linked> {
  const first = new Linked(fake, new MemoryStore(), new MemoryMedia(), around);
  const qr = await first.shown();
  await fake.scan(qr, number);
  await first.ended();
  return first.next(around);
}

let claims = 0;

/** A command as the app gives it; `waId` for short. */
export function write(to: string, content: MessageSend["data"]["content"], more: { waId?: string; claimNo?: number; again?: number; typing?: number } = {}): MessageSend & { waId: string } {
  const { waId = `3EB0${String(++claims).padStart(18, "0")}`, claimNo = 1, again = 0, typing = 0 } = more;
  const data = { wa_id: waId, to: `+${to}`, content, typing_ms: typing, claim_no: claimNo, again, ledger_id: null, expires_at: "2099-01-01T00:00:00Z" };
  return { v: 1, id: waId, at: "2026-01-01T00:00:00Z", channel: "c", company: "c", type: "message.send", data, waId };
}
