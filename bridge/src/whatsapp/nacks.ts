import { REASONS, type SendReason } from "../reasons.js";

/** WhatsApp's refusal of a message: a code of ours for its number. */
export function nack(code: string): { code: SendReason; retryable: boolean } {
  const reason = reasonOf(code);
  return { code: reason, retryable: REASONS[reason].retryable };
}

function reasonOf(code: string): SendReason {
  switch (code) {
    case "463":
      return "must_write_first";
    case "479":
      return "stale_devices";
    case "429":
      return "rate_limited";
    case "500":
    case "503":
      return "unavailable";
    case "403":
      return "banned";
    default:
      return "nack";
  }
}

/** The list of the person's devices that the message was encrypted for is old. */
export const STALE = "479";
/** Only who wrote to us first may be written to. */
export const REACH_OUT = "463";
