import { addAbortSignal } from "node:stream";
import { generateWAMessage, type AnyMessageContent, type WAMessage, type WASocket } from "baileys";
import type { Content } from "../commands.js";
import { jidOf } from "./jids.js";
import { MOST_BYTES } from "./downloads.js";
import { TooLate, within } from "./patience.js";
import { MediaRefused, NotWritten, type MediaStore } from "./ports.js";

/** A small grey picture costs less than a shell for ffmpeg, which is what Baileys would start for a video. */
const NO_THUMBNAIL = { jpegThumbnail: "" };

export type Proto = NonNullable<WAMessage["message"]>;

/** A media host of WhatsApp's that takes nothing for so long is given up for the next. */
const SILENCE_MS = 30_000;
/** From the media store into WhatsApp's, all of it: 64 MB by a line of 5 Mbit/s. The channel's next message waits behind it. */
const WHOLE_MS = 120_000;

/** The finished message: files are uploaded here, once, and never by a resend. Throws NotWritten. */
export async function compose(socket: WASocket, to: string, waId: string, content: Content, media: MediaStore, whole = WHOLE_MS): Promise<Proto> {
  try {
    return await within(whole, (over) => finished(socket, to, waId, content, media, over));
  } catch (error) {
    // What still runs of it is dropped: its message is never relayed.
    throw error instanceof TooLate ? new NotWritten("media_unavailable", { cause: error }) : error;
  }
}

async function finished(socket: WASocket, to: string, waId: string, content: Content, media: MediaStore, over: AbortSignal): Promise<Proto> {
  const jid = jidOf(to);
  const me = socket.user?.id ?? "";
  const upload: typeof socket.waUploadToServer = async (...given) => {
    try {
      return await socket.waUploadToServer(...given);
    } catch (error) {
      throw new NotWritten("media_unavailable", { cause: error });
    }
  };
  const quoted = content.quote === undefined ? {} : { quoted: quotedMessage(jid, me, content.quote) };
  const message = await generateWAMessage(jid, await body(content, media, over), { userJid: me, upload, mediaUploadTimeoutMs: SILENCE_MS, messageId: waId, ...quoted });
  if (!message.message) throw new NotWritten("nack");
  return message.message;
}

async function body(content: Content, media: MediaStore, over: AbortSignal): Promise<AnyMessageContent> {
  const { text = "", media: file } = content;
  if (file === undefined) return { text };
  const opened = await media.open(file.key, MOST_BYTES).catch((error: unknown) => {
    // A store that does not answer now holds the file all the same.
    throw new NotWritten(error instanceof MediaRefused ? "media_missing" : "media_unavailable", { cause: error });
  });
  // A read that stalls ends with its message, and the encryption that waits for it.
  const stream = { stream: addAbortSignal(over, opened.stream) as never };
  const caption = text === "" ? {} : { caption: text };
  switch (file.kind) {
    case "image":
      return { image: stream, mimetype: file.type, ...caption };
    case "video":
      return { video: stream, mimetype: file.type, ...NO_THUMBNAIL, ...caption };
    case "voice":
      return { audio: stream, mimetype: "audio/ogg; codecs=opus", ptt: true };
    case "document":
      return { document: stream, mimetype: file.type, fileName: file.name ?? "arquivo", ...caption };
  }
}

function quotedMessage(chat: string, me: string, quote: NonNullable<Content["quote"]>): WAMessage {
  const fromMe = quote.from === null;
  const key = { remoteJid: chat, fromMe, id: quote.wa_id, participant: fromMe ? me : jidOf(quote.from ?? "") };
  return { key, message: { conversation: quote.text } };
}
