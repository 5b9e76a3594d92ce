/**
 * Every code that leaves the bridge, with whether the same message may be tried again.
 * The Python side shows a sentence for each; a code is never a sentence.
 */
export const REASONS = {
  /** The channel holds no connected session; nothing was written. */
  not_connected: { retryable: true },
  /** The command came after its `expires_at`; nothing was written. */
  expired: { retryable: true },
  /** The command names a ledger that is not ours: what that one wrote cannot be known here. */
  other_ledger: { retryable: false },
  /** The same wa_id came with another recipient or body: never written. */
  content_mismatch: { retryable: false },
  /** WhatsApp refused the message. */
  nack: { retryable: false },
  not_on_whatsapp: { retryable: false },
  /** 429: slower. */
  rate_limited: { retryable: true },
  /** 500 and 503. */
  unavailable: { retryable: true },
  /** 463: only after the other side wrote. Trying again is what gets a number locked. */
  must_write_first: { retryable: false },
  /** 403: the number itself. */
  banned: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type SendReason = keyof typeof REASONS;

/** Why a session is in its state. */
export const SESSION_REASONS = ["qr_timeout", "asked", "restart"] as const;
export type SessionReason = (typeof SESSION_REASONS)[number];
