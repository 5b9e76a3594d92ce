import { normalizeMessageContent, type proto } from "baileys";
import type { MessageKind } from "../events.js";

/** Where a file lies at WhatsApp, and how it is opened. */
export interface Attachment {
  as: "image" | "video" | "audio" | "document";
  file: { url?: string | null; directPath?: string | null; mediaKey?: Uint8Array | null; fileSha256?: Uint8Array | null };
  type: string;
  /** What the sender says; not to be trusted. */
  size: number;
  name?: string;
  seconds?: number;
}

export interface Read {
  kind: MessageKind;
  text: string;
  attachment?: Attachment;
  /** The id of the message that is answered. */
  quoted?: string;
}

export type Message = proto.IMessage;

/** What a person can read of a message; undefined for what only phones say to one another. */
export function readContent(message: Message): Read | undefined {
  const content = normalizeMessageContent(message);
  if (content === undefined) return undefined;
  const read = words(content) ?? files(content) ?? cards(content) ?? rest(content);
  if (read === undefined) return undefined;
  const quoted = contextOf(content)?.stanzaId;
  return quoted ? { ...read, quoted } : read;
}

function words(content: Message): Read | undefined {
  const text =
    content.conversation ??
    content.extendedTextMessage?.text ??
    content.buttonsResponseMessage?.selectedDisplayText ??
    content.listResponseMessage?.title ??
    content.templateButtonReplyMessage?.selectedDisplayText;
  return text === null || text === undefined || text === "" ? undefined : { kind: "text", text };
}

function files(content: Message): Read | undefined {
  const { imageMessage: image, videoMessage, ptvMessage, audioMessage: audio, documentMessage: document } = content;
  const video = videoMessage ?? ptvMessage;
  if (image) return { kind: "image", text: image.caption ?? "", attachment: attached("image", image, "image/jpeg") };
  if (video) return { kind: "video", text: video.caption ?? "", attachment: attached("video", video, "video/mp4") };
  if (audio) return { kind: audio.ptt ? "voice" : "audio", text: "", attachment: attached("audio", audio, "audio/ogg; codecs=opus") };
  if (document) {
    const attachment = attached("document", document, "application/octet-stream");
    const name = document.fileName ?? document.title;
    if (name) attachment.name = name;
    return { kind: "document", text: document.caption ?? "", attachment };
  }
  return undefined;
}

function attached(as: Attachment["as"], file: Attachment["file"] & { mimetype?: string | null; fileLength?: unknown; seconds?: number | null }, usual: string): Attachment {
  const attachment: Attachment = { as, file, type: file.mimetype ?? usual, size: sizeOf(file.fileLength) };
  if (file.seconds) attachment.seconds = file.seconds;
  return attachment;
}

/** A protobuf's uint64: a number, a text or a Long. */
export function sizeOf(value: unknown): number {
  const size = Number(value ?? 0);
  return Number.isSafeInteger(size) && size > 0 ? size : 0;
}

function cards(content: Message): Read | undefined {
  const place = content.locationMessage ?? content.liveLocationMessage;
  if (content.stickerMessage ?? content.lottieStickerMessage) return { kind: "sticker", text: "" };
  if (place) {
    const name = (place as proto.Message.ILocationMessage).name ?? "";
    const at = `${String(place.degreesLatitude ?? 0)},${String(place.degreesLongitude ?? 0)}`;
    return { kind: "location", text: name ? `${name} ${at}` : at };
  }
  const names = content.contactMessage ? [content.contactMessage] : content.contactsArrayMessage?.contacts;
  if (names) return { kind: "contact", text: names.map(({ displayName }) => displayName ?? "").join(", ") };
  return undefined;
}

/** Parts of a message that say nothing to a person, alone or beside another. */
const UNSPOKEN = /^(messageContextInfo|protocolMessage|reactionMessage|encReactionMessage|senderKeyDistributionMessage|fastRatchetKeySenderKeyDistributionMessage|pollUpdateMessage|keepInChatMessage|pinInChatMessage|deviceSentMessage|conversation|extendedTextMessage|call|messageHistoryBundle)$/;

function rest(content: Message): Read | undefined {
  const spoken = Object.entries(content).some(([name, value]) => value !== null && value !== undefined && !UNSPOKEN.test(name));
  return spoken ? { kind: "other", text: "" } : undefined;
}

function contextOf(content: Message): proto.IContextInfo | undefined {
  for (const part of Object.values(content) as unknown[]) {
    if (part !== null && typeof part === "object" && "contextInfo" in part) return (part as { contextInfo?: proto.IContextInfo }).contextInfo ?? undefined;
  }
  return undefined;
}
