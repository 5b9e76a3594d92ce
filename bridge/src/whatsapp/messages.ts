import { normalizeMessageContent, proto, type BinaryNode, type WAMessage } from "baileys";
import type { Said } from "../events.js";
import { readContent, sizeOf, type Attachment, type Message } from "./content.js";
import type { Person } from "./people.js";

type Beside = Pick<Extract<Said, { type: "message.in" }>["data"], "kind" | "lid" | "media" | "quoted" | "is_history">;
export type Media = NonNullable<Beside["media"]>;

export interface Reading {
  /** Undefined: not a person's chat. */
  who(message: WAMessage, node?: BinaryNode): Promise<Person | undefined>;
  /** Fetches a file into the media store, or says why not; never throws for the file's own sake. */
  fetch(attachment: Attachment): Promise<Media>;
  /** Sent by this very device: no echo. */
  isOurs(waId: string): Promise<boolean>;
}

const LAST_MOMENT = Date.UTC(9999, 0);

/** Seconds of WhatsApp → our moment; a message with none is of now. */
export function momentOf(seconds: unknown): string {
  const given = sizeOf(seconds) * 1000;
  // The sender's own word: a moment no calendar has must not stop what comes behind it.
  return new Date(given > 0 && given < LAST_MOMENT ? given : Date.now()).toISOString();
}

/**
 * A message of Baileys in our words: `message.in`, `message.echo`, `message.edited`, `message.revoked` or
 * `message.reaction`; nothing for what is not for people to read. Throws while nobody can say whose LID it is.
 */
export async function tell(message: WAMessage, reading: Reading, node?: BinaryNode): Promise<Said[]> {
  const content = normalizeMessageContent(message.message);
  const waId = message.key.id;
  if (!content || !waId) return [];
  const change = changeOf(content);
  const read = change === undefined ? readContent(content) : undefined;
  if (change === undefined && read === undefined) return [];
  const fromMe = message.key.fromMe === true;
  if (fromMe && read !== undefined && (await reading.isOurs(waId))) return [];
  const person = await reading.who(message, node);
  if (person === undefined) return [];

  const at = momentOf(message.messageTimestamp);
  if (change !== undefined) return changed(change, { phone: person.phone, from_me: fromMe, at });
  if (read === undefined) return [];
  const beside: Beside = { kind: read.kind };
  if (person.lid !== undefined) beside.lid = person.lid;
  if (read.quoted !== undefined) beside.quoted = read.quoted;
  if (read.attachment !== undefined) beside.media = await reading.fetch(read.attachment);
  const said = { wa_id: waId, text: read.text, at, ...beside };
  if (fromMe) return [{ type: "message.echo", data: { ...said, to: person.phone } }];
  return [{ type: "message.in", data: { ...said, from: person.phone, name: message.pushName ?? "" } }];
}

type Change = { wa_id: string } & ({ revoked: true } | { text: string } | { emoji: string });
/** Of UTF-16; a reaction longer than any emoji is somebody's play. */
const LONGEST_EMOJI = 64;

function changeOf(content: Message): Change | undefined {
  const { protocolMessage: order, reactionMessage: reaction } = content;
  if (reaction?.key?.id) return { wa_id: reaction.key.id, emoji: Array.from(reaction.text ?? "").slice(0, LONGEST_EMOJI / 2).join("") };
  if (!order?.key?.id) return undefined;
  if (order.type === proto.Message.ProtocolMessage.Type.REVOKE) return { wa_id: order.key.id, revoked: true };
  if (order.type !== proto.Message.ProtocolMessage.Type.MESSAGE_EDIT || !order.editedMessage) return undefined;
  return { wa_id: order.key.id, text: readContent(order.editedMessage)?.text ?? "" };
}

function changed(change: Change, head: { phone: string; from_me: boolean; at: string }): Said[] {
  const later = { wa_id: change.wa_id, ...head };
  if ("revoked" in change) return [{ type: "message.revoked", data: later }];
  if ("emoji" in change) return [{ type: "message.reaction", data: { ...later, emoji: change.emoji } }];
  return [{ type: "message.edited", data: { ...later, text: change.text } }];
}
