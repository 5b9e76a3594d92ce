import { z } from "zod";
import { me, sessionStates } from "../events.js";

const count = z.number().int().min(0);
const of = { channel: z.string(), wa_id: z.string(), claim_no: count };

/**
 * The lines of the ledger file. The write line is the write itself: there is no moment between
 * deciding and writing in which a kill could leave the two apart.
 */
export const line = z.discriminatedUnion("t", [
  z.object({ t: z.literal("boot"), ledger_id: z.string(), at: z.string() }),
  z.object({
    t: z.literal("session"),
    channel: z.string(),
    company: z.string(),
    epoch: count,
    state: sessionStates,
    reason: z.string().nullable(),
    me: me.nullable(),
    version: count,
    at: z.string(),
  }),
  z.object({
    t: z.literal("write"),
    channel: z.string(),
    company: z.string(),
    wa_id: z.string(),
    to: z.string(),
    text: z.string(),
    sha256: z.string(),
    claim_no: count,
    again: count,
    at: z.string(),
  }),
  /** Somebody asked: no claim up to this one is ever written any more. */
  z.object({ t: z.literal("fence"), ...of }),
  /** A claim that came too late: it is given up as never written. */
  z.object({ t: z.literal("void"), ...of }),
  z.object({ t: z.literal("refused"), ...of, code: z.string(), retryable: z.boolean() }),
  z.object({ t: z.literal("acked"), ...of }),
  /** Every receipt of this write has been applied by the app. */
  z.object({ t: z.literal("done"), ...of }),
]);

export type Line = z.infer<typeof line>;
export type WriteLine = Extract<Line, { t: "write" }>;
export type SessionLine = Extract<Line, { t: "session" }>;
/** What changes the ledger's row of a message. */
export type RowLine = Exclude<Line, { t: "boot" | "session" | "done" }>;
