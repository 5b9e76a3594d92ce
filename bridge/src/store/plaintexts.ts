import { createHash } from "node:crypto";

/** The plaintext of what was decrypted and perhaps not yet told, among the Signal keys: no key, so it outlives the device. */
export const INBOUND_PLAINTEXT = "inbound-plaintext";

/** By the ciphertext alone: until it comes again its sender may have become known by another name. */
export function plaintextName(ciphertext: Uint8Array): string {
  return createHash("sha256").update(ciphertext).digest("hex");
}
