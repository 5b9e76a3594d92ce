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
  /** 479: our list of the person's devices was old; it is refreshed once, then this. */
  stale_devices: { retryable: false },
  /** The object is not in the media store. */
  media_missing: { retryable: false },
  /** WhatsApp's media host did not take it. */
  media_refused: { retryable: false },
  /** The media store or WhatsApp's media host did not answer; nothing was written. */
  media_unavailable: { retryable: true },
  /** 403: the number itself. */
  banned: { retryable: false },
} as const satisfies Record<string, { retryable: boolean }>;

export type SendReason = keyof typeof REASONS;

/** Why a session is in its state. */
export const SESSION_REASONS = [
  "qr_timeout",
  "asked",
  "restart",
  /** Transient: the connection, or WhatsApp's own trouble. */
  "connection_lost",
  /** 440: another client took this session. */
  "replaced",
  /** 401: unlinked on the phone. */
  "logged_out",
  /** 402, 403, 406. */
  "banned",
  /** 405, after a fresh version was tried. */
  "outdated",
  /** 400, 411. */
  "refused",
  /** WhatsApp asks for a passkey, which this client cannot answer. */
  "passkey",
  "proxy_unreachable",
  /** The number is paired with another channel of the installation. */
  "number_taken",
] as const;
export type SessionReason = (typeof SESSION_REASONS)[number];
