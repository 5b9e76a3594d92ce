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
export const ranks = z.enum(["server_ack", "delivered", "read", "played", "failed"]);
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

const kinds = z.enum(["text", "image", "video", "voice", "audio", "document", "sticker", "location", "contact", "other"]);
/** What an incoming message may carry beside its text; absent where there is none. */
const beside = {
  kind: kinds.optional(),
  /** The sender's LID, where WhatsApp named it beside the phone. */
  lid: z.string().optional(),
  /** An object of the media store; without `key` it could not be fetched, and `refused` says why. */
  media: z
    .object({
      key: z.string().optional(),
      refused: z.enum(["too_large", "gone", "unavailable"]).optional(),
      type: z.string(),
      size: count,
      name: z.string().optional(),
      seconds: count.optional(),
    })
    .optional(),
  quoted: z.string().optional(),
  /** From before the pairing: kept, never answered nor counted. */
  is_history: z.boolean().optional(),
};
/** Something done to an earlier message of the chat with `phone`; `from_me`: on this number's own phone. */
const later = { wa_id: z.string(), phone: z.string(), from_me: z.boolean(), at: moment };

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
    type: z.literal("session.pair_code"),
    data: z.object({ code: z.string().regex(/^[0-9A-Z]{8}$/), expires_at: moment }),
  }),
  z.object({
    ...head,
    type: z.literal("message.in"),
    data: z.object({ wa_id: z.string(), from: z.string(), name: z.string(), text: z.string(), at: moment, ...beside }),
  }),
  // Typed on the phone itself, or by another device of the same number.
  z.object({
    ...head,
    type: z.literal("message.echo"),
    data: z.object({ wa_id: z.string(), to: z.string(), text: z.string(), at: moment, ...beside }),
  }),
  z.object({ ...head, type: z.literal("message.edited"), data: z.object({ ...later, text: z.string() }) }),
  z.object({ ...head, type: z.literal("message.revoked"), data: z.object(later) }),
  // An empty emoji takes the reaction back.
  z.object({ ...head, type: z.literal("message.reaction"), data: z.object({ ...later, emoji: z.string().max(64) }) }),
  z.object({
    ...head,
    type: z.literal("contacts.upserted"),
    data: z.object({ contacts: z.array(z.object({ phone: z.string(), lid: z.string().nullable(), name: z.string() })).min(1).max(200) }),
  }),
  z.object({
    ...head,
    type: z.literal("lid.mapped"),
    data: z.object({ pairs: z.array(z.object({ lid: z.string(), phone: z.string() })).min(1).max(200) }),
  }),
  z.object({ ...head, type: z.literal("history.progress"), data: z.object({ percent: count.max(100), done: z.boolean() }) }),
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
export type MessageKind = z.infer<typeof kinds>;
export type Me = z.infer<typeof me>;
type Split<E> = E extends { type: infer T; data: infer D } ? { type: T; data: D } : never;
/** Type and data of an event, before it gets its id, epoch and number. */
export type Said = Split<BridgeEvent>;
