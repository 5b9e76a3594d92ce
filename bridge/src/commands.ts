import { z } from "zod";
import { verify, type Sealed } from "./envelope.js";

const moment = z.iso.datetime({ offset: true });
const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
const waId = z.string().regex(/^[0-9A-Za-z_-]{8,64}$/);
const claimNo = z.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const version = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
/** 64 KiB is WhatsApp's own wall for a text. */
const text = z.string().min(1).max(65_536);

const head = { v: z.literal(1), id: z.string().min(1).max(64), at: moment, channel: uuid, company: uuid };
const wish = z.object({ version });
const phone = z.string().regex(/^\+?[1-9][0-9]{6,14}$/);
/** http, https or socks5, with name and password: as signed and as readable as the rest of the wire, sealed in SQL. */
const proxy = z.string().max(512).regex(/^(https?|socks5):\/\/\S+$/);
/** What WhatsApp is asked at once: more looks like a search of the whole network. */
const MOST_PHONES = 50;

const messageAsk = z.object({
  ...head,
  type: z.literal("message.ask"),
  data: z.object({ wa_id: waId, claim_no: claimNo, ledger_id: z.string().nullable() }),
});

/** An object of the media store; what it is was sniffed by the app when it came in. */
const media = z.object({
  kind: z.enum(["image", "video", "document", "voice"]),
  key: z.string().min(1).max(512),
  type: z.string().min(3).max(127),
  name: z.string().max(255).optional(),
});
/** The message that is answered. `from` is null when it was ours. */
const quote = z.object({ wa_id: waId, from: phone.nullable(), text: z.string().max(65_536) });
const content = z
  .object({ text: text.optional(), media: media.optional(), quote: quote.optional() })
  .refine((one) => one.text !== undefined || one.media !== undefined, { message: "neither text nor media" });

const messageSend = z.object({
  ...head,
  type: z.literal("message.send"),
  data: z.object({
    wa_id: waId,
    to: phone,
    content,
    typing_ms: z.number().int().min(0).max(60_000),
    claim_no: claimNo,
    again: z.number().int().min(0),
    ledger_id: z.string().nullable(),
    expires_at: moment,
  }),
});

const numbersCheck = z.object({
  ...head,
  type: z.literal("numbers.check"),
  data: z.object({ phones: z.array(phone).min(1).max(MOST_PHONES) }),
});

export const command = z.discriminatedUnion("type", [
  z.object({
    ...head,
    type: z.literal("session.start"),
    // `history_days` counts for a new pairing only: WhatsApp sends the past once.
    data: wish.extend({ proxy: proxy.nullable().optional(), history_days: z.number().int().min(0).max(90).optional() }),
  }),
  z.object({ ...head, type: z.literal("session.stop"), data: wish }),
  z.object({ ...head, type: z.literal("session.logout"), data: wish }),
  z.object({ ...head, type: z.literal("session.scan"), data: z.object({}) }),
  z.object({ ...head, type: z.literal("session.pair_code"), data: z.object({ phone }) }),
  messageAsk,
  messageSend,
  numbersCheck,
  z.object({
    ...head,
    type: z.literal("message.read"),
    data: z.object({ ids: z.array(z.object({ wa_id: waId, from: phone })).min(1).max(100) }),
  }),
  z.object({
    ...head,
    type: z.literal("presence"),
    data: z.object({ phone, state: z.enum(["composing", "recording", "paused"]) }),
  }),
  z.object({ ...head, type: z.literal("contacts.sync"), data: z.object({}) }),
  z.object({ ...head, type: z.literal("contact.erase"), data: z.object({ phone }) }),
  z.object({
    v: z.literal(1),
    type: z.literal("events.applied"),
    batches: z.array(z.string().min(1).max(64)).max(10_000),
  }),
]);

export type Command = z.infer<typeof command>;
export type MessageSend = z.infer<typeof messageSend>;
export type NumbersCheck = z.infer<typeof numbersCheck>;
export type MessageRead = Extract<Command, { type: "message.read" }>;
export type Content = z.infer<typeof content>;
export type MessageAsk = z.infer<typeof messageAsk>;
/** What somebody wants of a session: numbered, sent again until a state names its version. */
export type Wish = Extract<Command, { type: "session.start" | "session.stop" | "session.logout" }>;

export type Opened = { command: Command } | { refused: "signature" | "json" | "shape"; detail?: string };

/** The only way in: signature first, then JSON, then shape. `detail` names fields, never values. */
export function openCommand(key: Buffer, sealed: Sealed): Opened {
  if (!verify(key, sealed)) return { refused: "signature" };
  let raw: unknown;
  try {
    raw = JSON.parse(sealed.body);
  } catch {
    return { refused: "json" };
  }
  const parsed = command.safeParse(raw);
  if (parsed.success) return { command: parsed.data };
  return { refused: "shape", detail: parsed.error.issues.map((issue) => issue.path.join(".")).join(" ") };
}
