import { createHmac } from "node:crypto";

/** WhatsApp shows the first code for a minute and five more for 20 s each. */
export const QR_LIFE_MS: readonly number[] = [60_000, 20_000, 20_000, 20_000, 20_000, 20_000];

/** A text of the shape a phone scans, made of nothing but the seed: no key, of no use to anybody. */
export function qrText(seed: string, channel: string, epoch: number, attempt: number): string {
  const part = (name: string, bytes: number): string =>
    createHmac("sha512", seed).update(`${channel} ${epoch} ${attempt} ${name}`).digest().subarray(0, bytes).toString("base64");
  return `https://wa.me/settings/linked_devices#2@${part("ref", 60)},${part("noise", 32)},${part("identity", 32)},${part("adv", 32)},1`;
}
