import { createDecipheriv, createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Agent } from "node:https";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { getMediaKeys, getUrlFromDirectPath } from "baileys";
import type { Attachment } from "./content.js";
import { get } from "./fetching.js";
import { passing } from "./passage.js";
import { unless, within } from "./patience.js";
import type { MediaStore } from "./ports.js";
import { Slots } from "./slots.js";

/** Bytes: WhatsApp's own limit of a document is 2 GB, of everything else less than this. */
export const MOST_BYTES = 100 * 1024 * 1024;
const MAC_BYTES = 10;
/** Files at once, of all sessions: after a night offline hundreds wait. */
const slots = new Slots(8);

export type Refusal = "too_large" | "gone" | "unavailable";

/** Final: another try would be refused the same way. */
export class NotFetched extends Error {
  constructor(readonly refused: Refusal) {
    super(refused);
  }
}

interface Stored {
  key: string;
  size: number;
}

export interface Patience {
  /** Milliseconds before each further try: a host or a store that was started anew is there by then. */
  waits: number[];
  /** Milliseconds for all of it, the wait for a slot too. The message is told only then, and its chat waits behind it. */
  whole: number;
}
const PATIENCE: Patience = { waits: [1_000, 4_000], whole: 180_000 };

/**
 * Fetches, decrypts, checks and puts one file into the media store; nothing of it is held whole in memory. What fails in
 * passing is tried again. Baileys' own way knows no proxy and checks no MAC. Throws NotFetched, and nothing else.
 */
export async function fetchAttachment(company: string, { as, file, type, size }: Attachment, media: MediaStore, agent: Agent | undefined, isMediaHost: (url: URL) => boolean, patience = PATIENCE): Promise<Stored> {
  if (size > MOST_BYTES) throw new NotFetched("too_large");
  if (!file.mediaKey || (!file.directPath && !file.url)) throw new NotFetched("gone");
  const url = addressOf(file, isMediaHost);
  const keys = await getMediaKeys(file.mediaKey, as);
  const { macKey } = keys;
  if (!macKey) throw new NotFetched("gone");
  const once = async (over: AbortSignal): Promise<Stored> => {
    const sealed = await open(url, agent, over);
    const opened = new Opening(Buffer.from(keys.cipherKey), Buffer.from(keys.iv), Buffer.from(macKey), file.fileSha256);
    try {
      const [stored] = await Promise.all([media.put(company, opened, type, MOST_BYTES), pipeline(sealed, opened)]);
      return stored;
    } catch (error) {
      // A store that failed before it read would leave the host waiting.
      opened.destroy();
      // It says more than the store that read from it.
      throw opened.errored ?? error;
    }
  };
  // It has a limit of its own: until then the watchdog must not take the message for one that hangs.
  const passage = passing();
  if (passage !== undefined) passage.since = Date.now() + patience.whole;
  try {
    return await within(patience.whole, (over) => inSlot(over, () => insist(once, patience.waits, over)));
  } catch (error) {
    throw error instanceof NotFetched ? error : new NotFetched("unavailable");
  } finally {
    if (passage !== undefined) passage.since = Date.now();
  }
}

async function inSlot<T>(over: AbortSignal, work: () => Promise<T>): Promise<T> {
  const leave = await slots.enter(over);
  try {
    // A store that hangs for ever must not keep the slot as well.
    return await unless(over, work());
  } finally {
    leave();
  }
}

async function insist(once: (over: AbortSignal) => Promise<Stored>, waits: number[], over: AbortSignal): Promise<Stored> {
  for (const wait of waits) {
    try {
      return await once(over);
    } catch (error) {
      if (error instanceof NotFetched || over.aborted) throw error;
    }
    await sleep(wait, undefined, { signal: over });
  }
  return once(over);
}

/** WhatsApp's own hosts; with a fake's address those on its loopback. */
export function mediaHosts(fake: string | undefined): (url: URL) => boolean {
  if (fake !== undefined) return ({ hostname }) => ["127.0.0.1", "localhost"].includes(hostname);
  return ({ hostname, port }) => port === "" && (hostname === "whatsapp.net" || hostname.endsWith(".whatsapp.net"));
}

/** Host and path are the sender's words: whoever writes to us must not have us ask our own network. Throws NotFetched. */
function addressOf({ url, directPath }: Attachment["file"], isMediaHost: (url: URL) => boolean): string {
  const given = url && URL.canParse(url) ? new URL(url).host : undefined;
  const text = directPath ? getUrlFromDirectPath(directPath, given) : (url ?? "");
  const read = URL.canParse(text) ? new URL(text) : undefined;
  if (read?.protocol !== "https:" || read.username !== "" || read.password !== "" || !isMediaHost(read)) throw new NotFetched("gone");
  return read.href;
}

async function open(url: string, agent: Agent | undefined, over: AbortSignal): Promise<NodeJS.ReadableStream> {
  const { status, stream } = await get(url, agent, over);
  if (status === 200) return stream;
  stream.destroy();
  if ([403, 404, 410].includes(status)) throw new NotFetched("gone");
  throw new Error(`the media host answers ${status}`);
}

/** AES-256-CBC with a MAC of ten bytes behind it; the sums are checked before the last block is let through. */
class Opening extends Transform {
  private tail = Buffer.alloc(0);
  private readonly aes;
  private readonly mac;
  private readonly sum = createHash("sha256");
  private total = 0;

  constructor(
    key: Buffer,
    iv: Buffer,
    macKey: Buffer,
    private readonly expected: Uint8Array | null | undefined,
  ) {
    super();
    this.aes = createDecipheriv("aes-256-cbc", key, iv);
    this.mac = createHmac("sha256", macKey).update(iv);
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.total += chunk.length;
    // What comes out is shorter: the store's own bound is never met.
    if (this.total > MOST_BYTES) {
      done(new NotFetched("too_large"));
      return;
    }
    const data = Buffer.concat([this.tail, chunk]);
    const whole = Math.max(0, data.length - MAC_BYTES);
    this.tail = data.subarray(whole);
    this.mac.update(data.subarray(0, whole));
    this.out(this.aes.update(data.subarray(0, whole)));
    done();
  }

  override _flush(done: TransformCallback): void {
    try {
      const mac = this.mac.digest().subarray(0, MAC_BYTES);
      if (this.tail.length !== MAC_BYTES || !timingSafeEqual(mac, this.tail)) throw new NotFetched("unavailable");
      this.out(this.aes.final());
      const sum = this.sum.digest();
      if (this.expected?.length && !sum.equals(this.expected)) throw new NotFetched("unavailable");
      done();
    } catch (error) {
      done(error instanceof NotFetched ? error : new NotFetched("unavailable"));
    }
  }

  private out(plain: Buffer): void {
    this.sum.update(plain);
    this.push(plain);
  }
}
