import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** A key per direction: what one side may say can never be replayed as the other side's word. */
export type Direction = "app→bridge" | "bridge→app";

export interface Sealed {
  body: string;
  sig: string;
}

export function directionKey(secret: string, direction: Direction): Buffer {
  const ikm = Buffer.from(secret, "utf8");
  return Buffer.from(hkdfSync("sha256", ikm, Buffer.alloc(0), `esquadrao ${direction} v1`, 32));
}

/** HMAC over the exact bytes of `body`: nobody parses before the signature is known to hold. */
export function sign(key: Buffer, body: string): string {
  return createHmac("sha256", key).update(body, "utf8").digest("hex");
}

export function verify(key: Buffer, { body, sig }: Sealed): boolean {
  const given = Buffer.from(sig, "hex");
  const wanted = createHmac("sha256", key).update(body, "utf8").digest();
  // Buffer.from(hex) stops at the first bad digit, so the text's own length is compared too.
  return sig.length === 64 && given.length === wanted.length && timingSafeEqual(given, wanted);
}

export function seal(key: Buffer, body: string): Sealed {
  return { body, sig: sign(key, body) };
}
