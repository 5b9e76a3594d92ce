import type { BaileysEventMap } from "baileys";
import type { Said } from "../events.js";
import { sizeOf } from "./content.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A lock of first messages; WhatsApp often tells no end: a day, and the next 463 tells anew. */
export function reachOut(until: Date | undefined): Said {
  return { type: "session.restricted", data: { kind: "reach_out", until: (until ?? new Date(Date.now() + DAY_MS)).toISOString() } };
}

/** WhatsApp's notice of how many new chats are left in this cycle; nothing when it holds no limit. */
export function quota(notice: BaileysEventMap["message-capping.update"]): Said | undefined {
  const { used_quota, total_quota, cycle_end_timestamp } = notice;
  const used = sizeOf(used_quota);
  const limit = sizeOf(total_quota);
  const end = sizeOf(cycle_end_timestamp);
  if (limit <= 0) return undefined;
  // Seconds, or milliseconds in some builds.
  const until = end === 0 ? new Date(Date.now() + DAY_MS) : new Date(end < 1e11 ? end * 1000 : end);
  return { type: "session.restricted", data: { kind: "quota", until: until.toISOString(), used, limit } };
}
