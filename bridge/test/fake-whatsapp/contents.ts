import { proto } from "baileys";
import { z } from "zod";
import type { FakeWhatsApp } from "./fake-whatsapp.js";
import { phoneJid } from "./jids.js";
import type { Shown } from "./shown.js";

/** What a message is, read off its proto. */
export interface Described {
  kind: string;
  text: string | null;
  media: { sha256: string; type: string; size: number; name: string | null; intact: boolean | null } | null;
  /** The id it quotes. */
  quoted: string | null;
  /** The id that an edit, a revoke or a reaction is about. */
  target: string | null;
}

const MEDIA = { image: "imageMessage", video: "videoMessage", audio: "audioMessage", document: "documentMessage", sticker: "stickerMessage" } as const;

export function describe(message: proto.IMessage | undefined): Described {
  const described: Described = { kind: "unreadable", text: null, media: null, quoted: null, target: null };
  if (!message) return described;
  const inner = message.documentWithCaptionMessage?.message ?? message.ephemeralMessage?.message ?? message;
  const { protocolMessage, reactionMessage, extendedTextMessage } = inner;
  if (protocolMessage) {
    const isEdit = Boolean(protocolMessage.editedMessage);
    const kind = isEdit ? "edit" : protocolMessage.type === proto.Message.ProtocolMessage.Type.REVOKE ? "revoke" : "protocol";
    return { ...describe(protocolMessage.editedMessage ?? undefined), kind, target: protocolMessage.key?.id ?? null };
  }
  if (reactionMessage) return { ...described, kind: "reaction", text: reactionMessage.text ?? "", target: reactionMessage.key?.id ?? null };
  for (const [kind, field] of Object.entries(MEDIA)) {
    const found = inner[field];
    if (!found) continue;
    const media = {
      sha256: Buffer.from(found.fileSha256 ?? []).toString("hex"),
      type: found.mimetype ?? "",
      size: Number(found.fileLength ?? 0),
      name: "fileName" in found ? (found.fileName ?? null) : null,
      intact: null,
    };
    return { ...described, kind, media, text: "caption" in found ? (found.caption ?? null) : null, quoted: found.contextInfo?.stanzaId ?? null };
  }
  const text = inner.conversation ?? extendedTextMessage?.text;
  if (typeof text === "string") return { ...described, kind: "text", text, quoted: extendedTextMessage?.contextInfo?.stanzaId ?? null };
  const other = Object.entries(inner).find(([name, value]) => name.endsWith("Message") && value);
  return { ...described, kind: other?.[0].replace("Message", "") ?? "unknown" };
}

/** What a person writes, by a test or on the phone page. Exactly one of text (alone), media, edit, revoke, reaction, message. */
export const written = z.object({
  text: z.string().optional(),
  media: z.object({ kind: z.enum(["image", "video", "audio", "document", "sticker"]), base64: z.string(), type: z.string(), name: z.string().optional(), voice: z.boolean().optional() }).optional(),
  quoted: z.string().optional(),
  /** With `text`: the new text of this message. */
  edit: z.string().optional(),
  revoke: z.string().optional(),
  reaction: z.object({ to: z.string(), emoji: z.string() }).optional(),
  /** A proto as JSON, for what is not listed. */
  message: z.record(z.string(), z.unknown()).optional(),
});
export type Written = z.infer<typeof written>;

/** The proto of what `author` writes in its chat of `account`. */
export async function compose(fake: FakeWhatsApp, account: string, author: string, content: Written): Promise<proto.IMessage> {
  const { Type } = proto.Message.ProtocolMessage;
  const keyOf = (id: string): proto.IMessageKey => {
    const target = fake.chats.named(account, id);
    const isOwn = target === undefined || authorOf(target) === author;
    return { remoteJid: phoneJid(author === account ? (target?.with ?? account) : account), fromMe: isOwn, id };
  };
  const contextInfo = content.quoted === undefined ? undefined : quoting(fake, account, content.quoted);
  if (content.message) return proto.Message.fromObject(content.message);
  if (content.edit !== undefined) {
    return { protocolMessage: { type: Type.MESSAGE_EDIT, key: keyOf(content.edit), editedMessage: { conversation: content.text ?? "" }, timestampMs: Date.now() } };
  }
  if (content.revoke !== undefined) return { protocolMessage: { type: Type.REVOKE, key: keyOf(content.revoke) } };
  if (content.reaction) return { reactionMessage: { key: keyOf(content.reaction.to), text: content.reaction.emoji, senderTimestampMs: Date.now() } };
  if (content.media) return media(fake, content.media, content.text, contextInfo);
  if (contextInfo) return { extendedTextMessage: { text: content.text ?? "", contextInfo } };
  return { conversation: content.text ?? "" };
}

async function media(fake: FakeWhatsApp, wanted: NonNullable<Written["media"]>, caption: string | undefined, contextInfo: proto.IContextInfo | undefined): Promise<proto.IMessage> {
  const stored = await fake.mediaHost().put(Buffer.from(wanted.base64, "base64"), wanted.kind);
  const fields = {
    ...stored,
    mimetype: wanted.type,
    ...(caption !== undefined && wanted.kind !== "audio" && wanted.kind !== "sticker" && { caption }),
    ...(contextInfo && { contextInfo }),
    ...(wanted.kind === "document" && { fileName: wanted.name ?? "arquivo" }),
    ...(wanted.kind === "audio" && { ptt: wanted.voice ?? false, seconds: 1 }),
  };
  return { [MEDIA[wanted.kind]]: fields };
}

function quoting(fake: FakeWhatsApp, account: string, id: string): proto.IContextInfo {
  const quoted = fake.chats.named(account, id);
  const quotedMessage = quoted?.message ?? { conversation: quoted?.text ?? "" };
  return { stanzaId: id, participant: phoneJid(quoted ? authorOf(quoted) : account), quotedMessage };
}

const authorOf = (shown: Shown): string => (shown.direction === "in" ? shown.with : shown.account);
