import { createDecipheriv, createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Agent } from "node:https";
import { Transform, type TransformCallback } from "node:stream";
import { pipeline } from "node:stream/promises";
import { getMediaKeys, getUrlFromDirectPath } from "baileys";
import type { Attachment } from "./content.js";
import { get } from "./fetching.js";
import type { MediaStore } from "./ports.js";
import { Slots } from "./slots.js";

/** Bytes: WhatsApp's own limit of a document is 2 GB, of everything else less than this. */
export const MOST_BYTES = 100 * 1024 * 1024;
const MAC_BYTES = 10;
/** Files at once, of all sessions: after a night offline hundreds wait. */
const slots = new Slots(8);

export type Refusal = "too_large" | "gone" | "unavailable";

export class NotFetched extends Error {
  constructor(readonly refused: Refusal) {
    super(refused);
  }
}

/**
 * Fetches, decrypts, checks and puts one file into the media store; nothing of it is held whole in memory.
 * Baileys' own way knows no proxy and checks no MAC. Throws NotFetched.
 */
export async function fetchAttachment(company: string, { as, file, type, size }: Attachment, media: MediaStore, agent: Agent | undefined, isMediaHost: (url: URL) => boolean): Promise<{ key: string; size: number }> {
  if (size > MOST_BYTES) throw new NotFetched("too_large");
  if (!file.mediaKey || (!file.directPath && !file.url)) throw new NotFetched("gone");
  const url = addressOf(file, isMediaHost);
  const keys = await getMediaKeys(file.mediaKey, as);
  if (!keys.macKey) throw new NotFetched("gone");
  const leave = await slots.enter();
  try {
    const sealed = await open(url, agent);
    const opened = new Opening(Buffer.from(keys.cipherKey), Buffer.from(keys.iv), Buffer.from(keys.macKey), file.fileSha256);
    const [stored] = await Promise.all([media.put(company, opened, type, MOST_BYTES), pipeline(sealed, opened)]);
    return stored;
  } catch (error) {
    throw error instanceof NotFetched ? error : new NotFetched("unavailable");
  } finally {
    leave();
  }
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

async function open(url: string, agent: Agent | undefined): Promise<NodeJS.ReadableStream> {
  const { status, stream } = await get(url, agent);
  if (status === 200) return stream;
  stream.destroy();
  throw new NotFetched([403, 404, 410].includes(status) ? "gone" : "unavailable");
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
    if (this.total > MOST_BYTES + 1024) {
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
