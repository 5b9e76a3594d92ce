import { z } from "zod";

const moment = z.iso.datetime({ offset: true });
const count = z.number().int().min(0);

export const sessionStates = z.enum([
  "stopped",
  "starting",
  "qr",
  "pairing",
  "needs_passkey",
  "connected",
  "reconnecting",
  "conflict",
  "logged_out",
  "banned",
  "outdated",
  "failed",
]);
export const ranks = z.enum(["server_ack", "delivered", "read", "failed"]);
/** What the ledger knows of a message. `writing`: it may have been written, or may still be. */
export const knownStates = z.enum(["void", "writing", "written", "acked", "refused_retryable", "refused"]);
export const me = z.object({ phone: z.string(), name: z.string() });

/** Of a number that could not be asked nothing is said: silence is no answer. */
export const checked = z.object({
  phone: z.string(),
  exists: z.boolean(),
  /** What WhatsApp calls it: of a Brazilian mobile the spelling it is registered under. */
  jid: z.string().nullable(),
  lid: z.string().nullable(),
});

const head = {
  id: z.string().min(1),
  company: z.string(),
  channel: z.string(),
  epoch: count,
  seq: count,
  at: moment,
};

export const event = z.discriminatedUnion("type", [
  z.object({
    ...head,
    type: z.literal("session.state"),
    data: z.object({ state: sessionStates, reason: z.string().nullable(), me: me.nullable(), version: count }),
  }),
  z.object({
    ...head,
    type: z.literal("session.qr"),
    data: z.object({ text: z.string(), expires_at: moment, attempt: count }),
  }),
  z.object({
    ...head,
    type: z.literal("session.restricted"),
    // `quota`: of new chats, until the next cycle; without numbers it is WhatsApp's own warning.
    data: z.object({ kind: z.enum(["reach_out", "quota"]), until: moment, used: count.optional(), limit: count.optional() }),
  }),
  z.object({
    ...head,
    type: z.literal("message.accepted"),
    data: z.object({ wa_id: z.string(), claim_no: count }),
  }),
  z.object({
    ...head,
    type: z.literal("message.status"),
    data: z.object({
      wa_id: z.string(),
      claim_no: count,
      rank: ranks,
      at: moment,
      code: z.string().optional(),
      retryable: z.boolean().optional(),
    }),
  }),
  z.object({
    ...head,
    type: z.literal("message.in"),
    data: z.object({ wa_id: z.string(), from: z.string(), name: z.string(), text: z.string(), at: moment }),
  }),
  z.object({
    ...head,
    type: z.literal("message.known"),
    data: z.object({
      wa_id: z.string(),
      claim_no: count,
      ledger_claim_no: count,
      state: knownStates,
      code: z.string().optional(),
      doubt: z.boolean(),
    }),
  }),
  z.object({
    ...head,
    type: z.literal("numbers.checked"),
    data: z.object({ numbers: z.array(checked).min(1).max(50) }),
  }),
]);

export const batch = z.object({
  v: z.literal(1),
  batch: z.string(),
  ledger_id: z.string(),
  events: z.array(event).min(1).max(50),
});

export type BridgeEvent = z.infer<typeof event>;
export type Batch = z.infer<typeof batch>;
export type SessionState = z.infer<typeof sessionStates>;
export type KnownState = z.infer<typeof knownStates>;
export type Rank = z.infer<typeof ranks>;
export type Checked = z.infer<typeof checked>;
export type Me = z.infer<typeof me>;
type Split<E> = E extends { type: infer T; data: infer D } ? { type: T; data: D } : never;
/** Type and data of an event, before it gets its id, epoch and number. */
export type Said = Split<BridgeEvent>;
