import { generateWAMessage, type AnyMessageContent, type WAMessage, type WASocket } from "baileys";
import type { Content } from "../commands.js";
import { jidOf } from "./jids.js";
import { MOST_BYTES } from "./downloads.js";
import { NotWritten, type MediaStore } from "./ports.js";

/** A small grey picture costs less than a shell for ffmpeg, which is what Baileys would start for a video. */
const NO_THUMBNAIL = { jpegThumbnail: "" };

/**
 * The finished message: files are uploaded here, once, and never by a resend. Throws NotWritten.
 * `logger` is Baileys' own: it is told of uploads.
 */
export async function compose(socket: WASocket, to: string, waId: string, content: Content, media: MediaStore): Promise<NonNullable<WAMessage["message"]>> {
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
  const message = await generateWAMessage(jid, await body(content, media), { userJid: me, upload, messageId: waId, ...quoted });
  if (!message.message) throw new NotWritten("nack");
  return message.message;
}

async function body(content: Content, media: MediaStore): Promise<AnyMessageContent> {
  const { text = "", media: file } = content;
  if (file === undefined) return { text };
  const opened = await media.open(file.key, MOST_BYTES).catch((error: unknown) => {
    throw error instanceof NotWritten ? error : new NotWritten("media_missing", { cause: error });
  });
  const stream = { stream: opened.stream as never };
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
