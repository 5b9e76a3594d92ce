import type { BaileysEventMap } from "baileys";
import type { Said } from "../events.js";
import { sizeOf } from "./content.js";

const DAY_MS = 24 * 60 * 60 * 1000;

/** A lock of first messages; WhatsApp often tells no end: a day, and the next 463 tells anew. */
export function reachOut(until: Date | undefined): Said {
  return { type: "session.restricted", data: { kind: "reach_out", until: (until ?? new Date(Date.now() + DAY_MS)).toISOString() } };
}

type Notice = BaileysEventMap["message-capping.update"];

/** WhatsApp's notice of how many new chats are left in this cycle; nothing when it neither counts nor warns. */
export function quota(notice: Notice): Said | undefined {
  const counted = countOf(notice);
  if (counted === undefined && !isWarning(notice)) return undefined;
  const end = sizeOf(notice.cycle_end_timestamp);
  // Seconds, or milliseconds in some builds.
  const until = end === 0 ? new Date(Date.now() + DAY_MS) : new Date(end < 1e11 ? end * 1000 : end);
  return { type: "session.restricted", data: { kind: "quota", until: until.toISOString(), ...counted } };
}

/** Both or neither: half of it says nothing of how near the end is. */
function countOf({ used_quota: used, total_quota: total }: Notice): { used: number; limit: number } | undefined {
  const limit = sizeOf(total);
  return limit === 0 || used === undefined || (used as unknown) === null ? undefined : { used: sizeOf(used), limit };
}

/** `FIRST_WARNING`, `SECOND_WARNING`, `CAPPED`, or a word of a newer WhatsApp: whom it warns it soon locks. */
function isWarning({ capping_status: status }: Notice): boolean {
  return status !== undefined && (status as string | null) !== null && (status as string) !== "NONE";
}
